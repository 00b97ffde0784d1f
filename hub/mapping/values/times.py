"""Dates and times, both ways: HL7 v2 chapter 2A (DT, TM, DTM, TS.1) and https://hl7.org/fhir/R4/datatypes.html#dateTime.

Precision is kept: `2026` stays a year. A time with no offset is a local time of the source's zone. In the hour that comes
twice in autumn the first (summer time) is taken and reported; an hour that never was is refused. Hours without minutes get
`:00`, since FHIR cannot say an hour alone. Going back the offset is always written.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from hub.core.diagnostics import Code
from hub.mapping.codes.run import MISSING_HOUR, NOT_A_TIME, NOT_WRITABLE, REPEATED_HOUR, SHORTENED
from hub.mapping.registry import Unreadable

__all__ = ["Misread", "to_date", "to_datetime", "to_instant", "to_time", "v2_date", "v2_datetime", "v2_time"]


class Misread(Unreadable):
    """A value that cannot be taken, with the code of its diagnostic."""

    def __init__(self, code: Code, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.place: object = None  # where in the message; known to who reads it


_OFFSET: Final = r"(?P<offset>[+-](?:0\d|1[0-4])[0-5]\d)?"
_CLOCK: Final = r"(?P<hour>[01]\d|2[0-3])(?:(?P<minute>[0-5]\d)(?:(?P<second>[0-5]\d)(?:\.(?P<fraction>\d{1,4}))?)?)?"
_V2: Final = re.compile(rf"(?P<year>\d{{4}})(?:(?P<month>\d\d)(?:(?P<day>\d\d)(?:{_CLOCK})?)?)?{_OFFSET}", re.ASCII)
_V2_TIME: Final = re.compile(_CLOCK + _OFFSET, re.ASCII)
_FHIR_DATE: Final = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)
_FHIR_CLOCK: Final = re.compile(r"(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_NOTES: Final[dict[str, tuple[Code, str]]] = {
    "twice": (REPEATED_HOUR, "no offset, in the hour the clocks went back"),
    "shortened": (SHORTENED, "more than four digits of a second"),
}


def to_date(text: str) -> str:
    """`19890118000000` is 1989-01-18, in the sender's own calendar."""
    if len(text) == 8 and text.isascii() and text.isdigit():
        year, month, day = text[:4], text[4:6], text[6:]
        _check_day(year, month, day)
        return f"{year}-{month}-{day}"
    parts = _parts(text)
    return _date_text(parts)


@lru_cache(maxsize=4096)
def to_datetime(text: str, zone: str) -> tuple[str, tuple[Code, str] | None]:
    """The FHIR dateTime, and what is to be reported about it."""
    parts = _parts(text)
    if parts["hour"] is None:
        return _date_text(parts), None
    clock = f"{parts['hour']}:{parts['minute'] or '00'}:{parts['second'] or '00'}"
    if parts["fraction"]:
        clock += "." + parts["fraction"]
    offset, note = parts["offset"], None
    if offset is None:
        offset, note = _local_offset(_moment(parts), zone)
    return f"{_date_text(parts)}T{clock}{offset[:3]}:{offset[3:]}", note


def to_instant(text: str, zone: str) -> tuple[str, tuple[Code, str] | None]:
    value, note = to_datetime(text, zone)
    if "T" not in value:
        raise Misread(NOT_A_TIME, "an instant needs a time of day")
    return value, note


def to_time(text: str) -> str:
    """TM, or the time of day of a DTM. FHIR's `time` has no offset."""
    found = _V2_TIME.fullmatch(text.strip()) if len(text.strip().partition("+")[0].partition("-")[0].partition(".")[0]) <= 6 else None
    parts = found.groupdict() if found else _parts(text)
    if parts["hour"] is None:
        raise Misread(NOT_A_TIME, "no time of day")
    fraction = f".{parts['fraction']}" if parts["fraction"] else ""
    return f"{parts['hour']}:{parts['minute'] or '00'}:{parts['second'] or '00'}{fraction}"


def v2_date(value: object) -> str:
    """The date of a FHIR date, dateTime or instant."""
    return _compact_date(_text(value).partition("T")[0])


def v2_datetime(value: object) -> tuple[str, tuple[Code, str] | None]:
    day, divider, clock = _text(value).partition("T")
    compact = _compact_date(day)
    if not divider:
        return compact, None
    if len(compact) != 8:
        raise Misread(NOT_WRITABLE, "a time of day needs a whole date")
    written, note = _compact_clock(clock)
    return compact + written, note


def v2_time(value: object) -> tuple[str, tuple[Code, str] | None]:
    text = _text(value)
    return _compact_clock(text.partition("T")[2] or text)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Misread(NOT_WRITABLE, "a time is a text in JSON")
    return value


def _parts(text: str) -> dict[str, str | None]:
    found = _V2.fullmatch(text.strip())
    if found is None:
        raise Misread(NOT_A_TIME, "not in the form YYYYMMDDHHMMSS.SSSS+ZZZZ")
    parts = found.groupdict()
    _check_day(found["year"], parts["month"], parts["day"])
    return parts


def _check_day(year: str, month: str | None, day: str | None) -> None:
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        raise Misread(NOT_A_TIME, "no such day in the calendar") from None


def _date_text(parts: dict[str, str | None]) -> str:
    return "-".join(part for name in ("year", "month", "day") if (part := parts[name]))


def _moment(parts: dict[str, str | None]) -> datetime:
    names = ("year", "month", "day", "hour", "minute", "second")
    year, month, day, hour, minute, second = (int(parts[name] or 0) for name in names)
    return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - a local time: its zone is what we look for


def _local_offset(moment: datetime, zone: str) -> tuple[str, tuple[Code, str] | None]:
    try:
        first = moment.replace(tzinfo=ZoneInfo(zone))
        before, after = first.utcoffset(), first.replace(fold=1).utcoffset()
    except OverflowError:
        raise Misread(NOT_A_TIME, "no offset can be found so near the ends of the calendar") from None
    if before is None or after is None or before == after:
        return _offset_text(before), None
    if before > after:
        return _offset_text(before), _NOTES["twice"]
    raise Misread(MISSING_HOUR, "no offset, in the hour the clocks went over")


def _offset_text(offset: timedelta | None) -> str:
    minutes = round((offset or timedelta()).total_seconds() / 60)
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"


def _compact_date(text: str) -> str:
    found = _FHIR_DATE.fullmatch(text)
    if found is None:
        raise Misread(NOT_WRITABLE, "not a FHIR date")
    try:
        date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    except ValueError:
        raise Misread(NOT_WRITABLE, "no such day in the calendar") from None
    return "".join(part for part in found.groups() if part)


def _compact_clock(text: str) -> tuple[str, tuple[Code, str] | None]:
    found = _FHIR_CLOCK.fullmatch(text)
    if found is None:
        raise Misread(NOT_WRITABLE, "not a FHIR time")
    hour, minute, second, fraction, offset = found.groups()
    try:
        time(int(hour), int(minute), int(second or 0), tzinfo=UTC)
    except ValueError:
        raise Misread(NOT_WRITABLE, "no such time of day") from None
    note = _NOTES["shortened"] if fraction and fraction[4:].strip("0") else None
    written = hour + minute + (second or "") + (f".{fraction[:4]}" if fraction else "")
    return written + ("+0000" if offset == "Z" else (offset or "").replace(":", "")), note
