"""Every name stands for something: maps, functions, tables, rows, `$names`; and nothing is named by nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from hub.codec.hl7v2 import dictionary
from hub.core.diagnostics import Code, Diagnostic, Note, Span
from hub.core.suggest import suggest
from hub.fhir.elements import resource_types
from hub.mapping.check.resolved import Resolved, visible_row
from hub.mapping.check.sources import named
from hub.mapping.codes import check as codes
from hub.mapping.codes import check_rows as row_codes
from hub.mapping.syntax import (
    Alternative,
    Condition,
    Constant,
    Each,
    Expression,
    FhirPath,
    Given,
    LeftOut,
    Let,
    MapDeclaration,
    Name,
    Param,
    Row,
)
from hub.mapping.types.declared import Declared, KnownMap, calls_in, names_in
from hub.mapping.types.fhir import FhirType, element_named, fhir_type_names, is_fhir_type, type_of
from hub.mapping.types.scope import MapKind
from hub.mapping.types.v2 import known_datatype
from hub.mapping.types.z_segments import is_z_segment, undeclared

__all__ = ["check_head", "check_names", "names_used"]

_MOST_COMPARED: Final = 300  # names that an unknown one is compared with: work grows with the mistakes, not with their square


def check_head(known: KnownMap) -> Iterator[Diagnostic]:
    """The source and the target exist, and so do the types of params and givens."""
    declaration = known.declaration
    if known.scope is None:
        near = suggest(declaration.left.names[0], dictionary.structures("2.5.1"))
        fix = f"did you mean {near}?" if near else None
        yield Diagnostic(codes.M206, f"HL7 has no {declaration.left.names[0]}", declaration.left.span, fix=fix)
    else:
        for name in declaration.left.names:
            if not any(name in known.scope.served(version) for version in known.scope.versions):
                yield _no_source(name, declaration)
    for name in declaration.right.names:
        if not is_fhir_type(name):
            near = suggest(name, resource_types()) or suggest(name, fhir_type_names())
            fix = f"did you mean {near}?" if near else None
            yield Diagnostic(codes.M206, f"R4 has no {name}", declaration.right.span, fix=fix)
    typed: tuple[Param | Given, ...] = (*declaration.params, *declaration.givens)
    for declared in typed:
        if not is_fhir_type(declared.type) and not known_datatype(declared.type):
            yield Diagnostic(codes.M218, f"neither HL7 v2 nor R4 has a type {declared.type}", declared.span)


def _no_source(name: str, declaration: MapDeclaration) -> Diagnostic:
    lowest, highest = declaration.versions
    near = suggest(name, dictionary.structures(highest))
    detail, fix = f"HL7 {lowest} to {highest} has no {name}", f"did you mean {near}?" if near else None
    if is_z_segment(name):
        detail, fix = undeclared(name)
    return Diagnostic(codes.M206, detail, declaration.left.span, fix=fix)


def check_names(known: KnownMap, rows: tuple[Resolved, ...], declared: Declared) -> Iterator[Diagnostic]:
    by_row = {id(resolved.row): resolved for resolved in rows}
    for item, _ in known.items:
        match item:
            case Row():
                found = [*_row(by_row[id(item)], declared)]
                by_row[id(item)].broken |= bool(found)
                yield from found
            case Let():
                yield from _expression(item.value, known, declared)
            case LeftOut():
                yield from _guards(item.when, known)
            case Each():
                yield from _guards(item.where, known)
    yield from _unused(known)


def _row(resolved: Resolved, declared: Declared) -> Iterator[Diagnostic]:
    row, known, clauses = resolved.row, resolved.known, resolved.row.clauses
    yield from _expression(row.left, known, declared)
    if row.value is not None:
        yield from _expression(Expression((Alternative(row.value),), row.span), known, declared)
    yield from _guards((*clauses.when, *clauses.unless), known)
    if clauses.by is not None:
        names = (*declared.by_name, *declared.functions)
        if clauses.by.function not in declared.by_name and clauses.by.function not in declared.functions:
            yield _unknown(
                row_codes.M230, f"no map and no function is called `{clauses.by.function}`", clauses.by.function, names, clauses.by.span
            )
        for argument in clauses.by.arguments:
            yield from _expression(argument, known, declared)
    if clauses.table is not None and clauses.table not in declared.tables:
        span = clauses.table_span or row.span
        yield _unknown(row_codes.M231, f"there is no mappings/tables/{clauses.table}.csv", clauses.table, declared.tables, span)
    for expression in (*clauses.key, *(binding.value for binding in (*clauses.with_, *clauses.giving))):
        yield from _expression(expression, known, declared)
    yield from _giving(resolved, declared)
    yield from _references(resolved)


def _giving(resolved: Resolved, declared: Declared) -> Iterator[Diagnostic]:
    by = resolved.row.clauses.by
    called = declared.by_name.get(by.function) if by else None
    for binding in resolved.row.clauses.giving:
        if called is None:
            if by is None or by.function in declared.functions:
                yield Diagnostic(row_codes.M236, "only a map behind `by` takes what is given", binding.span)
            continue
        if not isinstance(called.values.get(binding.name), Given):
            givens = (given.name for given in called.declaration.givens)
            yield _unknown(row_codes.M236, f"`{called.name}` has no given `{binding.name}`", binding.name, givens, binding.span)


def _references(resolved: Resolved) -> Iterator[Diagnostic]:
    """Rows that are named in `with` (where the element is a Reference) and in `in`."""
    if resolved.scope.kind is not MapKind.MESSAGE:
        return
    for binding in resolved.row.clauses.with_:
        value = binding.value.alternatives[0].atom if binding.value.alternatives else None
        if isinstance(value, Constant) and isinstance(resolved.target, FhirType) and visible_row(resolved, value.text) is None:
            element = element_named(resolved.target.name, binding.name)
            if element is not None and element.types == ("Reference",):
                yield _hidden(resolved, value.text, value.span)
    if resolved.row.clauses.member_of is not None:
        yield from _member_of(resolved, *resolved.row.clauses.member_of)


def _member_of(resolved: Resolved, name: str, path: FhirPath) -> Iterator[Diagnostic]:
    row = visible_row(resolved, name)
    if row is None:
        yield _hidden(resolved, name, path.span)
    elif row.makes is not None:
        found = type_of(row.makes, path)
        if not isinstance(found, FhirType) or found.name != "Reference":
            yield Diagnostic(row_codes.M282, f"{row.makes}.{path.steps[0].name} is none", path.span)


def _hidden(resolved: Resolved, name: str, span: Span) -> Diagnostic:
    if name in resolved.siblings:
        note = Note(resolved.siblings[name].row.span, "it stands here")
        return Diagnostic(row_codes.M233, f"`{name}` stands in another `each`", span, notes=(note,))
    return _unknown(
        row_codes.M233, f"no row is called `{name}`", name, (other for other in resolved.siblings if visible_row(resolved, other)), span
    )


def _expression(expression: Expression, known: KnownMap, declared: Declared) -> Iterator[Diagnostic]:
    for name in names_in(expression):
        yield from _name(name, known)
    for call in calls_in(expression):
        if call.function not in declared.functions:
            yield _unknown(row_codes.M230, f"no function is called `{call.function}`", call.function, declared.functions, call.span)


def _guards(conditions: tuple[Condition, ...], known: KnownMap) -> Iterator[Diagnostic]:
    for condition in conditions:
        if isinstance(condition.subject, Name):
            yield from _name(condition.subject, known)


def _name(name: Name, known: KnownMap) -> Iterator[Diagnostic]:
    if named(name, known) is None:
        yield _unknown(row_codes.M232, f"`{known.name}` declares no `{name.name}`", name.name, known.values, name.span)


def _unknown(code: Code, detail: str, name: str, known: Iterable[str], span: Span) -> Diagnostic:
    near = suggest(name, islice(known, _MOST_COMPARED))
    return Diagnostic(code, detail, span, fix=f"did you mean `{near}`?" if near else None)


def _unused(known: KnownMap) -> Iterator[Diagnostic]:
    used = names_used(known)
    lets = ((let.name, let.span, "let") for let in known.lets.values())
    params = ((one.name, one.span, "param") for one in known.declaration.params)
    givens = ((one.name, one.span, "given") for one in known.declaration.givens)
    for name, span, word in (*params, *givens, *lets):
        if name not in used:
            yield Diagnostic(row_codes.M238, f"no row uses the {word} `{name}`", span)


def names_used(known: KnownMap) -> set[str]:
    """Every `$name` that something of the map asks for."""
    expressions: list[Expression] = []
    guards: list[Condition] = [*known.declaration.when]
    for item, _ in known.items:
        match item:
            case Row():
                clauses = item.clauses
                expressions += [item.left, *clauses.key, *(one.value for one in (*clauses.with_, *clauses.giving))]
                expressions += clauses.by.arguments if clauses.by else ()
                expressions += [Expression((Alternative(item.value),), item.span)] if item.value else []
                guards += (*clauses.when, *clauses.unless)
            case Let():
                expressions.append(item.value)
            case LeftOut():
                guards += item.when
            case Each():
                guards += item.where
    found = {name.name for expression in expressions for name in names_in(expression)}
    return found | {guard.subject.name for guard in guards if isinstance(guard.subject, Name)}
