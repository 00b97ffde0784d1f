"""One row, backward: the FHIR side is read, converted, written to the first path of the v2 side; then its guards are written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.core.json import Json
from hub.fhir.elements import is_primitive
from hub.mapping.backward import values
from hub.mapping.backward.guards import Guards, compile_guards
from hub.mapping.backward.read_fhir import Constants, Get, Got, Spot, compile_fhir_test, compile_get
from hub.mapping.backward.unwritten import Seen, see_value
from hub.mapping.backward.values import Back
from hub.mapping.backward.write_v2 import BackFrame, PutRaw, compile_put_raw
from hub.mapping.codes.run import NOTHING_TO_WRITE, SEVERAL_TO_WRITE, UNKNOWN_NAME
from hub.mapping.forward.attached import parse_element
from hub.mapping.forward.read_v2 import type_of_component, type_read
from hub.mapping.forward.write_fhir import fhir_type_at
from hub.mapping.running import Run
from hub.mapping.syntax import Arrow, Call, Constant, Expression, FhirPath, MapDeclaration, Name, Row, V2Path
from hub.mapping.values.calling import call_back
from hub.mapping.values.primitives import Misread

if TYPE_CHECKING:
    from hub.mapping.backward.maps import BackCompiler

__all__ = ["BackRow", "CompileBack", "back_for", "compile_back_row", "first_path"]

BackRow = Callable[[Run, BackFrame], None]
_Make = Callable[[Run, BackFrame, Json], list[str]]  # the raw texts of the row's paths
_Put = Callable[[Run, BackFrame, list[str], int], int]


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
            return type_read(version, path, self.compiler.program.segments)
        kinds = (type_of_component(version, name, path.component, path.subcomponent) for name in self.declaration.left.names)
        return next((kind for kind in kinds if kind), None)


def compile_back_row(context: CompileBack, row: Row) -> BackRow | None:
    """None for a row that does not go this way: a constant, a name alone, an arrow to FHIR."""
    compiled = _compile(context, row)
    watch = context.compiler.program.watch
    return compiled if watch is None or compiled is None else watch.backward(row, compiled)


def _compile(context: CompileBack, row: Row) -> BackRow | None:
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
    make, put = _call_writer(context, target) if isinstance(target, Call) else _path_writer(context, row, target, fhir_type)
    return _BackRow(
        row,
        ".".join(f"{step.name}:{step.slice}:{step.index}:{step.url}" for step in row.right.steps),
        get,
        make,
        put,
        tests,
        compile_guards(row, target, context.lets),
        single=_is_single(context, target),
        whole=None if _called_map(context, row, target, fhir_type) else see_value(_filled(context, row, target)),
    )


@dataclass(frozen=True, slots=True)
class _BackRow:
    """element: the path, as a key for what another row has written. A default that has no way back is what it stood for: nothing."""

    row: Row
    element: str
    get: Get
    make: _Make
    put: _Put
    tests: Sequence[Callable[[Json], bool]]
    guards: Guards
    single: bool
    whole: Callable[[Seen, Json, Spot], None] | None

    def __call__(self, run: Run, frame: BackFrame) -> None:
        if not all(test(frame.value) for test in self.tests):
            return
        found = [each for each in self.get(frame.value, frame.taken) if each[2] not in frame.seen.hidden]
        if not found and self.row.clauses.policy == "refuse":
            run.report(NOTHING_TO_WRITE, "absent", None, self.row.span)
        for at, (value, number, spot) in enumerate(found, 1):
            if self._write_one(run, frame, value, number, spot) and self.single and at < len(found):
                self._report_several(run, frame, found[at:])
                return

    def _report_several(self, run: Run, frame: BackFrame, others: Got) -> None:
        run.report(SEVERAL_TO_WRITE, f"{len(others) + 1} values", None, self.row.span)
        for _, _, spot in others:
            frame.seen.add(spot)

    def _write_one(self, run: Run, frame: BackFrame, value: Json, number: int, spot: Spot) -> bool:
        default = self.row.clauses.default
        try:
            raws = self.make(run, frame, value if self.whole is None else frame.seen.shown(value))
        except Misread as error:
            frame.seen.add(spot)  # what cannot be written is reported as that
            if default is None or value != default.value.text:
                frame.failed.append((self.element, error, self.row))
            return False
        if not any(raws):
            return False
        if not self.guards.allow(run, frame, raws[0], number):
            frame.taken.discard(id(value))
            return False
        at = self.put(run, frame, raws, number)
        frame.written.add(self.element)
        if self.whole is not None:
            self.whole(frame.seen, value, spot)
        self.guards.write(run, frame, at)
        return True


def first_path(expression: Expression) -> V2Path | Call | None:
    """What is written: the first path of the chain, or the paths of the function that stands there."""
    return next((each.atom for each in expression.alternatives if isinstance(each.atom, V2Path | Call)), None)


def _is_single(context: CompileBack, target: V2Path | Call) -> bool:
    if isinstance(target, Call) or target.field is None:
        return True
    if target.repetition is not None:
        return target.repetition != "*"
    segment = context.compiler.program.segments.find(context.compiler.version, target.segment or "")
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


def _path_writer(context: CompileBack, row: Row, target: V2Path, fhir_type: str) -> tuple[_Make, _Put]:
    back = back_for(context, row, _v2_type(context, row, target), fhir_type)
    put = compile_put_raw(target)
    depth = (target.component is not None) + (target.subcomponent is not None)

    def make(run: Run, frame: BackFrame, value: Json) -> list[str]:
        return [back(run, frame, value, min(frame.level + depth, 3))]

    return make, lambda run, frame, raws, number: put(run, frame, raws[0], number)


def _call_writer(context: CompileBack, call: Call) -> tuple[_Make, _Put]:
    function = context.compiler.program.functions.get(call.function)
    if function is None:
        context.compiler.program.report(UNKNOWN_NAME, f"no function `{call.function}`", call.span)
        return (lambda _run, _frame, _value: []), (lambda _run, _frame, _raws, _number: 0)
    paths = [first_path(argument) for argument in call.arguments]
    puts = [compile_put_raw(path) if isinstance(path, V2Path) else None for path in paths]
    back = call_back(function, len(puts))

    def put_all(run: Run, frame: BackFrame, raws: list[str], number: int) -> int:
        at = 0
        for put, raw in zip(puts, raws, strict=False):
            if put is not None and raw:
                at = put(run, frame, raw, number)
        return at

    return (lambda run, _frame, value: back(run, value)), put_all


def _value_row(
    value: Constant | Name | Call, target: V2Path | Call, tests: Sequence[Callable[[Json], bool]], context: CompileBack
) -> BackRow:
    """`MSH-9.1 <- "MDM"`, `MSH-3 <- $sending_application`: written as it stands."""
    if isinstance(target, Call):
        return lambda _run, _frame: None
    put = compile_put_raw(target)
    read = context.compiler.value_text(value, context)

    def run_row(run: Run, frame: BackFrame) -> None:
        shown = frame.seen.shown(frame.value) if tests else None
        if all(test(shown) for test in tests) and (raw := read(run, frame)):
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


def _called_map(context: CompileBack, row: Row, target: V2Path | Call, fhir_type: str) -> bool:
    """Does a map of the value's own type write it? That says itself what it has written."""
    program = context.compiler.program
    if row.clauses.by is not None:
        declaration = program.maps.get(row.clauses.by.function)
    else:
        declaration = program.find_by_types(_v2_type(context, row, target), fhir_type) if isinstance(target, V2Path) else None
    return declaration is not None and not is_primitive(fhir_type)


def _filled(context: CompileBack, row: Row, target: V2Path | Call) -> tuple[str, ...]:
    """The elements that a function makes of an object, and takes from it."""
    name = target.function if isinstance(target, Call) else row.clauses.by.function if row.clauses.by is not None else ""
    function = context.compiler.program.functions.get(name)
    return function.fills if function is not None else ()


def _v2_type(context: CompileBack, row: Row, target: V2Path) -> str | None:
    """OBX-5 is of the type that the row's guard says."""
    kind = context.type_of(target)
    return _guarded_type(row) or kind if kind == "varies" else kind


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
    program = context.compiler.program
    found = program.find_by_types(v2_type, fhir_type)
    if found is not None and found.arrow is not Arrow.FORWARD:
        return values.back_by_map(context.compiler.map_cell(found), _no_names)
    if not is_primitive(fhir_type) and fhir_type not in {"CodeableConcept", "Coding"}:
        program.report(UNKNOWN_NAME, f"no map from {fhir_type} to {v2_type}", row.span)
    return values.back_primitive(fhir_type, v2_type, row.span)


def _guarded_type(row: Row) -> str | None:
    return next((each.values[0] for each in row.clauses.when if each.test in {"=", "in"} and each.values), None)


def _no_names(_run: Run, _frame: BackFrame) -> dict[str, str]:
    return {}
