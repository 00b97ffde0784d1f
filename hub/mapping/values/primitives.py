"""The simple types, both ways: HL7 v2 chapter 2A and https://hl7.org/fhir/R4/datatypes.html#primitive.

Digits and precision are kept: 36.50 stays 36.50. What is no legal value raises Misread, which never carries it.
Texts here are unescaped; `read_v2` and `write_v2` do the escaping.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from hub.core.diagnostics import Code
from hub.core.json import Json
from hub.mapping.codes.run import NOT_A_BOOLEAN, NOT_A_NUMBER, NOT_A_WHOLE_NUMBER, NOT_OF_THE_TYPE, NOT_WRITABLE
from hub.mapping.values import times
from hub.mapping.values.times import Misread

__all__ = ["DEFAULT_ZONE", "Misread", "Note", "reader_of", "to_number", "v2_number", "writer_of"]

Note = tuple[Code, str] | None
Reader = Callable[[str, str], tuple[Json, Note]]  # text, zone -> value, what to report
Writer = Callable[[Json], tuple[str, Note]]

DEFAULT_ZONE: Final = "Europe/London"

_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)", re.ASCII)
_WHOLE: Final = re.compile(r"[+-]?\d{1,10}", re.ASCII)
_ID: Final = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_BLANKS: Final = re.compile(r"\s+")
_LARGEST: Final = 2**31 - 1


def to_number(text: str) -> int | Decimal:
    """NM: `+5` is 5, `.5` is 0.5, `5.` is 5, `98.00` keeps its digits."""
    if text.isdigit() and text.isascii():
        return int(text)
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        raise Misread(NOT_A_NUMBER, "not a number")
    return Decimal(text) if "." in text.rstrip(".") else int(Decimal(text))


def v2_number(value: Json) -> str:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Misread(NOT_WRITABLE, "not a number in JSON")
    return format(Decimal(value), "f")


def _whole(lowest: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not _WHOLE.fullmatch(text.strip()) or not lowest <= int(text) <= _LARGEST:
            raise Misread(NOT_A_WHOLE_NUMBER, "not a whole number, or outside the range of the type")
        return int(text)

    return read


def _boolean(text: str) -> bool:
    if text not in {"Y", "N"}:
        raise Misread(NOT_A_BOOLEAN, "only Y and N are known")
    return text == "Y"


def _string(text: str) -> str | None:
    return text if text.strip() else None


def _code(text: str) -> str | None:
    return _BLANKS.sub(" ", text.strip()) or None


def _uri(text: str) -> str | None:
    text = text.strip()
    if _BLANKS.search(text):
        raise Misread(NOT_OF_THE_TYPE, "a blank in a uri")
    return text or None


def _id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise Misread(NOT_OF_THE_TYPE, "not 1 to 64 letters, digits, `-` and `.`")
    return text


def _base64(text: str) -> str:
    packed = _BLANKS.sub("", text)
    if not _BASE64.fullmatch(packed) or len(packed) % 4:
        raise Misread(NOT_OF_THE_TYPE, "not base64")
    return packed


def _plain(read: Callable[[str], Json]) -> Reader:
    return lambda text, _zone: (read(text), None)


_READERS: Final[dict[str, Reader]] = {
    "decimal": _plain(to_number),
    "integer": _plain(_whole(-_LARGEST - 1)),
    "unsignedInt": _plain(_whole(0)),
    "positiveInt": _plain(_whole(1)),
    "boolean": _plain(_boolean),
    "date": _plain(times.to_date),
    "dateTime": times.to_datetime,
    "instant": times.to_instant,
    "time": _plain(times.to_time),
    "code": _plain(_code),
    "id": _plain(_id),
    "base64Binary": _plain(_base64),
    **dict.fromkeys(("uri", "url", "canonical", "oid", "uuid"), _plain(_uri)),
}
_STRING: Final = _plain(_string)


def reader_of(fhir_type: str) -> Reader:
    """How a v2 text becomes this primitive; types that are not listed are texts (string, markdown, xhtml)."""
    return _READERS.get(fhir_type, _STRING)


def _write_text(value: Json) -> tuple[str, Note]:
    if isinstance(value, bool):
        return "Y" if value else "N", None
    if isinstance(value, int | Decimal):
        return v2_number(value), None
    if not isinstance(value, str):
        raise Misread(NOT_WRITABLE, "a complex value for a simple field")
    return value, None


def writer_of(fhir_type: str, v2_type: str | None) -> Writer:
    """How this primitive becomes a v2 text. The v2 type decides between a date and a moment; a text stays a text."""
    if fhir_type == "time":
        return times.v2_time
    if fhir_type in {"date", "dateTime", "instant"}:
        if v2_type == "DT":
            return lambda value: (times.v2_date(value), None)
        return times.v2_time if v2_type == "TM" else times.v2_datetime
    if fhir_type == "decimal":
        return lambda value: (v2_number(value), None)
    return _write_text
