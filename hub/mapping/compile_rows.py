"""One row, forward: guards, the first populated source, conversion, `with`, and the place it is put in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hub.codec.hl7v2 import HL7_NULL, Segment, dictionary
from hub.core.json import Json
from hub.fhir.elements import is_primitive
from hub.mapping import compile_values as values
from hub.mapping.codes_run import (
    ABSENT_REFUSED,
    ALTERNATIVE_USED,
    DEFAULT_USED,
    LEFT_OUT,
    SEVERAL_VALUES,
    UNKNOWN_NAME,
)
from hub.mapping.compile_tests import compile_call, compile_condition, compile_item_test, compile_raw, same_field
from hub.mapping.compile_values import CallMap, Convert
from hub.mapping.compile_with import compile_with
from hub.mapping.nodes import Node
from hub.mapping.primitives import Misread
from hub.mapping.reach import GroupReach, PartReach, Reach, SegmentReach, Test
from hub.mapping.read_v2 import Found, source_index
from hub.mapping.running import Frame, LeaveOut, Place, Run
from hub.mapping.syntax import Atom, Call, Expression, FhirPath, FhirStep, Literal_, MapDeclaration, Name, V2Path
from hub.mapping.syntax import Row as RowSyntax
from hub.mapping.tables import Coded
from hub.mapping.tracing import traced_row
from hub.mapping.write_fhir import Put, compile_put, fhir_type_at

if TYPE_CHECKING:
    from hub.mapping.compile_maps import Compiler

__all__ = ["Alternative", "CompileRow", "Row", "compile_alternative", "compile_row"]

Row = Callable[[Run, Frame], None]


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


def compile_row(context: CompileRow, row: RowSyntax) -> Row:
    path = row.right
    if not path.steps:
        return _nothing
    fhir_type, is_list, required = fhir_type_at(context.target, path.steps)
    alternatives = [
        compile_alternative(context, row, alternative.atom, alternative.because, fhir_type) for alternative in row.left.alternatives
    ]
    guards = _guards(context, row)
    several = is_list or any(step.index == "*" for step in path.steps) or _is_sliced_list(context, row)
    constant = isinstance(row.left.alternatives[0].atom, Literal_) and not row.clauses.when
    put = compile_put(context.target, path, source=_field_of(row.left), constant=constant)
    if row.clauses.table is not None and fhir_type == "code":
        put = _put_coded(context.target, path, put, _field_of(row.left))
    decorate = compile_with(context, row, fhir_type)
    required = required and len(path.steps) == 1
    absent = _absent(row, fhir_type, put, required=required)
    nested = isinstance(context.reach, PartReach)
    take = _take(row, several, put, decorate, absent, path.steps[0].name, required=required, nested=nested)
    if context.compiler.traced:
        take = traced_row(take, row, context)
    elif absent is _nothing and len(alternatives) == 1 and decorate is None:
        quick = _quick_row(row, alternatives[0], guards, put, take, context.reach)
        if quick is not None:
            return quick
    if len(alternatives) == 1 and alternatives[0].because is None and (absent is _nothing or not guards):
        return _plain_row(alternatives[0], guards, take)
    return _guarded_row(guards, alternatives, take, row)


def _quick_row(row: RowSyntax, alternative: Alternative, guards: Sequence[Test], put: Put, take: Take, reach: Reach) -> Row | None:
    """The usual row: one path, which is mostly absent. Said once more without the general case, since this is where the time goes."""
    path = row.left.alternatives[0].atom
    if not isinstance(path, V2Path) or isinstance(reach, GroupReach) or alternative.because is not None:
        return None
    at = source_index(path)
    if at is None:
        return None
    if isinstance(reach, PartReach) and path.subcomponent is None and row.clauses.policy is None:
        return _quick_part(at, alternative.convert, guards, put)
    tests = any(same_field(condition, path) for condition in row.clauses.when)
    plain = isinstance(reach, SegmentReach) and path.component is None and path.repetition in {None, "*", "first", "last", 1} and not tests
    return _quick_field(at, alternative, guards, put, take, plain=plain and at > 2)


def _quick_part(at: int, convert: Convert, guards: Sequence[Test], put: Put) -> Row:
    def run_row(run: Run, frame: Frame) -> None:
        source = frame.source
        if at >= len(source) or not (raw := source[at]):
            return
        for guard in guards:
            if not guard(run, frame):
                return
        if raw != HL7_NULL:
            value = convert(run, frame, raw, frame.level + 1, (frame.place, at + 1))
            if value is not None:
                put(frame, value, 0)

    return run_row


def _quick_field(at: int, alternative: Alternative, guards: Sequence[Test], put: Put, take: Take, *, plain: bool) -> Row:
    convert, read = alternative.convert, alternative.read

    def run_row(run: Run, frame: Frame) -> None:
        source = frame.source
        if at >= len(source) or not (raw := source[at]):
            return
        for guard in guards:
            if not guard(run, frame):
                return
        if plain and run.separators[0] not in raw and raw != HL7_NULL:
            place = (frame.place, at, 0)
            mark = len(run.diagnostics)
            try:
                value = convert(run, frame, raw, 1, place)
            except (Misread, LeaveOut):
                del run.diagnostics[mark:]
                take(run, frame, alternative, ((raw, place),))
                return
            if value is not None:
                put(frame, value, 0)
            return
        take(run, frame, alternative, read(run, frame))

    return run_row


def _put_coded(shape: str, path: FhirPath, put: Put, source: str) -> Put:
    """Beside the code of a Coding or a Quantity the table's system is written too."""
    beside = (*path.steps[:-1], FhirStep("system"))
    has_system = path.steps[-1].name == "code" and fhir_type_at(shape, beside)[0] == "uri"
    put_system = compile_put(shape, FhirPath(beside, path.span), source=source) if has_system else None

    def put_coded(frame: Frame, value: Json, number: int) -> None:
        if not isinstance(value, Coded):
            put(frame, value, number)
            return
        put(frame, value.code, number)
        if put_system is not None and value.system:
            put_system(frame, value.system, number)

    return put_coded


def _nothing(_run: Run, _frame: Frame) -> None:
    return


Take = Callable[[Run, Frame, Alternative, Found], None]


def _plain_row(alternative: Alternative, guards: Sequence[Test], take: Take) -> Row:
    """The source first: it is mostly absent, and guards change nothing."""
    read = alternative.read

    def run_row(run: Run, frame: Frame) -> None:
        found = read(run, frame)
        if found:
            for guard in guards:
                if not guard(run, frame):
                    return
        take(run, frame, alternative, found)

    return run_row


def _guarded_row(guards: Sequence[Test], alternatives: Sequence[Alternative], take: Take, row: RowSyntax) -> Row:
    span = row.span

    def run_row(run: Run, frame: Frame) -> None:
        for guard in guards:
            if not guard(run, frame):
                return
        for alternative in alternatives:
            found = alternative.read(run, frame)
            if found:
                if alternative.because is not None:
                    run.report(ALTERNATIVE_USED, alternative.because, frame.place if isinstance(frame.place, Segment) else None, span)
                take(run, frame, alternative, found)
                return
        take(run, frame, alternatives[0], ())

    return run_row


def _take(
    row: RowSyntax,
    several: bool,
    put: Put,
    decorate: Callable[[Run, Frame, Json], None] | None,
    absent: Row,
    element: str,
    *,
    required: bool,
    nested: bool,
) -> Take:
    """nested: in a datatype map what cannot be read is for the nearest row around it that says `or skip`."""
    skip = row.clauses.policy == "skip"
    span = row.span

    def take(run: Run, frame: Frame, alternative: Alternative, found: Found) -> None:
        if not found:
            absent(run, frame)
            return
        if not several and len(found) > 1:
            run.report(SEVERAL_VALUES, f"{len(found)} values", found[0][1], span)
            found = found[:1]
        convert, depth = alternative.convert, alternative.depth
        level = 1 if depth is None else frame.level + depth
        count = 0
        for raw, place in found:
            if raw == HL7_NULL:
                continue
            try:
                value = convert(run, frame, raw, level, place)
            except Misread as error:
                refuse(run, error, place)
                continue
            except LeaveOut:
                continue
            if value is not None:
                if decorate is not None:
                    decorate(run, frame, value)
                put(frame, value, _number(place, count, of_group=frame.node is not None))
                count += 1
        if not count and found[0][0] == HL7_NULL:
            run.cleared.add(element)

    def refuse(run: Run, error: Misread, place: Place) -> None:
        if skip:
            run.report(LEFT_OUT, f"cannot be read: {error.detail}", error.place or place, span)
            if required:
                raise LeaveOut
            return
        if row.clauses.policy is None and nested:
            raise error
        run.report_misread(error, error.place or place, span)

    return take


def _number(place: Place, count: int, *, of_group: bool) -> int:
    """The repetition a value stands in, so that `[*]` rows of one field meet in one item; of a group, in which segment too."""
    while isinstance(place, tuple) and len(place) == 2:
        place = place[0]
    if isinstance(place, tuple) and isinstance(place[0], Segment):
        return place[2] + (1000 * place[0].occurrence if of_group else 0)
    return count


def _absent(row: RowSyntax, fhir_type: str, put: Put, *, required: bool) -> Row:
    default = row.clauses.default
    span = row.span
    if default is not None:
        text = default.value.text

        def use_default(run: Run, frame: Frame) -> None:
            run.report(DEFAULT_USED, default.because, frame.place if isinstance(frame.place, Segment) else None, span)
            put(frame, values.constant(text, fhir_type), 0)

        return use_default
    match row.clauses.policy:
        case "refuse":
            return lambda run, frame: run.report(ABSENT_REFUSED, "absent", None if isinstance(frame.place, Node) else frame.place, span)
        case "skip" if required:

            def leave_out(run: Run, frame: Frame) -> None:
                run.report(LEFT_OUT, "absent", None if isinstance(frame.place, Node) else frame.place, span)
                raise LeaveOut

            return leave_out
    return _nothing


def _guards(context: CompileRow, row: RowSyntax) -> list[Test]:
    path = row.left.alternatives[0].atom
    asked = [condition for condition in row.clauses.when if not (isinstance(path, V2Path) and same_field(condition, path))]
    guards = [compile_condition(condition, context.reach) for condition in asked]
    unless = [compile_condition(condition, context.reach) for condition in row.clauses.unless]
    if unless:
        guards.append(lambda run, frame: not all(test(run, frame) for test in unless))
    return guards


def _is_sliced_list(context: CompileRow, row: RowSyntax) -> bool:
    """A whole item of a list: several values are several items only where no slice or number names one."""
    path = row.right
    last = path.steps[-1]
    return fhir_type_at(context.target, path.steps)[1] and last.slice is None and not isinstance(last.index, int)


def _field_of(expression: Expression) -> str:
    atom = expression.alternatives[0].atom
    if isinstance(atom, V2Path):
        return f"{atom.segment}-{atom.field}"
    return atom.name if isinstance(atom, Name) else ""


def compile_alternative(context: CompileRow, row: RowSyntax, atom: Atom, because: str | None, fhir_type: str) -> Alternative:
    match atom:
        case V2Path():
            tests = [compile_item_test(condition) for condition in row.clauses.when if same_field(condition, atom)]
            source = context.reach.source(atom, tests)
            return Alternative(source.read, converter(context, row, source.v2_type, fhir_type, atom), source.depth, because)
        case Name():
            kind = next((given.type for given in context.declaration.givens if given.name == atom.name), None)
            return Alternative(_read_name(atom.name), converter(context, row, kind, fhir_type, None), None, because)
        case Literal_():
            return Alternative(_read_constant(atom.text), _constant(context, row, atom.text, fhir_type), None, because)
        case Call():
            return _call(context, atom, because)
        case FhirPath():
            return Alternative(lambda _run, _frame: (), _ready, None, because)


def _ready(_run: Run, _frame: Frame, _raw: str, _level: int, _place: Place) -> Json:
    return None


def _read_name(name: str) -> Callable[[Run, Frame], Found]:
    def read(run: Run, frame: Frame) -> Found:
        raw = frame.names.get(name, "")
        if not raw:
            return ()
        return [(text, (f"${name}", number)) for number, text in enumerate(raw.split(run.separators[0])) if text]

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
    """By what the row names, else by the two types."""
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
    return values.primitive(fhir_type, v2_type, divided=not _is_simple_type(context, v2_type))


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
