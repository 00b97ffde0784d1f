"""Where a row's value comes from: one alternative of the v2 side, compiled with the conversion between its two types."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hub.codec.hl7v2 import Segment, dictionary
from hub.core.json import Json
from hub.fhir.elements import is_primitive
from hub.mapping.codes.run import UNKNOWN_NAME
from hub.mapping.forward import values
from hub.mapping.forward.conditions import compile_call, compile_item_test, compile_raw, same_field
from hub.mapping.forward.reach import GroupReach, PartReach, Reach
from hub.mapping.forward.read_v2 import Found
from hub.mapping.forward.remembering import is_coded, remembered
from hub.mapping.forward.values import CallMap, Convert
from hub.mapping.running import Frame, Place, Run
from hub.mapping.syntax import Atom, Call, Constant, FhirPath, Let, MapDeclaration, Name, V2Path
from hub.mapping.syntax import Row as RowSyntax
from hub.mapping.values.primitives import Misread

if TYPE_CHECKING:
    from hub.mapping.forward.maps import Compiler

__all__ = ["Alternative", "CompileRow", "compile_alternative"]


@dataclass(frozen=True, slots=True)
class CompileRow:
    """What the rows of one map have in common. target: the shape that their FHIR paths begin in."""

    compiler: Compiler
    declaration: MapDeclaration
    reach: Reach
    target: str


@dataclass(frozen=True, slots=True)
class Alternative:
    """One source of a row. depth: how much further than the frame its texts are divided; None: from a name, so always a field."""

    read: Callable[[Run, Frame], Found]
    convert: Convert
    depth: int | None
    because: str | None


def compile_alternative(context: CompileRow, row: RowSyntax, atom: Atom, because: str | None, fhir_type: str) -> Alternative:
    match atom:
        case V2Path():
            tests = [compile_item_test(condition) for condition in row.clauses.when if same_field(condition, atom)]
            source = context.reach.source(atom, tests)
            return Alternative(source.read, converter(context, row, source.v2_type, fhir_type, atom), source.depth, because)
        case Name():
            return Alternative(_read_name(atom.name), converter(context, row, _type_of_name(context, atom), fhir_type, None), None, because)
        case Constant():
            return Alternative(_read_constant(atom.text), _constant(context, row, atom.text, fhir_type), None, because)
        case Call():
            return _call(context, atom, because)
        case FhirPath():
            return Alternative(lambda _run, _frame: (), _nothing_made, None, because)


def _nothing_made(_run: Run, _frame: Frame, _raw: str, _level: int, _place: Place) -> Json:
    return None


def _type_of_name(context: CompileRow, name: Name) -> str | None:
    """As it is declared; of a let, that of its first path."""
    declaration = context.declaration
    declared = {param.name: param.type for param in declaration.params} | {given.name: given.type for given in declaration.givens}
    if name.name in declared:
        return declared[name.name]
    for item in declaration.body:
        if isinstance(item, Let) and item.name == name.name:
            path = item.value.alternatives[0].atom
            return context.reach.source(path).v2_type if isinstance(path, V2Path) else None
    return None


def _read_name(name: str) -> Callable[[Run, Frame], Found]:
    place = f"${name}"

    def read(run: Run, frame: Frame) -> Found:
        raw = frame.names.get(name, "")
        if not raw:
            return ()
        if run.separators[0] not in raw:
            return ((raw, place),)
        return [(text, place) for text in raw.split(run.separators[0]) if text]

    return read


def _read_constant(text: str) -> Callable[[Run, Frame], Found]:
    found = ((text or " ", None),)
    return lambda _run, _frame: found


def _constant(context: CompileRow, row: RowSyntax, text: str, fhir_type: str) -> Convert:
    table = context.compiler.program.tables.get(row.clauses.table or "")
    if table is not None:
        return converter(context, row, "ST", fhir_type, None)
    try:
        values.constant(text, fhir_type)
    except Misread:
        context.compiler.program.report(UNKNOWN_NAME, f"the text is no {fhir_type}", row.span)
        return lambda _run, _frame, _raw, _level, _place: None
    return lambda _run, _frame, _raw, _level, _place: values.constant(text, fhir_type)


def _call(context: CompileRow, call: Call, because: str | None) -> Alternative:
    """The raw texts of all arguments stand in the place of the one; the function is the conversion."""
    arguments, forward = compile_call(call, context.reach, context.compiler.program)

    def read(run: Run, frame: Frame) -> Found:
        raws: Any = arguments(run, frame)
        return ((raws, frame.place),) if raws else ()

    def convert(run: Run, _frame: Frame, raw: Any, _level: int, place: Place) -> Json:
        return forward(run, raw, place)

    return Alternative(read, convert, None, because)


def converter(context: CompileRow, row: RowSyntax, v2_type: str | None, fhir_type: str, path: V2Path | None) -> Convert:
    """By what the row names, else by the two types. Of codes what they became is kept, where the row hands nothing else over."""
    by, compiler = row.clauses.by, context.compiler
    by_text_alone = not row.clauses.giving and (by is None or by.function in compiler.program.maps)
    is_kept = by_text_alone and not compiler.traced and is_coded(v2_type, fhir_type)
    convert = _converter(context, row, v2_type, fhir_type, path)
    return remembered(convert) if is_kept else convert


def _converter(context: CompileRow, row: RowSyntax, v2_type: str | None, fhir_type: str, path: V2Path | None) -> Convert:
    whole = path is not None and path.field is None and not isinstance(context.reach, PartReach)
    if whole and path is not None:
        _cover(context, row, path, v2_type, fhir_type)
    if row.clauses.by is not None:
        base = _by_name(context, row, row.clauses.by, whole=whole)
    elif whole:
        base = _whole_by_types(context, row, v2_type, fhir_type)
    elif v2_type == "varies" and not is_primitive(fhir_type):
        base = values.by_observation_type(lambda kind: by_types(context, row, kind or "ST", fhir_type))
    else:
        base = by_types(context, row, v2_type, fhir_type)
    if row.clauses.table is None:
        return base
    table = context.compiler.program.tables.get(row.clauses.table)
    if table is None:
        context.compiler.program.report(UNKNOWN_NAME, f"no table `{row.clauses.table}`", row.clauses.table_span)
        return base
    simple = row.clauses.by is None and _is_simple_type(context, v2_type)
    return values.through_table(table, fhir_type, base, simple=simple, falls_back=row.clauses.by is not None, agreeing=row.clauses.agreeing)


def _cover(context: CompileRow, row: RowSyntax, path: V2Path, v2_type: str | None, fhir_type: str) -> None:
    """A segment that is handed over is read as far as the map that takes it reads."""
    program = context.compiler.program
    called = program.maps.get(row.clauses.by.function) if row.clauses.by else program.find_by_types(v2_type, fhir_type)
    if called is not None and path.segment is not None and isinstance(context.reach, GroupReach):
        context.reach.cover_fields(path, context.compiler.fields_read(called))


def _is_simple_type(context: CompileRow, v2_type: str | None) -> bool:
    definition = dictionary.datatype(context.compiler.version, v2_type) if v2_type else None
    return v2_type != "varies" and (definition is None or definition.is_primitive)


def by_types(context: CompileRow, row: RowSyntax, v2_type: str | None, fhir_type: str) -> Convert:
    found = context.compiler.program.find_by_types(v2_type, fhir_type)
    if found is not None:
        return values.by_map(context.compiler.map_cell(found), giving(context, row))
    code = values.primitive(fhir_type, divided=not _is_simple_type(context, v2_type))
    whole = context.compiler.program.find_by_types("CWE", fhir_type) if fhir_type in {"CodeableConcept", "Coding"} else None
    if whole is None or not _is_simple_type(context, v2_type) or isinstance(context.reach, PartReach):
        return code
    return values.code_or_more(code, values.by_map(context.compiler.map_cell(whole), giving(context, row)))


def _by_name(context: CompileRow, row: RowSyntax, call: Call, *, whole: bool) -> Convert:
    compiler = context.compiler
    declaration = compiler.program.maps.get(call.function)
    if declaration is not None:
        cell = compiler.map_cell(declaration)
        return _whole(cell, giving(context, row)) if whole else values.by_map(cell, giving(context, row))
    function = compiler.program.functions.get(call.function)
    if function is None:
        compiler.program.report(UNKNOWN_NAME, f"no map and no function `{call.function}`", call.span)
        return lambda _run, _frame, _raw, _level, _place: None
    return values.by_function(function, [compile_raw(argument, context.reach, compiler.program) for argument in call.arguments])


def _whole_by_types(context: CompileRow, row: RowSyntax, v2_type: str | None, fhir_type: str) -> Convert:
    found = context.compiler.program.find_by_types(v2_type, fhir_type)
    if found is None:
        context.compiler.program.report(UNKNOWN_NAME, f"no map from {v2_type} to {fhir_type}", row.span)
        return lambda _run, _frame, _raw, _level, _place: None
    return _whole(context.compiler.map_cell(found), giving(context, row))


def _whole(cell: list[CallMap], names: values.Names) -> Convert:
    """A whole segment or group: the place is the Segment or the Node."""

    def convert(run: Run, frame: Frame, _raw: str, _level: int, place: Place) -> Json:
        source = place.fields if isinstance(place, Segment) else []
        return cell[0](run, source, 1, place, names(run, frame))

    return convert


def giving(context: CompileRow, row: RowSyntax) -> values.Names:
    bindings = [(binding.name, compile_raw(binding.value, context.reach, context.compiler.program)) for binding in row.clauses.giving]
    if not bindings:
        empty: dict[str, str] = {}
        return lambda _run, _frame: empty
    return lambda run, frame: {name: read(run, frame) for name, read in bindings}
