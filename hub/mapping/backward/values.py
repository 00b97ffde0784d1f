"""How a FHIR value becomes the raw text of a field or component: the inverse of `compile_values`, chosen by the same two types."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hub.core.diagnostics import Span
from hub.core.json import Json
from hub.mapping.backward.unwritten import Seen
from hub.mapping.backward.write_v2 import BackFrame, PutRaw
from hub.mapping.codes.run import NOT_WRITABLE, SHORTENED
from hub.mapping.registry import Function
from hub.mapping.running import Run
from hub.mapping.tables import Table
from hub.mapping.values import coded
from hub.mapping.values.calling import call_back
from hub.mapping.values.primitives import Misread, writer_of

__all__ = ["Back", "WriteMap", "back_by_function", "back_by_map", "back_primitive", "back_through_table"]

Back = Callable[[Run, BackFrame, Json, int], str]  # the last: what divides the text that is wanted
WriteMap = Callable[[Run, Json, int, dict[str, str], Seen], str]
Names = Callable[[Run, BackFrame], dict[str, str]]


def back_primitive(fhir_type: str, v2_type: str | None, span: Span) -> Back:
    write = writer_of(fhir_type, v2_type)

    only_day = v2_type == "DT" and fhir_type != "date"

    def back(run: Run, _frame: BackFrame, value: Json, _level: int) -> str:
        text, note = write(value)
        if note is not None:
            run.report(note[0], note[1])
        if only_day and isinstance(value, str) and "T" in value:
            run.report(SHORTENED, "HL7 has a date here", None, span)
        return run.raw_of(text)

    if fhir_type in {"CodeableConcept", "Coding"}:
        return _back_simple_code
    return back


def _back_simple_code(run: Run, _frame: BackFrame, value: Json, _level: int) -> str:
    if not isinstance(value, dict):
        raise Misread(NOT_WRITABLE, "not an object")
    coding = next((each for each in coded.codings_of(value) if each.get("code")), value)
    text = coding.get("code") or value.get("text") or value.get("display") or ""
    return run.raw_of(str(text))


def back_by_map(cell: list[WriteMap], names: Names) -> Back:
    return lambda run, frame, value, level: cell[0](run, value, level, names(run, frame), frame.seen)


def back_by_function(function: Function, others: Sequence[PutRaw]) -> Back:
    """The first text is the row's; the others are written where the call's paths say."""
    call = call_back(function, 1 + len(others))

    def back(run: Run, frame: BackFrame, value: Json, level: int) -> str:
        raws = call(run, value)
        for put, raw in zip(others, raws[1:], strict=False):
            if raw:
                put(run, frame, raw, 0)
        first = raws[0] if raws else ""
        return first.replace(run.separators[1], run.separators[2]) if level == 2 else first

    return back


def back_through_table(table: Table, fhir_type: str, base: Back, *, falls_back: bool) -> Back:
    if fhir_type == "CodeableConcept":
        return _back_concept(table, base)
    if fhir_type == "Coding":
        return _back_coding(table, base)

    def back(run: Run, frame: BackFrame, value: Json, level: int) -> str:
        text = ("true" if value else "false") if isinstance(value, bool) else str(value)
        if falls_back and table.any_source(text) is None:
            return base(run, frame, value, level)
        return run.raw_of(coded.unmap_code(table, text))

    return back


def _back_concept(table: Table, base: Back) -> Back:
    """What the table has added needs no writing: it is added again."""

    def back(run: Run, frame: BackFrame, value: Json, level: int) -> str:
        if not isinstance(value, dict):
            return base(run, frame, value, level)
        changed = coded.take_off_codings(table, value)
        raw = base(run, frame, changed, level)
        left = {id(coding) for coding in coded.codings_of(changed)}
        for coding in coded.codings_of(value):
            if id(coding) not in left:
                frame.seen.add_all(coding)
        frame.seen.add_alias(changed, value)
        return raw

    return back


def _back_coding(table: Table, base: Back) -> Back:
    def back(run: Run, frame: BackFrame, value: Json, level: int) -> str:
        if not isinstance(value, dict):
            return base(run, frame, value, level)
        changed = coded.unmap_coding(table, value)
        if changed is not value:
            frame.seen.add_all(value)
        return base(run, frame, changed, level)

    return back
