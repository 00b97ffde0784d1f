"""How a raw text becomes a FHIR value: by a map, by a function, through a table, or as a primitive. Chosen once, by the two types.

A converter is called with the text's level (what divides it) and its place. It gives None for what says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from hub.codec.hl7v2 import HL7_NULL, Segment, unescape
from hub.core.json import Json
from hub.fhir.elements import is_primitive
from hub.mapping.codes.run import TEXT_AFTER_VALUE
from hub.mapping.registry import Function
from hub.mapping.running import Frame, LeaveOut, Place, Run
from hub.mapping.tables import Table
from hub.mapping.values import coded
from hub.mapping.values.calling import call_forward, placed
from hub.mapping.values.primitives import Misread, reader_of

__all__ = [
    "CallMap",
    "Convert",
    "Names",
    "by_function",
    "by_map",
    "by_observation_type",
    "code_or_more",
    "constant",
    "primitive",
    "through_table",
]

Convert = Callable[[Run, Frame, str, int, Place], Json]
CallMap = Callable[[Run, list[str], int, Place, dict[str, str]], Json]
Names = Callable[[Run, Frame], dict[str, str]]
_FREE_TEXT = frozenset({"string", "markdown"})


@cache
def primitive(fhir_type: str, *, divided: bool) -> Convert:
    """divided: the v2 type has components, of which only the first is wanted (TS of 2.3)."""
    if fhir_type in _FREE_TEXT:
        return _text(divided)
    read = reader_of(fhir_type)

    def convert(run: Run, _frame: Frame, raw: str, _level: int, place: Place) -> Json:
        text = raw if raw.isalnum() else _leaf(run, raw, place, divided)
        if not text:
            return None
        try:
            value, note = read(text, run.zone)
        except Misread as error:
            raise placed(error, place) from None
        if note is not None:
            run.report(note[0], note[1], place)
        return value

    if fhir_type in {"CodeableConcept", "Coding"}:
        return _simple_code(fhir_type, divided)
    return convert


def _text(divided: bool) -> Convert:
    def convert(run: Run, _frame: Frame, raw: str, _level: int, place: Place) -> Json:
        if raw.isalnum():
            return raw
        text = _leaf(run, raw, place, divided)
        return text if text and not text.isspace() else None

    return convert


def _leaf(run: Run, raw: str, place: Place, divided: bool) -> str:
    _, component, subcomponent, _ = run.separators
    if component in raw or subcomponent in raw:
        first = raw.partition(component)[0].partition(subcomponent)[0]
        if not divided and raw.strip(component + subcomponent) != first:
            run.report(TEXT_AFTER_VALUE, "components after the value", place)
        raw = first
    if raw == HL7_NULL:
        return ""
    return unescape(raw, run.encoding, run.charset) if run.encoding.escape in raw else raw


def _simple_code(fhir_type: str, divided: bool) -> Convert:
    def convert(run: Run, _frame: Frame, raw: str, _level: int, place: Place) -> Json:
        text = _leaf(run, raw, place, divided).strip()
        if not text:
            return None
        return {"code": text} if fhir_type == "Coding" else {"coding": [{"code": text}]}

    return convert


def code_or_more(code: Convert, whole: Convert) -> Convert:
    """A field of a simple type that is sent with components after all: PID-22 is IS in 2.3, and senders put a CE there."""

    def convert(run: Run, frame: Frame, raw: str, level: int, place: Place) -> Json:
        return (whole if level == 1 and run.separators[1] in raw else code)(run, frame, raw, level, place)

    return convert


def by_map(cell: list[CallMap], names: Names) -> Convert:
    """The map may stand in the cell only later: maps call one another."""

    def convert(run: Run, frame: Frame, raw: str, level: int, place: Place) -> Json:
        try:
            return cell[0](run, raw.split(run.separators[level]), level, place, names(run, frame))
        except LeaveOut:
            return None

    return convert


def by_observation_type(choose: Callable[[str], Convert]) -> Convert:
    """OBX-5 is of the type that OBX-2 says (HL7 v2 chapter 7, section 7.4.2.2)."""
    known: dict[str, Convert] = {}

    def convert(run: Run, frame: Frame, raw: str, level: int, place: Place) -> Json:
        kind = frame.source[2] if len(frame.source) > 2 else ""
        found = known.get(kind)
        if found is None:
            found = choose(kind)
            if len(known) < 100:  # the names may come from messages
                known[kind] = found
        return found(run, frame, raw, level, place)

    return convert


def by_function(function: Function, more: Sequence[Callable[[Run, Frame], str]]) -> Convert:
    """The row's source is the first argument; the paths in the brackets are the others."""
    forward = call_forward(function)

    if not more:
        return lambda run, _frame, raw, level, place: forward(
            run, (raw.replace(run.separators[2], run.separators[1]) if level == 2 else raw,), place
        )

    def convert(run: Run, frame: Frame, raw: str, level: int, place: Place) -> Json:
        first = raw.replace(run.separators[2], run.separators[1]) if level == 2 else raw
        return forward(run, [first, *(read(run, frame) for read in more)], place)

    return convert


def through_table(table: Table, fhir_type: str, base: Convert, *, simple: bool, falls_back: bool, agreeing: bool) -> Convert:
    """simple: the v2 type has no system of its own beside the code. falls_back: what is not in the table goes through the row's `by`.

    agreeing: a line counts only if the text sent with the code is absent, or is the line's.
    """
    if fhir_type == "CodeableConcept":
        with_codings = _to_concept(table, base, agreeing)
        return _to_simple_concept(table, with_codings) if simple and not falls_back else with_codings
    if fhir_type == "Coding":
        return _to_coding(table, base, simple)
    return _to_code(table, fhir_type, base if falls_back else None, agreeing)


def _to_code(table: Table, fhir_type: str, base: Convert | None, agreeing: bool) -> Convert:
    """A `code` comes as the table's Coded: its system may have a place beside it."""
    typed = _typed(fhir_type)

    def convert(run: Run, frame: Frame, raw: str, level: int, place: Place) -> Json:
        text = run.text_of(raw)
        found = table.any_targets(text)
        if found and agreeing and not coded.agrees(table, text, _display_beside(run, frame)):
            found = ()
        if found:
            return found[0] if fhir_type == "code" else typed(found[0].code)
        if base is not None:
            return base(run, frame, raw, level, place)
        if not text:
            return None
        raise placed(coded.not_in_table(table), place)

    return convert


def _display_beside(run: Run, frame: Frame) -> str:
    """In a map of CWE, CE or CNE the text stands in the second component."""
    return run.text_of(frame.source[1]) if frame.level and len(frame.source) > 1 and not isinstance(frame.place, Segment) else ""


def _to_simple_concept(table: Table, divided: Convert) -> Convert:
    def convert(run: Run, frame: Frame, raw: str, level: int, place: Place) -> Json:
        if level == 1 and run.separators[1] in raw:
            return divided(run, frame, raw, level, place)
        text = run.text_of(raw).strip()
        return coded.map_simple_concept(table, run, text, place) if text else None

    return convert


def _to_concept(table: Table, base: Convert, agreeing: bool) -> Convert:
    def convert(run: Run, frame: Frame, raw: str, level: int, place: Place) -> Json:
        return coded.add_codings(table, run, base(run, frame, raw, level, place), place, agreeing=agreeing)

    return convert


def _to_coding(table: Table, base: Convert, simple: bool) -> Convert:
    def convert(run: Run, frame: Frame, raw: str, level: int, place: Place) -> Json:
        value = base(run, frame, raw, level, place)
        if simple and isinstance(value, dict) and (found := table.any_targets(value.get("code", ""))):
            return found[0].coding
        return coded.map_coding(table, value) if isinstance(value, dict) else value

    return convert


def _typed(fhir_type: str) -> Callable[[str], Json]:
    if fhir_type == "boolean":
        return lambda text: text == "true"
    if fhir_type in {"integer", "decimal", "positiveInt", "unsignedInt"}:
        return lambda text: reader_of(fhir_type)(text, "")[0]
    return lambda text: text


def constant(text: str, fhir_type: str) -> Json:
    """A text of the map as a value of the element's type. Raises Misread (`check` has said so before)."""
    if fhir_type == "boolean" and text in {"true", "false"}:
        return text == "true"
    if fhir_type == "CodeableConcept":
        return {"text": text}
    if fhir_type == "Coding":
        return {"code": text}
    if fhir_type == "Reference":
        return {"display": text}
    if fhir_type in {"date", "dateTime", "instant", "time"} or not is_primitive(fhir_type):
        return text
    return reader_of(fhir_type)(text, "")[0]
