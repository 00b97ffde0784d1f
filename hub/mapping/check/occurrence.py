"""How often: several into one, absent into required, and required elements that nothing fills."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from hub.core.diagnostics import Diagnostic
from hub.mapping.check.resolved import Resolved, in_versions
from hub.mapping.check.sources import Source
from hub.mapping.codes import check as codes
from hub.mapping.syntax import Arrow, FhirStep, Mode, Row, V2Path
from hub.mapping.types.declared import Declared, KnownMap
from hub.mapping.types.fhir import FhirType, NoElement, is_resource, required_choices, type_of
from hub.mapping.types.places import v2_spelling
from hub.mapping.types.scope import MapKind
from hub.mapping.types.v2 import V2Type

__all__ = ["absent_in", "check_occurrence", "check_required", "filled_by_callers", "item_of", "items_in_company"]

_Steps = tuple[object, ...]


def check_occurrence(resolved: Resolved, company: frozenset[_Steps]) -> Iterator[Diagnostic]:
    """M212 and M204. company: the items that more than one row writes into."""
    target = resolved.target
    if isinstance(target, NoElement) or not resolved.forward or target.element is None:
        return
    for source in resolved.sources:
        several = [(version, one) for version, one in source.v2 if one.repeats and one.datatype not in {"segment", "group"}]
        if several and not target.open_lists:
            yield _several(source, target, several)
            return
    if target.required and not resolved.row.clauses.default and resolved.row.clauses.policy is None:
        absent = absent_in(resolved)
        if absent and item_of(resolved) in company:
            yield _optional(resolved, target, absent)


def items_in_company(rows: tuple[Resolved, ...]) -> frozenset[_Steps]:
    """The map's own target, and the items below it that several rows write into: one of them may make the item without the other."""
    counted = Counter(item_of(resolved) for resolved in rows if resolved.forward)
    return frozenset({(), *(item for item, count in counted.items() if count > 1)})


def item_of(resolved: Resolved) -> _Steps:
    """The item of the resource that the row writes into: `component:systolic` for `component:systolic.valueQuantity`."""
    return steps_of(resolved.row.right.steps[:-1])


def steps_of(steps: tuple[FhirStep, ...]) -> _Steps:
    return tuple((step.name, step.index, step.slice, step.url) for step in steps)


def _several(source: Source, target: FhirType, several: list[tuple[str, V2Type]]) -> Diagnostic:
    one = several[-1][1]
    where = in_versions(tuple(dict.fromkeys(v for v, _ in several)), tuple(dict.fromkeys(v for v, _ in source.v2)))
    place = target.element.path if target.element else target.name
    fix = "name an instance"
    if isinstance(source.atom, V2Path) and source.atom.field is not None:
        path = source.atom
        spelt = [
            v2_spelling(V2Path(path.groups, path.segment, path.field, n, path.component, path.subcomponent, path.span))
            for n in ("first", "last")
        ]
        fix = f"say which: `{spelt[0]}` or `{spelt[1]}`"
    return Diagnostic(codes.M212, f"{one.label} repeats{where}, {place} holds one", source.atom.span, fix=fix)


def absent_in(resolved: Resolved) -> list[str]:
    """The versions in which every alternative may be absent."""
    if any(source.certain for source in resolved.sources):
        return []
    versions = dict.fromkeys(version for source in resolved.sources for version, _ in source.v2)
    return [
        version
        for version in versions
        if all(one.optional for source in resolved.sources for number, one in source.v2 if number == version)
    ]


def _optional(resolved: Resolved, target: FhirType, absent: list[str]) -> Diagnostic:
    served = tuple(dict.fromkeys(version for source in resolved.sources for version, _ in source.v2))
    one = next(found for source in resolved.sources for version, found in source.v2 if version == absent[-1])
    place = target.element.path if target.element else target.name
    fix = '`else VALUE because "…"` says what then stands there; `or skip` leaves the item out; `or refuse` rejects the message (AE)'
    detail = f"{one.label} is optional{in_versions(tuple(absent), served)}, {place} is required"
    return Diagnostic(codes.M204, detail, resolved.span, fix=fix)


# --- required elements that nothing fills


def check_required(known: KnownMap, rows: tuple[Resolved, ...], declared: Declared) -> Iterator[Diagnostic]:
    """M220, for the map's target and for every item below it that rows write into."""
    if known.scope is None or known.kind is MapKind.MESSAGE or known.declaration.arrow is Arrow.BACKWARD:
        return
    if any(resolved.broken for resolved in rows):
        return  # what a broken row would fill is not known
    filled = _filled(rows)
    for steps, (first, shape) in _items(known, rows).items():
        names = filled.get(steps, set())
        for element, spellings in required_choices(shape).items():
            if names.isdisjoint(spellings) and not (not steps and filled_by_callers(known, spellings, declared)):
                span = first.row.right.span if first is not None else known.declaration.span
                yield Diagnostic(codes.M220, f"{element} is never filled", span, fix=f"a row, or `{spellings[0]}` in a `with`")


def _items(known: KnownMap, rows: tuple[Resolved, ...]) -> dict[_Steps, tuple[Resolved | None, str]]:
    """The target itself, and what rows reach into below it, with its shape and the first row that does."""
    target = known.declaration.right.names[0]
    found: dict[_Steps, tuple[Resolved | None, str]] = {(): (None, target)}
    for resolved in rows:
        if not resolved.forward:
            continue
        path = resolved.row.right
        for depth in range(1, len(path.steps)):
            steps = steps_of(path.steps[:depth])
            if steps not in found:
                shape = type_of(target, type(path)(path.steps[:depth], path.span))
                if isinstance(shape, FhirType):
                    found[steps] = (resolved, shape.name)
    return found


def _filled(rows: tuple[Resolved, ...]) -> dict[_Steps, set[str]]:
    """By item, the elements that rows write in it, those of `with` too; the url of an extension is in its step."""
    found: dict[_Steps, set[str]] = {}
    for resolved in rows:
        if resolved.forward:
            path = resolved.row.right.steps
            for depth, step in enumerate(path):
                found.setdefault(steps_of(path[:depth]), set()).add(step.name)
                if step.url is not None:
                    found.setdefault(steps_of(path[: depth + 1]), set()).add("url")
            for binding in resolved.row.clauses.with_:
                found.setdefault(steps_of(path), set()).add(binding.name.partition(".")[0])
    return found


def filled_by_callers(known: KnownMap, spellings: tuple[str, ...], declared: Declared) -> bool:
    """Every row that calls the map fills it with `with`, or adds to a resource that another row has made (`more PV2 <-> visit by pv2`)."""
    callers = declared.callers.get(known.name, [])
    return bool(callers) and all(
        row.clauses.mode is Mode.AMEND
        or _adds(caller, row)
        or any(binding.name.partition(".")[0] in spellings for binding in row.clauses.with_)
        for caller, row in callers
    )


def _adds(caller: KnownMap, row: Row) -> bool:
    """What is no resource type there is the name of a row."""
    return caller.kind is MapKind.MESSAGE and len(row.right.steps) == 1 and not is_resource(row.right.steps[0].name)
