"""Places in a message: `PID-3[2].4.1`, and `OBX[3]-5` where one segment of several is meant.

HL7 v2 chapter 2.A, datatype ERL (ERR-2) counts the same six things in the same order.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from hub.codec.codes import PATH_SYNTAX
from hub.codec.hl7v2.encoding import EncodingCharacters
from hub.codec.hl7v2.message import Message, Segment
from hub.core.diagnostics import Diagnostic

__all__ = ["Path", "parse_path", "raw_at", "span_of"]

_PATH: Final = re.compile(
    r"([A-Z][A-Z0-9]{2})(?:\[([1-9]\d{0,5})\])?"
    r"(?:-([1-9]\d{0,3})(?:\[([1-9]\d{0,5}|\*)\])?(?:\.([1-9]\d{0,3})(?:\.([1-9]\d{0,3}))?)?)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Path:
    """Every number counts from 1. repetition None: not said. occurrence: nth segment of its name."""

    segment: str
    field: int | None = None
    repetition: int | Literal["*"] | None = None
    component: int | None = None
    subcomponent: int | None = None
    occurrence: int | None = None

    def __str__(self) -> str:
        text = self.segment + (f"[{self.occurrence}]" if self.occurrence else "")
        if self.field is not None:
            text += f"-{self.field}" + (f"[{self.repetition}]" if self.repetition else "")
        if self.component is not None:
            text += f".{self.component}" + (f".{self.subcomponent}" if self.subcomponent else "")
        return text


def parse_path(text: str) -> Path | Diagnostic:
    found = _PATH.fullmatch(text)
    if found is None:
        return Diagnostic(PATH_SYNTAX, "not of the form PID-3[2].4.1")
    segment, occurrence, field, repetition, component, subcomponent = found.groups()
    return Path(
        segment,
        _number(field),
        "*" if repetition == "*" else _number(repetition),
        _number(component),
        _number(subcomponent),
        _number(occurrence),
    )


def raw_at(message: Message, segment: Segment, path: Path) -> str | None:
    """The still escaped text at a path; None where the segment does not reach that far."""
    found = _locate(segment, path, message.encoding)
    return None if found is None else segment.text[found[0] : found[1]]


def span_of(message: Message, segment: Segment, path: Path) -> tuple[int, int] | None:
    """The bytes of `message.raw` that a path names, as (start, end); None where the segment does not reach that far.

    Without a repetition, a component is that of the first one, and a field is the field with all its repetitions.
    """
    found = _locate(segment, path, message.encoding)
    if found is None:
        return None
    start, end = found
    return message.byte_offset(segment.start + start), message.byte_offset(segment.start + end)


def _number(digits: str | None) -> int | None:
    return None if digits is None else int(digits)


def _locate(segment: Segment, path: Path, encoding: EncodingCharacters) -> tuple[int, int] | None:
    if path.field is None:
        return 0, len(segment.text)
    span = _field_span(segment, path.field)
    if span is None or (segment.name == "MSH" and path.field <= 2):
        return span
    repetition = path.repetition if isinstance(path.repetition, int) else None
    if repetition is None and path.component is not None:
        repetition = 1
    for number, delimiter in (
        (repetition, encoding.repetition),
        (path.component, encoding.component),
        (path.subcomponent, encoding.subcomponent),
    ):
        if number is not None and span is not None:
            span = _part_span(segment.text, span, number, delimiter)
    return span


def _field_span(segment: Segment, number: int) -> tuple[int, int] | None:
    fields = segment.fields
    if number >= len(fields):
        return None
    if segment.name == "MSH" and number == 1:
        return 3, 4
    # MSH-1 is itself the separator before MSH-2: it is not divided off by another.
    before = sum(len(field) + 1 for field in fields[:number]) - (2 if segment.name == "MSH" else 0)
    return before, before + len(fields[number])


def _part_span(text: str, span: tuple[int, int], number: int, delimiter: str) -> tuple[int, int] | None:
    start, end = span
    parts = text[start:end].split(delimiter)
    if number > len(parts):
        return None
    start += sum(len(part) + 1 for part in parts[: number - 1])
    return start, start + len(parts[number - 1])
