"""Datatype and segment maps compiled for the way back, FHIR to v2, for one version of HL7."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

from hub.core.json import Json
from hub.fhir.elements import is_primitive
from hub.mapping.backward.read_fhir import compile_get, constants_of
from hub.mapping.backward.rereading import ReadsAgain, compile_rereading
from hub.mapping.backward.rows import BackRow, CompileBack, compile_back_row, first_path
from hub.mapping.backward.unwritten import Constants, Seen, constants_of_maps
from hub.mapping.backward.values import WriteMap
from hub.mapping.backward.write_v2 import BackFrame, Fields, finish, trimmed
from hub.mapping.codes.run import NOT_WRITABLE, UNKNOWN_NAME
from hub.mapping.forward.maps import base_names, is_datatype
from hub.mapping.items import iter_items
from hub.mapping.program import Program
from hub.mapping.registry import Unreadable
from hub.mapping.running import Run
from hub.mapping.syntax import Call, Constant, FhirPath, Let, MapDeclaration, Name, Row, V2Path
from hub.mapping.values.primitives import Misread

__all__ = ["BackCompiler", "WriteSegment"]

WriteSegment = Callable[[Run, Json, dict[str, str], Fields, Seen], None]


class BackCompiler:
    """bundle: gives the whole Bundle to a function that asks for it; set by the message map."""

    def __init__(self, program: Program, version: str) -> None:
        self.program = program
        self.version = version
        self._cells: dict[str, list[WriteMap]] = {}
        self._segments: dict[str, WriteSegment] = {}
        self._field_rows: dict[tuple[str, str, str], BackRow | None] = {}
        self._rereadings: dict[tuple[str, str, str], ReadsAgain] = {}

    @cached_property
    def constants(self) -> Constants:
        """What maps put into FHIR themselves needs no writing."""
        return constants_of_maps(self.program.maps.values())

    def context(self, declaration: MapDeclaration, shape: str) -> CompileBack:
        lets = {
            item.name: path for item in declaration.body if isinstance(item, Let) and isinstance(path := first_path(item.value), V2Path)
        }
        return CompileBack(self, declaration, shape, constants_of(declaration.body), lets)

    def rows(self, context: CompileBack) -> list[BackRow]:
        compiled = (compile_back_row(context, item) for item in context.declaration.body if isinstance(item, Row))
        return [row for row in compiled if row is not None]

    def field_row(self, declaration: MapDeclaration, row: Row, shape: str) -> BackRow | None:
        """A row of a message map that writes one field, seen from the resource that it takes."""
        key = (declaration.name, row.name, shape)
        if key not in self._field_rows:
            steps = row.right.steps if row.value is not None else row.right.steps[1:]
            self._field_rows[key] = compile_back_row(self.context(declaration, shape), replace(row, right=FhirPath(steps, row.right.span)))
        return self._field_rows[key]

    def rereading(self, declaration: MapDeclaration, row: Row, segment: str) -> ReadsAgain:
        key = (declaration.name, row.name, segment)
        if key not in self._rereadings:
            lets = {item.name: item.value for item in iter_items(declaration.body) if isinstance(item, Let)}
            self._rereadings[key] = compile_rereading(self.program, self.version, row, segment, lets)
        return self._rereadings[key]

    def map_cell(self, declaration: MapDeclaration) -> list[WriteMap]:
        cell = self._cells.get(declaration.name)
        if cell is None:
            cell = self._cells[declaration.name] = []
            cell.append(self._value_map(declaration))
        return cell

    def segment_map(self, declaration: MapDeclaration) -> WriteSegment:
        known = self._segments.get(declaration.name)
        if known is None:
            known = self._segments[declaration.name] = self._segment_map(declaration)
        return known

    def _value_map(self, declaration: MapDeclaration) -> WriteMap:
        target = declaration.right.names[0]
        if not is_datatype(declaration.left.names[0]):
            raise_not = Misread(NOT_WRITABLE, "a segment map where a value is wanted")

            def refuse(_run: Run, _value: Json, _level: int, _names: dict[str, str], _seen: Seen) -> str:
                raise raise_not

            return refuse
        rows = self.rows(self.context(declaration, target))
        base = base_names(declaration)
        simple = is_primitive(target)

        def write(run: Run, value: Json, level: int, names: dict[str, str], seen: Seen) -> str:
            if simple:
                value = {"value": value}
            if not isinstance(value, dict):
                raise Misread(NOT_WRITABLE, "not an object")
            frame = BackFrame(value, level, {**base(run), **names}, None, seen)
            for row in rows:
                row(run, frame)
            finish(run, frame)
            return trimmed(run.separators[level], frame.parts)

        return write

    def _segment_map(self, declaration: MapDeclaration) -> WriteSegment:
        rows = self.rows(self.context(declaration, declaration.right.names[0]))
        base = base_names(declaration)

        def write(run: Run, value: Json, names: dict[str, str], fields: Fields, seen: Seen) -> None:
            frame = BackFrame(value, 1, {**base(run), **names}, fields, seen)
            for row in rows:
                row(run, frame)
            finish(run, frame)

        return write

    def value_text(self, value: Constant | Name | Call, context: CompileBack) -> Callable[[Run, BackFrame], str]:
        """The FHIR side of a row `<-` that is a value: a text as it stands, a name, or a function over FHIR paths."""
        match value:
            case Constant():
                text = value.text
                return lambda _run, _frame: text
            case Name():
                name = value.name
                return lambda _run, frame: frame.names.get(name, "")
            case Call():
                return self._call_text(value, context)

    def _call_text(self, call: Call, context: CompileBack) -> Callable[[Run, BackFrame], str]:
        function = self.program.functions.get(call.function)
        if function is None or function.forward is None:
            self.program.report(UNKNOWN_NAME, f"no function `{call.function}`", call.span)
            return lambda _run, _frame: ""
        forward = function.forward
        reads = [_argument(argument.alternatives[0].atom, context) for argument in call.arguments]

        def text(run: Run, frame: BackFrame) -> str:
            try:
                value = forward(*(read(run, frame) for read in reads))
            except Unreadable as error:
                raise error if isinstance(error, Misread) else Misread(NOT_WRITABLE, str(error)) from None
            return run.raw_of(str(value)) if value is not None else ""

        return text


def _argument(atom: object, context: CompileBack) -> Callable[[Run, BackFrame], Json]:
    match atom:
        case FhirPath(steps=(first,)) if first.name == context.shape:
            return _whole
        case Constant(text=text) if text == context.shape:
            return _whole
        case FhirPath():
            get = compile_get(context.shape, atom, context.constants)

            def read(_run: Run, frame: BackFrame) -> Json:
                for value, _, spot in get(frame.value, set()):
                    frame.seen.add(spot)
                    return value
                return None

            return read
        case Name(name=name):
            return lambda _run, frame: frame.names.get(name, "")
        case Constant(text=text):
            return lambda _run, _frame: text
        case _:
            return lambda _run, _frame: None


def _whole(_run: Run, frame: BackFrame) -> Json:
    frame.seen.everything = True
    return frame.value
