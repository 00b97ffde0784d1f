"""The primitive datatypes: what JSON value each one is, and its format. https://hl7.org/fhir/R4/datatypes.html#primitive

Formats are HL7's own regular expressions from the fact file, with three departures: dates are held against the calendar,
base64 is read without HL7's expression (it backtracks without end on long texts), and strings may not have control characters.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from hub.core.diagnostics import Code
from hub.fhir.codes import BAD_FORMAT, EMPTY, NULL, WRONG_JSON_TYPE
from hub.fhir.facts import find_structure

__all__ = ["PrimitiveCheck", "primitive_check"]

# What is wrong with a value, or None.
PrimitiveCheck = Callable[[object], Code | None]

_LARGEST_INTEGER: Final = 2**31 - 1
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_BASE64: Final = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


def primitive_check(type_name: str) -> PrimitiveCheck:
    """The check of a primitive type. Raises KeyError for what is not one."""
    if type_name in _BY_HAND:
        return _BY_HAND[type_name]
    facts = find_structure(type_name)
    if facts is None or facts.regex is None:
        raise KeyError(type_name)
    if type_name in {"date", "dateTime", "instant"}:
        return _calendar_check(facts.regex)
    return _pattern_check(facts.regex)


def _not_text(value: object) -> Code:
    if value == "":
        return EMPTY
    return NULL if value is None else WRONG_JSON_TYPE


def _pattern_check(pattern: str) -> PrimitiveCheck:
    matches = re.compile(pattern).fullmatch

    def check(value: object) -> Code | None:
        if type(value) is not str or not value:
            return _not_text(value)
        return None if matches(value) else BAD_FORMAT

    return check


def _calendar_check(pattern: str) -> PrimitiveCheck:
    matches = re.compile(pattern).fullmatch

    def check(value: object) -> Code | None:
        if type(value) is not str or not value:
            return _not_text(value)
        if not matches(value):
            return BAD_FORMAT
        return None if len(value) < 10 or is_calendar_day(value) else BAD_FORMAT

    return check


def is_calendar_day(text: str) -> bool:
    """Whether the first ten characters, already known to be digits and hyphens, are a day that exists."""
    day = int(text[8:10])
    return day <= 28 or day <= monthrange(int(text[:4]), int(text[5:7]))[1]


def _check_string(value: object) -> Code | None:
    if type(value) is not str or not value:
        return _not_text(value)
    return BAD_FORMAT if _CONTROL.search(value) else None


def _check_base64(value: object) -> Code | None:
    if type(value) is not str or not value:
        return _not_text(value)
    return None if _BASE64.fullmatch(value) or _BASE64.fullmatch("".join(value.split())) else BAD_FORMAT


def _check_boolean(value: object) -> Code | None:
    if type(value) is bool:
        return None
    return NULL if value is None else WRONG_JSON_TYPE


def _check_decimal(value: object) -> Code | None:
    if type(value) is Decimal:
        return None if value.is_finite() else BAD_FORMAT
    if type(value) is int:
        return None
    return NULL if value is None else WRONG_JSON_TYPE


def _integer_check(least: int) -> PrimitiveCheck:
    def check(value: object) -> Code | None:
        if type(value) is not int:
            return NULL if value is None else WRONG_JSON_TYPE
        return None if least <= value <= _LARGEST_INTEGER else BAD_FORMAT

    return check


_BY_HAND: Final[dict[str, PrimitiveCheck]] = {
    "string": _check_string,
    "markdown": _check_string,
    "xhtml": _check_string,
    "base64Binary": _check_base64,
    "boolean": _check_boolean,
    "decimal": _check_decimal,
    "integer": _integer_check(-_LARGEST_INTEGER - 1),
    "unsignedInt": _integer_check(0),
    "positiveInt": _integer_check(1),
}
