"""Who calls whom: circles, maps that nothing calls, values that nobody hands over."""

from __future__ import annotations

from collections.abc import Iterator

from hub.core.diagnostics import Diagnostic
from hub.mapping.check.resolved import Resolved
from hub.mapping.codes import check_rows as codes
from hub.mapping.types.declared import Declared, KnownMap
from hub.mapping.types.fhir import FhirType
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
        if known.kind is None or declared.by_name[known.name] is not known:
            continue
        if known.kind is not MapKind.MESSAGE and known.name not in called:
            yield Diagnostic(codes.M240, f"`{known.name}`", known.declaration.span)
        elif known.kind is not MapKind.MESSAGE:
            yield from _never_given(known, declared)


def _never_given(known: KnownMap, declared: Declared) -> Iterator[Diagnostic]:
    callers = declared.callers.get(known.name, [])
    given = {binding.name for _, row in callers for binding in row.clauses.giving}
    for one in known.declaration.givens:
        if callers and one.name not in given:
            yield Diagnostic(codes.M237, f"no row gives `{known.name}` its `{one.name}`", one.span)


def _calls(declared: Declared, rows: tuple[Resolved, ...]) -> _Calls:
    """By map, the maps it calls, by name or by type, with the first row that does."""
    found: _Calls = {known.name: {} for known in declared.maps}
    for resolved in rows:
        by = resolved.row.clauses.by
        names = {by.function} & declared.by_name.keys() if by else _by_types(resolved, declared)
        for name in sorted(names):
            found[resolved.known.name].setdefault(name, resolved)
    return found


def _by_types(resolved: Resolved, declared: Declared) -> set[str]:
    if not isinstance(resolved.target, FhirType):
        return set()
    pairs = {one.label if one.datatype == "segment" else one.datatype for source in resolved.sources for _, one in source.v2}
    found = (declared.between(datatype, resolved.target.name) for datatype in pairs)
    return {known.name for known in found if known is not None}


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
