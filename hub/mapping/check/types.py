"""Both sides of a row have types that lead from one to the other: by type, through a table, or `by` a map or function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hub.core.diagnostics import Diagnostic, Span
from hub.mapping.check.advice import advise, map_between
from hub.mapping.check.resolved import Resolved, element_path, in_versions, visible_row
from hub.mapping.check.sources import Source, sources_of
from hub.mapping.codes import check as codes
from hub.mapping.codes import check_rows as row_codes
from hub.mapping.registry import Function
from hub.mapping.syntax import Call, Constant, Given
from hub.mapping.types.convertible import CODED, converts, fits, holds_code, later_name, legal_text, takes
from hub.mapping.types.declared import Declared, KnownMap
from hub.mapping.types.fhir import FhirType, NoElement, is_fhir_type, is_resource, type_of
from hub.mapping.types.v2 import V2Type, known_datatype, same_positions

__all__ = ["check_types"]

_CODES: Final = frozenset({"ID", "IS", "ST"})


def check_types(resolved: Resolved, declared: Declared) -> Iterator[Diagnostic]:
    """At most one diagnostic for the row's sides, and one for each value of its `with`."""
    if isinstance(resolved.target, FhirType) and resolved.row.value is None:
        sides = next(_sides(resolved, resolved.target, declared), None)
        if sides is not None:
            resolved.broken = True
            yield sides
        yield from _withs(resolved, resolved.target, declared)
    yield from _givings(resolved, declared)


def _givings(resolved: Resolved, declared: Declared) -> Iterator[Diagnostic]:
    """What is handed over is of the type that the map behind `by` declares."""
    by = resolved.row.clauses.by
    called = declared.by_name.get(by.function) if by else None
    for binding in resolved.row.clauses.giving if called else ():
        given = called.values.get(binding.name) if called else None
        for source in sources_of(binding.value, resolved.known, resolved.scope, declared) if isinstance(given, Given) else ():
            wanted = given.type if isinstance(given, Given) else ""
            known = is_fhir_type(wanted) or known_datatype(wanted)
            wrong = [one for version, one in source.v2 if known and not _handed(wanted, version, one, declared)]
            if wrong:
                detail = f"`{binding.name}` is {wanted}, {wrong[-1].label} is {wrong[-1].datatype}"
                yield Diagnostic(row_codes.M236, detail, binding.value.span)
                break


def _handed(wanted: str, version: str, one: V2Type, declared: Declared) -> bool:
    if known_datatype(wanted):
        return takes(wanted, version, one)
    return converts(version, one, wanted, declared, table=False)


def _sides(resolved: Resolved, target: FhirType, declared: Declared) -> Iterator[Diagnostic]:
    by = resolved.row.clauses.by
    known = declared.by_name.get(by.function) if by else None
    function = declared.functions.get(by.function) if by and known is None else None
    for source in resolved.sources:
        if source.literal is not None:
            yield from _literal(source.literal, target, source.atom.span)
        elif isinstance(source.atom, Call):
            yield from _call(resolved, source.atom, declared)
            yield from _given(resolved, source, target, declared)
        elif by is not None and known is not None:
            yield from _by_map(source, target, by, known, declared)
        elif by is not None and function is not None:
            yield from _by_function(resolved, source, target, by, function)
        elif by is None:
            yield from _given(resolved, source, target, declared)
    default = resolved.row.clauses.default
    if default is not None:
        yield from _literal(default.value.text, target, default.span)


def _given(resolved: Resolved, source: Source, target: FhirType, declared: Declared) -> Iterator[Diagnostic]:
    """No map is named: the types themselves decide."""
    table = resolved.row.clauses.table
    if source.fhir and table is None and not any(fits(one, target.name) for one in source.fhir):
        yield Diagnostic(codes.M210, f"{source.fhir[0]} into {_said(target)}", source.atom.span)
        return
    if table is not None and source.v2 and not any(holds_code(version, one.datatype) for version, one in source.v2):
        yield Diagnostic(codes.M216, f"{source.v2[0][1].label} is {source.v2[0][1].datatype}", _table_span(resolved))
        return
    failing = [(version, one) for version, one in source.v2 if not converts(version, one, target.name, declared, table=table is not None)]
    failing = [(version, one) for version, one in failing if not _other(resolved, version, one, failing)]
    if failing:
        yield _unfit(resolved, source, target, failing, declared)


def _other(resolved: Resolved, version: str, one: V2Type, failing: list[tuple[str, V2Type]]) -> bool:
    """A datatype map reads several types by their positions: one that has the position as a fit type is enough."""
    types = [found for source in resolved.sources for other, found in source.v2 if other == version]
    return len(resolved.scope.declaration.left.names) > 1 and any(found is not one and (version, found) not in failing for found in types)


def _unfit(resolved: Resolved, source: Source, target: FhirType, failing: list[tuple[str, V2Type]], declared: Declared) -> Diagnostic:
    one = failing[-1][1]
    served = tuple(dict.fromkeys(number for number, _ in source.v2))
    where = in_versions(tuple(dict.fromkeys(number for number, _ in failing)), served)
    what = f"{one.label} ({one.datatype})" if one.datatype not in {"segment", "group"} else f"the {one.datatype} {one.label}"
    return Diagnostic(
        codes.M210,
        f"{what} into {_said(target)}{where}",
        source.atom.span,
        fix=advise(resolved, source.atom, failing[-1], target, declared),
    )


def _by_map(source: Source, target: FhirType, by: Call, called: KnownMap, declared: Declared) -> Iterator[Diagnostic]:
    names, gives = called.declaration.left.names, called.declaration.right.names
    if called.kind is None or not all(is_fhir_type(name) for name in gives):
        return  # said of its head
    if by.arguments:
        yield Diagnostic(codes.M214, f"`{by.function}` is a map: values are handed over with `giving`", by.span)
    wrong = [(version, one) for version, one in source.v2 if not _reads(names, version, one)]
    if wrong:
        one = wrong[-1][1]
        what = one.label if one.datatype in {"segment", "group"} else one.datatype
        where = in_versions(tuple(dict.fromkeys(v for v, _ in wrong)), tuple(dict.fromkeys(v for v, _ in source.v2)))
        detail = f"`{by.function}` reads {' or '.join(names)}, the row has {what}{where}"
        yield Diagnostic(codes.M211, detail, by.span, fix=map_between((what,), (target.name,), declared))
    elif source.fhir:
        yield Diagnostic(codes.M211, f"`{by.function}` reads {' or '.join(names)}, the row has {source.fhir[0]}", by.span)
    elif target.name not in gives and not (target.name == "Resource" and any(is_resource(name) for name in gives)):
        detail = f"`{by.function}` gives {' or '.join(gives)}, the target is {_said(target)}"
        yield Diagnostic(codes.M211, detail, by.span, fix=map_between(names, (target.name,), declared))


def _reads(names: tuple[str, ...], version: str, one: V2Type) -> bool:
    """An earlier name of the type is read by its positions (CN as XCN), and a code alone (IS) as the first component of a CWE."""
    match one.datatype:
        case "varies" | "untyped":
            return True
        case "segment":
            return one.label in names
        case "group":
            return any(name.rpartition(".")[2] == one.label.rpartition(".")[2] for name in names)
        case _:
            later = later_name(version, one.datatype)
            code = one.datatype in _CODES and not (CODED | _CODES).isdisjoint(names)
            return code or any(same_positions(later, name) for name in names)


def _by_function(resolved: Resolved, source: Source, target: FhirType, by: Call, function: Function) -> Iterator[Diagnostic]:
    problem = _arity(function, by, len(by.arguments) + 1) if by.arguments else None
    wrong = [one for version, one in source.v2 if function.takes and not takes(function.takes[0].rstrip("*"), version, one)]
    if problem is not None:
        yield problem
    elif wrong:
        yield Diagnostic(codes.M211, f"`{by.function}` takes {function.takes[0]}, the row has {wrong[-1].datatype}", by.span)
    elif not fits(function.gives, target.name) and resolved.row.clauses.table is None:
        yield Diagnostic(codes.M211, f"`{by.function}` gives {function.gives}, the target is {_said(target)}", by.span)


def _call(resolved: Resolved, call: Call, declared: Declared) -> Iterator[Diagnostic]:
    function = declared.functions.get(call.function)
    if function is None:
        return
    problem = _arity(function, call, len(call.arguments))
    if problem is not None:
        yield problem
        return
    for wanted, argument in zip(function.takes, call.arguments, strict=False):
        for source in sources_of(argument, resolved.known, resolved.scope, declared):
            wrong = [one for version, one in source.v2 if not takes(wanted.rstrip("*"), version, one)]
            several = [one for _, one in source.v2 if one.repeats]
            if wrong:
                yield Diagnostic(codes.M214, f"`{call.function}` takes {wanted} here, not {wrong[-1].datatype}", argument.span)
            elif several and not wanted.endswith("*"):
                detail = f"{several[-1].label} repeats, `{call.function}` takes one"
                yield Diagnostic(codes.M212, detail, argument.span, fix="say which: `[first]`, `[last]` or `[2]`")


def _arity(function: Function, call: Call, given: int) -> Diagnostic | None:
    if given == len(function.takes):
        return None
    fix = f"`{call.function}({', '.join(function.takes)})`"
    return Diagnostic(codes.M214, f"`{call.function}` takes {len(function.takes)} and has {given}", call.span, fix=fix)


def _withs(resolved: Resolved, target: FhirType, declared: Declared) -> Iterator[Diagnostic]:
    for binding in resolved.row.clauses.with_:
        path = element_path(binding.name, binding.span)
        element = type_of(target.name, path) if path else None
        if element is None or isinstance(element, NoElement):
            continue
        for source in sources_of(binding.value, resolved.known, resolved.scope, declared):
            yield from _with_value(resolved, source, element, declared, binding.value.span)


def _with_value(resolved: Resolved, source: Source, element: FhirType, declared: Declared, span: Span) -> Iterator[Diagnostic]:
    if element.name == "Reference" and isinstance(source.atom, Constant):
        row = visible_row(resolved, source.atom.text)
        if row is not None and row.makes and element.targets and row.makes not in element.targets and "Resource" not in element.targets:
            place = element.element.path if element.element else element.name
            detail = f"the row `{row.row.name}` makes {row.makes}, and {place} refers to {' or '.join(element.targets)}"
            yield Diagnostic(codes.M217, detail, span)
    elif source.literal is not None:
        yield from _literal(source.literal, element, span)
    else:
        yield from _given_value(source, element, declared, span)


def _given_value(source: Source, element: FhirType, declared: Declared, span: Span) -> Iterator[Diagnostic]:
    wrong = [one for version, one in source.v2 if not converts(version, one, element.name, declared, table=False)]
    if wrong:
        yield Diagnostic(codes.M210, f"{wrong[-1].label} ({wrong[-1].datatype}) into {_said(element)}", span)
    elif source.fhir and not any(fits(one, element.name) for one in source.fhir):
        yield Diagnostic(codes.M210, f"{source.fhir[0]} into {_said(element)}", span)


def _literal(text: str, target: FhirType, span: Span) -> Iterator[Diagnostic]:
    problem = legal_text(text, target.name)
    codes_known = target.codes
    if problem is not None:
        yield Diagnostic(codes.M213, f"{_said(target)}: {problem}", span)
    elif codes_known is not None and target.name == "code" and text not in codes_known:
        shown = ", ".join(sorted(codes_known)[:12])
        yield Diagnostic(codes.M213, f"`{text}` is not one of the codes R4 allows here", span, fix=f"one of {shown}")


def _said(target: FhirType) -> str:
    place = target.element.path if target.element else target.name
    return f"{place} ({target.name})" if place != target.name else place


def _table_span(resolved: Resolved) -> Span:
    return resolved.row.clauses.table_span or resolved.row.span
