"""`with ELEMENT = VALUE`: what is also set on each item a row makes. In a message map a row's name there is a reference to its resource."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from hub.core.json import Json
from hub.mapping.codes.run import UNKNOWN_NAME
from hub.mapping.forward import values
from hub.mapping.forward.read_v2 import Found
from hub.mapping.forward.sources import Alternative, CompileRow, compile_alternative
from hub.mapping.forward.write_fhir import Put, compile_put, fhir_type_at
from hub.mapping.running import Frame, LeaveOut, Run
from hub.mapping.syntax import Atom, Binding, Clauses, Constant, FhirPath, FhirStep, Row
from hub.mapping.values.primitives import Misread

__all__ = ["Decorate", "compile_with", "parse_element", "row_named"]

Decorate = Callable[[Run, Frame, Json], None]
Setter = Callable[[Run, Frame], None]  # reads where the row reads, and writes into the value; all bindings of a row into the same items
_STEP: Final = re.compile(r'([A-Za-z]\w*)(?:\("((?:[^"\\]|\\.)*)"\))?(?::([\w-]+))?(?:\[(\d+|\*)\])?(?:\.|$)')


def parse_element(text: str, binding: Binding) -> FhirPath:
    """The left side of a binding is kept as it is written."""
    steps = [
        FhirStep(found[1], (found[4] if found[4] == "*" else int(found[4])) if found[4] else None, found[3], found[2])  # type: ignore[arg-type]  # "*" is the only text the pattern lets through
        for found in _STEP.finditer(text)
    ]
    return FhirPath(tuple(steps), binding.span)


def row_named(atom: Atom) -> str | None:
    """A bare word, which may be a row's name."""
    if isinstance(atom, Constant):
        return atom.text
    if isinstance(atom, FhirPath) and len(atom.steps) == 1:
        return atom.steps[0].name
    return None


def compile_with(context: CompileRow, row: Row, shape: str, *, rows: frozenset[str] = frozenset()) -> Decorate | None:
    """rows: names that are references; those bindings are the message map's to resolve."""
    setters = [
        _setter(context, row, binding, shape) for binding in row.clauses.with_ if row_named(binding.value.alternatives[0].atom) not in rows
    ]
    if not setters:
        return None

    def decorate(run: Run, frame: Frame, value: Json) -> None:
        if isinstance(value, dict):
            inner = _inner(frame, value)
            for setter in setters:
                setter(run, inner)

    return decorate


def _setter(context: CompileRow, row: Row, binding: Binding, shape: str) -> Setter:
    path = parse_element(binding.name, binding)
    fhir_type, _, _ = fhir_type_at(shape, path.steps)
    put = compile_put(shape, path)
    atom = binding.value.alternatives[0].atom
    if isinstance(atom, Constant):
        return _set_constant(context, binding, put, atom.text, fhir_type)
    bare = replace(row, clauses=Clauses())
    sources = [compile_alternative(context, bare, each.atom, each.because, fhir_type) for each in binding.value.alternatives]

    def set_value(run: Run, frame: Frame) -> None:
        for source in sources:
            found = source.read(run, frame)
            if found:
                made = _convert(run, frame, source, found)
                if made is not None:
                    put(frame, made, 0)
                return

    return set_value


def _set_constant(context: CompileRow, binding: Binding, put: Put, text: str, fhir_type: str) -> Setter:
    try:
        values.constant(text, fhir_type)
    except Misread:
        context.compiler.program.report(UNKNOWN_NAME, f"the text is no {fhir_type}", binding.span)
        return lambda _run, _frame: None
    return lambda _run, frame: put(frame, values.constant(text, fhir_type), 0)


def _convert(run: Run, frame: Frame, source: Alternative, found: Found) -> Json:
    raw, place = found[0]
    level = 1 if source.depth is None else frame.level + source.depth
    try:
        return source.convert(run, frame, raw, level, place)
    except LeaveOut:
        return None


def _inner(frame: Frame, value: dict[str, Any]) -> Frame:
    inner = Frame(frame.source, frame.level, frame.place, frame.names, frame.node)
    inner.out = value
    return inner
