"""Who calls whom: circles, maps that nothing calls, values that nobody hands over."""

from __future__ import annotations

from collections.abc import Iterator

from hub.core.diagnostics import Diagnostic
from hub.mapping.check.names import names_used
from hub.mapping.check.resolved import Resolved, called_maps
from hub.mapping.codes import check_rows as codes
from hub.mapping.types.declared import Declared, KnownMap
from hub.mapping.types.scope import MapKind

__all__ = ["check_calls"]

_Calls = dict[str, dict[str, Resolved]]


def check_calls(declared: Declared, rows: tuple[Resolved, ...]) -> Iterator[Diagnostic]:
    calls = _calls(declared, rows)
    for name, circle in _circles(calls).items():
        row = calls[name][circle]
        by = row.row.clauses.by
        yield Diagnostic(codes.M235, f"`{name}` calls `{circle}`, which leads back to it", by.span if by else row.row.span)
    called = {name for names in calls.values() for name in names}
    for known in declared.maps:
        if known.kind is None or declared.by_name[known.name] is not known or not known.items:
            continue  # what is wrong with it has been said
        if known.kind is not MapKind.MESSAGE and known.name not in called:
            yield Diagnostic(codes.M240, f"no row calls `{known.name}`", known.declaration.span)
        elif known.kind is not MapKind.MESSAGE:
            yield from _never_given(known, declared)


def _never_given(known: KnownMap, declared: Declared) -> Iterator[Diagnostic]:
    callers = declared.callers.get(known.name, [])
    given = {binding.name for _, row in callers for binding in row.clauses.giving}
    used = names_used(known)
    for one in known.declaration.givens:
        if callers and one.name not in given and one.name in used:  # one that no row uses has been reported
            yield Diagnostic(codes.M237, f"no row gives `{known.name}` its `{one.name}`", one.span)


def _calls(declared: Declared, rows: tuple[Resolved, ...]) -> _Calls:
    """By map, the maps it calls, by name or by type, with the first row that does."""
    found: _Calls = {known.name: {} for known in declared.maps}
    for resolved in rows:
        for called in called_maps(resolved, declared):
            found[resolved.known.name].setdefault(called.name, resolved)
    return found


def _circles(calls: _Calls) -> dict[str, str]:
    """For each circle, the first map in it and the next one on the way round. Depth first, without recursion."""
    state: dict[str, int] = {}  # 1: on the way down, 2: done
    found: dict[str, str] = {}
    for start in calls:
        way = [(start, iter(calls[start]))] if start not in state else []
        state.setdefault(start, 1)
        while way:
            name, following = way[-1]
            step = next(following, None)
            if step is None:
                state[name] = 2
                way.pop()
            elif state.get(step) == 1:
                found.setdefault(name, step)
            elif step not in state:
                state[step] = 1
                way.append((step, iter(calls[step])))
    return found
