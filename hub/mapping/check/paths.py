"""Every path of a map stands for something: segments, fields, components and groups in each declared version, elements in R4."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from hub.codec.hl7v2 import dictionary
from hub.core.diagnostics import Code, Diagnostic, Span
from hub.core.suggest import suggest
from hub.fhir.elements import children
from hub.mapping.check.resolved import Resolved, element_path
from hub.mapping.codes import check as codes
from hub.mapping.codes import check_rows as row_codes
from hub.mapping.syntax import (
    Atom,
    Call,
    Condition,
    Each,
    Expression,
    FhirPath,
    Item,
    LeftOut,
    Let,
    Row,
    V2Path,
)
from hub.mapping.types.declared import KnownMap
from hub.mapping.types.fhir import FhirType, NoElement, is_fhir_type, type_of
from hub.mapping.types.places import Place, find_place, v2_spelling
from hub.mapping.types.scope import MapKind, Scope, inside
from hub.mapping.types.structures import find_groups_with, group_names, locate_group
from hub.mapping.types.v2 import WITHDRAWN_FIELD, NoPlace, find_field, is_segment, near_field, segment_names
from hub.mapping.types.wording import closest_by_words, words

__all__ = ["check_paths"]

_MISSING: dict[str, Code] = {
    "segment": codes.M200,
    "field": codes.M201,
    "component": codes.M202,
    "group": codes.M203,
    "source": codes.M207,
}


def check_paths(known: KnownMap, rows: tuple[Resolved, ...]) -> Iterator[Diagnostic]:
    """Marks a row `broken` where one of its paths is not found."""
    by_row = {id(resolved.row): resolved for resolved in rows}
    lost: set[tuple[int, ...]] = set()  # each whose group is not found: of what stands in it nothing can be said
    for item, scope in known.items:
        resolved = by_row.get(id(item))
        if lost and any(scope.each[:depth] in lost for depth in range(1, len(scope.each) + 1)):
            found = None
        elif isinstance(item, Each) and (problem := _no_each(item, scope)) is not None:
            lost.add((*scope.each, known.number_of[id(item)]))
            found = [problem]
            yield problem
        else:
            found = [*_item(item, scope, resolved)]
            yield from found
        if resolved is not None:
            resolved.broken = resolved.broken or found is None or any(one.is_error for one in found)
    if known.scope is not None:
        yield from _conditions(known.declaration.when, known.scope)


def _item(item: Item, scope: Scope, resolved: Resolved | None) -> Iterator[Diagnostic]:
    match item:
        case Row():
            yield from _row(resolved) if resolved else ()
        case Let():
            yield from _expression(item.value, scope, item.name)
        case LeftOut():
            for path in item.paths:
                if not _withdrawn(path, scope):
                    yield from _v2(path, scope, "", quiet=True)
            yield from _conditions(item.when, scope)
        case Each():
            yield from _inside_each(item, scope)


def _row(resolved: Resolved) -> Iterator[Diagnostic]:
    row, scope = resolved.row, resolved.scope
    hint = f"{row.name} {row.right.steps[-1].name}" if row.right.steps else row.name
    yield from _expression(row.left, scope, hint)
    if isinstance(resolved.target, NoElement):
        yield _no_element(_by_the_field(resolved.target, resolved), row.right.span)
    clauses = row.clauses
    yield from _conditions((*clauses.when, *clauses.unless), scope)
    for expression in (*clauses.key, *(binding.value for binding in (*clauses.with_, *clauses.giving))):
        yield from _expression(expression, scope, "")
    if clauses.by is not None:
        for argument in clauses.by.arguments:
            yield from _expression(argument, scope, "")
    if isinstance(resolved.target, FhirType):
        yield from _elements(resolved, resolved.target)


def _elements(resolved: Resolved, target: FhirType) -> Iterator[Diagnostic]:
    """The elements of `with`, from the target's type down."""
    for binding in resolved.row.clauses.with_:
        path = element_path(binding.name, binding.span)
        found = type_of(target.name, path) if path else NoElement(binding.name, target.name, "not the path of an element", None)
        if isinstance(found, NoElement):
            yield _no_element(found, binding.span)


def _by_the_field(problem: NoElement, resolved: Resolved) -> NoElement:
    """What the v2 side is called may say which element was meant: PID-7 Date Time of Birth, so `birthDate`."""
    labels = [one.label.partition(" ")[2] for source in resolved.sources for _, one in source.v2]
    if problem.suggestion is not None or not labels or "begins inside" in problem.reason:
        return problem
    near = closest_by_words(words(labels[-1]), ((name, name) for name in children(problem.shape)))
    return replace(problem, suggestion=near)


def _no_element(problem: NoElement, span: Span) -> Diagnostic:
    """At the step of the path where it breaks. span: of the whole."""
    fix = f"did you mean `{problem.suggestion}`?" if problem.suggestion else None
    if fix is None and "begins inside" in problem.reason:
        fix = f"leave `{problem.step}.` out"
    detail = f"`{problem.step}`: {problem.reason}"
    return Diagnostic(codes.M205, detail, problem.span or span, fix=fix)


def _conditions(conditions: tuple[Condition, ...], scope: Scope) -> Iterator[Diagnostic]:
    for condition in conditions:
        if isinstance(condition.subject, V2Path):
            yield from _v2(condition.subject, scope, "", quiet=True)
        elif isinstance(condition.subject, FhirPath):
            root = scope.target
            if is_fhir_type(root):
                found = type_of(root, condition.subject)
                if isinstance(found, NoElement):
                    yield _no_element(found, condition.subject.span)


def _expression(expression: Expression, scope: Scope, hint: str) -> Iterator[Diagnostic]:
    for alternative in expression.alternatives:
        yield from _atom(alternative.atom, scope, hint)


def _atom(atom: Atom, scope: Scope, hint: str) -> Iterator[Diagnostic]:
    if isinstance(atom, V2Path):
        yield from _v2(atom, scope, hint)
    elif isinstance(atom, Call):
        for argument in atom.arguments:
            yield from _expression(argument, scope, "")


def _no_each(each: Each, scope: Scope) -> Diagnostic | None:
    if scope.kind in {MapKind.DATATYPE, MapKind.SEGMENT}:
        detail = f"`each` stands in a map of a message or a group, and this is a {scope.kind} map"
        return Diagnostic(codes.M203, detail, each.span)
    groups = inside(each, scope).groups
    structures = ((version, source.partition(".")[0]) for version in scope.versions for source in scope.served(version))
    if any(locate_group(version, structure, groups) for version, structure in structures):
        return None
    return _no_group(each.group, scope, each.span)


def _inside_each(each: Each, scope: Scope) -> Iterator[Diagnostic]:
    inner = inside(each, scope)
    if each.tree is not None:
        yield from _v2(each.tree, inner, "")
    yield from _conditions(each.where, inner)


def _v2(path: V2Path, scope: Scope, hint: str, *, quiet: bool = False) -> Iterator[Diagnostic]:
    """quiet: that a place is not in every version is not worth saying of a `drop` or a guard."""
    for step in path.groups:
        if step.name in ("PARENT", "MEMBER") and not scope.in_tree:
            yield Diagnostic(row_codes.M284, f"no `tree` stands around `{v2_spelling(path)}`", path.span)
            return
        if step.where is not None and isinstance(step.where.subject, V2Path):
            yield from _v2(step.where.subject, scope, "", quiet=True)
    place = find_place(scope, path)
    if not place.found:
        yield from _missing(path, place, scope, hint)
        return
    if not quiet:
        yield from _partly(path, place, scope)
    if _needless(path, place):
        yield Diagnostic(codes.M209, f"{v2_spelling(path)}: the field has one value", path.span, fix="leave the bracket out")


def _partly(path: V2Path, place: Place, scope: Scope) -> Iterator[Diagnostic]:
    if place.missing and scope.kind is not MapKind.DATATYPE:
        versions = ", ".join(place.missing)
        yield Diagnostic(codes.M208, f"{v2_spelling(path)} does not exist in {versions}: there the row never fires", path.span)


def _withdrawn(path: V2Path, scope: Scope) -> bool:
    """Senders fill a field that HL7 has withdrawn as they did before: it can be left out, and not read."""
    place = find_place(scope, path)
    return not place.found and any(problem.detail == WITHDRAWN_FIELD for problem in place.missing.values())


def _needless(path: V2Path, place: Place) -> bool:
    if path.repetition is None or path.field is None:
        return False
    return all(one.single for _, one in place.each())


def _missing(path: V2Path, place: Place, scope: Scope, hint: str) -> Iterator[Diagnostic]:
    if not place.missing:  # the map's own source exists in none of its versions: said of the head
        return
    version, problem = next(reversed(place.missing.items()))
    if problem.what == "group":
        yield _no_group(path.groups[-1].name if path.groups else "", scope, path.span)
        return
    fix = problem.fix or _nearest(version, path, problem, hint, scope)
    yield Diagnostic(_MISSING[problem.what], f"{v2_spelling(path)}: {problem.detail}", path.span, fix=fix)


def _nearest(version: str, path: V2Path, problem: NoPlace, hint: str, scope: Scope) -> str | None:
    if problem.what == "segment" and path.segment and is_segment(path.segment):
        groups = {
            source.partition(".")[0]: find_groups_with(source.partition(".")[0], path.segment) for source in scope.declaration.left.names
        }
        found = next((way for way in groups.values() if way), None)
        return f"it stands in {'.'.join(found)}" if found else None
    if problem.what == "segment" and path.segment:
        near = _near_segment(version, path.segment)
        return f"did you mean {near}?" if near else None
    known = dictionary.segment(version, path.segment) if path.segment else None
    if problem.what != "field" or known is None or path.field is None:
        return None
    later = [other for other in dictionary.VERSIONS if (one := dictionary.segment(other, known.name)) and one.field(path.field)]
    if later and dictionary.VERSIONS.index(later[0]) > dictionary.VERSIONS.index(version):
        return f"HL7 has it from {later[0]} on: `versions` says which are served"
    fields = [field for field in (find_field(version, known.name, hint) if hint else None, near_field(known, path.field)) if field]
    spelt = list(dict.fromkeys(f"{known.name}-{field.number} {field.name}" for field in fields))
    return f"did you mean {' or '.join(spelt)}?" if spelt else None


@lru_cache(maxsize=1024)
def _near_segment(version: str, name: str) -> str | None:
    return suggest(name, segment_names(version))


def _no_group(name: str, scope: Scope, span: Span) -> Diagnostic:
    structures = {source.partition(".")[0] for source in scope.declaration.left.names}
    known = sorted(set().union(*(group_names(structure) for structure in structures)))
    steps = name.split(".")
    last = steps[-1].removeprefix(next((f"{one}_" for one in structures if steps[-1].startswith(f"{one}_")), ""))
    near = last if last in known and last != name else suggest(last, known)
    where = f" in {'.'.join(scope.groups)}" if scope.groups else ""
    detail = f"{' and '.join(sorted(structures))} has no group {name}{where}"
    return Diagnostic(codes.M203, detail, span, fix=f"did you mean {near}?" if near else None)
