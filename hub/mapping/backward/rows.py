"""One row, backward: the FHIR side is read, converted, written to the first path of the v2 side; then its guards are written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.codec.hl7v2 import dictionary
from hub.core.json import Json
from hub.fhir.elements import is_primitive
from hub.mapping.backward import values
from hub.mapping.backward.read_fhir import Constants, Get, compile_fhir_test, compile_get
from hub.mapping.backward.values import Back
from hub.mapping.backward.write_v2 import BackFrame, PutRaw, compile_put_raw
from hub.mapping.codes.run import NOTHING_TO_WRITE, SEVERAL_TO_WRITE, UNKNOWN_NAME
from hub.mapping.forward.attached import parse_element
from hub.mapping.forward.conditions import same_field
from hub.mapping.forward.read_v2 import type_in, type_of_component
from hub.mapping.forward.write_fhir import fhir_type_at
from hub.mapping.running import Run
from hub.mapping.syntax import Arrow, Call, Condition, Constant, Expression, FhirPath, MapDeclaration, Name, Row, V2Path
from hub.mapping.values.calling import call_back
from hub.mapping.values.primitives import Misread

if TYPE_CHECKING:
    from hub.mapping.backward.maps import BackCompiler

__all__ = ["BackRow", "CompileBack", "back_for", "compile_back_row", "first_path"]

BackRow = Callable[[Run, BackFrame], None]
_Write = Callable[[Run, BackFrame, Json, int], int | None]


@dataclass(frozen=True, slots=True)
class CompileBack:
    """What the rows of one map have in common. lets: the first path of each let, where a guard on its name is written."""

    compiler: BackCompiler
    declaration: MapDeclaration
    shape: str
    constants: Constants
    lets: dict[str, V2Path]

    def type_of(self, path: V2Path) -> str | None:
        version = self.compiler.version
        if path.field is not None or path.segment not in self.declaration.left.names:
            return type_in(version, path)
        kinds = (type_of_component(version, name, path.component, path.subcomponent) for name in self.declaration.left.names)
        return next((kind for kind in kinds if kind), None)


def compile_back_row(context: CompileBack, row: Row) -> BackRow | None:
    """None for a row that does not go this way: a constant, a name alone, an arrow to FHIR."""
    if row.arrow is Arrow.FORWARD:
        return None
    target = first_path(row.left)
    if target is None:
        return None
    tests = _fhir_tests(context, row)
    if row.value is not None:
        return _value_row(row.value, target, tests, context)
    fhir_type = fhir_type_at(context.shape, row.right.steps)[0]
    get = compile_get(context.shape, row.right, context.constants, _wanted(row))
    write = _call_writer(context, target) if isinstance(target, Call) else _path_writer(context, row, target, fhir_type)
    after = [_guard(context, condition, target) for condition in row.clauses.when]
    element = ".".join(f"{step.name}:{step.slice}:{step.index}:{step.url}" for step in row.right.steps)
    return _BackRow(row, element, get, write, tests, [guard for guard in after if guard], single=_is_single(context, target))


@dataclass(frozen=True, slots=True)
class _BackRow:
    """element: the path, as a key for what another row has written. A default that has no way back is what it stood for: nothing."""

    row: Row
    element: str
    get: Get
    write: _Write
    tests: Sequence[Callable[[Json], bool]]
    after: Sequence[Callable[[Run, BackFrame, int], None]]
    single: bool

    def __call__(self, run: Run, frame: BackFrame) -> None:
        if not all(test(frame.value) for test in self.tests):
            return
        found = self.get(frame.value, frame.taken)
        if not found and self.row.clauses.policy == "refuse":
            run.report(NOTHING_TO_WRITE, "absent", None, self.row.span)
        if self.single and len(found) > 1:
            run.report(SEVERAL_TO_WRITE, f"{len(found)} values", None, self.row.span)
            found = found[:1]
        for value, number in found:
            self._write_one(run, frame, value, number)

    def _write_one(self, run: Run, frame: BackFrame, value: Json, number: int) -> None:
        default = self.row.clauses.default
        try:
            at = self.write(run, frame, value, number)
        except Misread as error:
            if default is None or value != default.value.text:
                frame.failed.append((self.element, error, self.row))
            return
        if at is not None:
            frame.written.add(self.element)
            for guard in self.after:
                guard(run, frame, at)


def first_path(expression: Expression) -> V2Path | Call | None:
    """What is written: the first path of the chain, or the paths of the function that stands there."""
    return next((each.atom for each in expression.alternatives if isinstance(each.atom, V2Path | Call)), None)


def _is_single(context: CompileBack, target: V2Path | Call) -> bool:
    if isinstance(target, Call) or target.field is None:
        return True
    if target.repetition is not None:
        return target.repetition != "*"
    segment = dictionary.segment(context.compiler.version, target.segment or "")
    field = segment.field(target.field) if segment else None
    return target.component is not None or (field is not None and field.max == 1)


def _wanted(row: Row) -> list[tuple[list[str], str]]:
    return [
        ([step.name for step in parse_element(binding.name, binding).steps], atom.text)
        for binding in row.clauses.with_
        if isinstance(atom := binding.value.alternatives[0].atom, Constant)
    ]


def _fhir_tests(context: CompileBack, row: Row) -> list[Callable[[Json], bool]]:
    tests = [compile_fhir_test(each, context.shape, context.constants) for each in row.clauses.when if isinstance(each.subject, FhirPath)]
    unless = [
        compile_fhir_test(each, context.shape, context.constants) for each in row.clauses.unless if isinstance(each.subject, FhirPath)
    ]
    if unless and len(unless) == len(row.clauses.unless):
        tests.append(lambda value: not all(test(value) for test in unless))
    return tests


def _path_writer(context: CompileBack, row: Row, target: V2Path, fhir_type: str) -> _Write:
    back = back_for(context, row, context.type_of(target), fhir_type)
    put = compile_put_raw(target)
    depth = (target.component is not None) + (target.subcomponent is not None)

    def write(run: Run, frame: BackFrame, value: Json, number: int) -> int | None:
        raw = back(run, frame, value, min(frame.level + depth, 3))
        return put(run, frame, raw, number) if raw else None

    return write


def _call_writer(context: CompileBack, call: Call) -> _Write:
    function = context.compiler.program.functions.get(call.function)
    paths = [first_path(argument) for argument in call.arguments]
    if function is None:
        context.compiler.program.report(UNKNOWN_NAME, f"no function `{call.function}`", call.span)
        return lambda _run, _frame, _value, _number: None
    puts = [compile_put_raw(path) if isinstance(path, V2Path) else None for path in paths]
    back = call_back(function, len(puts))

    def write(run: Run, frame: BackFrame, value: Json, number: int) -> int | None:
        at = None
        for put, raw in zip(puts, back(run, value), strict=False):
            if put is not None and raw:
                at = put(run, frame, raw, number)
        return at

    return write


def _guard(context: CompileBack, condition: Condition, target: V2Path | Call) -> Callable[[Run, BackFrame, int], None] | None:
    """`=` and `in` are written, so that the guard holds again; what is there already stays."""
    if condition.test not in {"=", "in"} or not condition.values:
        return None
    subject = condition.subject
    path = context.lets.get(subject.name) if isinstance(subject, Name) else subject
    if not isinstance(path, V2Path):
        return None
    text = condition.values[0]
    of_item = isinstance(target, V2Path) and same_field(condition, target)
    put = compile_put_raw(path)

    def write(run: Run, frame: BackFrame, at: int) -> None:
        if of_item and frame.fields is not None:
            part = frame.fields.by_number[path.field or 0][at]
            number = path.component or 1
            part.extend([""] * (number - len(part)))
            part[number - 1] = part[number - 1] or run.raw_of(text)
        elif not _is_written(frame, path):
            put(run, frame, run.raw_of(text), 0)

    return write


def _is_written(frame: BackFrame, path: V2Path) -> bool:
    number = path.component or 1
    if path.field is None:
        return number <= len(frame.parts) and bool(frame.parts[number - 1])
    repetitions = frame.fields.by_number.get(path.field, []) if frame.fields is not None else []
    return bool(repetitions) and number <= len(repetitions[0]) and bool(repetitions[0][number - 1])


def _value_row(
    value: Constant | Name | Call, target: V2Path | Call, tests: Sequence[Callable[[Json], bool]], context: CompileBack
) -> BackRow:
    """`MSH-9.1 <- "MDM"`, `MSH-3 <- $sending_application`: written as it stands."""
    if isinstance(target, Call):
        return lambda _run, _frame: None
    put = compile_put_raw(target)
    read = context.compiler.value_text(value, context)

    def run_row(run: Run, frame: BackFrame) -> None:
        if all(test(frame.value) for test in tests) and (raw := read(run, frame)):
            put(run, frame, raw, 0)

    return run_row


def back_for(context: CompileBack, row: Row, v2_type: str | None, fhir_type: str) -> Back:
    """By what the row names, else by the two types."""
    program = context.compiler.program
    base = _by_name(context, row.clauses.by) if row.clauses.by else _by_types(context, row, v2_type, fhir_type)
    table = program.tables.get(row.clauses.table) if row.clauses.table else None
    if row.clauses.table and table is None:
        program.report(UNKNOWN_NAME, f"no table `{row.clauses.table}`", row.clauses.table_span)
    return values.back_through_table(table, fhir_type, base, falls_back=row.clauses.by is not None) if table else base


def _by_name(context: CompileBack, call: Call) -> Back:
    compiler = context.compiler
    declaration = compiler.program.maps.get(call.function)
    if declaration is not None:
        return values.back_by_map(compiler.map_cell(declaration), _no_names)
    function = compiler.program.functions.get(call.function)
    if function is None:
        compiler.program.report(UNKNOWN_NAME, f"no map and no function `{call.function}`", call.span)
        return lambda _run, _frame, _value, _level: ""
    others: list[PutRaw] = [compile_put_raw(path) for argument in call.arguments if isinstance(path := first_path(argument), V2Path)]
    return values.back_by_function(function, others)


def _by_types(context: CompileBack, row: Row, v2_type: str | None, fhir_type: str) -> Back:
    """OBX-5 is of the type that the row's guard says."""
    program = context.compiler.program
    if v2_type == "varies":
        v2_type = _guarded_type(row) or v2_type
    found = program.find_by_types(v2_type, fhir_type)
    if found is not None and found.arrow is not Arrow.FORWARD:
        return values.back_by_map(context.compiler.map_cell(found), _no_names)
    if not is_primitive(fhir_type) and fhir_type not in {"CodeableConcept", "Coding"}:
        program.report(UNKNOWN_NAME, f"no map from {fhir_type} to {v2_type}", row.span)
    return values.back_primitive(fhir_type, v2_type)


def _guarded_type(row: Row) -> str | None:
    return next((each.values[0] for each in row.clauses.when if each.test in {"=", "in"} and each.values), None)


def _no_names(_run: Run, _frame: BackFrame) -> dict[str, str]:
    return {}
