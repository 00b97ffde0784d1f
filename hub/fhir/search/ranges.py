"""Dates and numbers as ranges. https://hl7.org/fhir/R4/search.html#date and #number

A date text covers all the time it may mean: "2026-02" is the whole of February. Ranges are [low, high) in microseconds since
1970 UTC. A text without a zone (a date, a month, a year) is read as UTC, in resources and in searches alike; a hub whose people write
local midnights finds a summer day shifted by one hour, as every FHIR server does that was not told their zone.
"""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from datetime import date
from decimal import Decimal
from typing import Final

__all__ = ["GREATEST", "LEAST", "date_range", "number_range"]

LEAST: Final = -(2**63)
GREATEST: Final = 2**63 - 1

_SECOND: Final = 1_000_000
_MINUTE: Final = 60 * _SECOND
_DAY: Final = 86_400 * _SECOND
_EPOCH: Final = date(1970, 1, 1).toordinal()
_DATE: Final = re.compile(
    r"([0-9]{4})(?:-(0[1-9]|1[0-2])(?:-([0-2][0-9]|3[01])"
    r"(?:T([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]|60)(?:\.([0-9]+))?)?(Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?)?)?)?"
)


def date_range(text: str) -> tuple[int, int] | None:
    """The time that a date, dateTime or instant covers; None when it is none. Hours and minutes without seconds are allowed."""
    found = _DATE.fullmatch(text)
    if found is None or found[1] == "0000":
        return None
    year, month, day = int(found[1]), int(found[2] or 1), int(found[3] or 1)
    if not 1 <= day <= monthrange(year, month)[1]:
        return None
    low = (date(year, month, day).toordinal() - _EPOCH) * _DAY
    if found[3] is None:
        days = monthrange(year, month)[1] if found[2] else 365 + isleap(year)
        return low, low + days * _DAY
    if found[4] is None:
        return low, low + _DAY
    moment, extent = _time_of_day(found)
    return low + moment, low + moment + extent


def _time_of_day(found: re.Match[str]) -> tuple[int, int]:
    """Microseconds since midnight UTC, and how long the written precision lasts."""
    moment, extent = int(found[4]) * 60 * _MINUTE + int(found[5]) * _MINUTE, _MINUTE
    if found[6] is not None:
        moment, extent = moment + int(found[6]) * _SECOND, _SECOND
    if found[7] is not None:
        digits = found[7][:6]
        moment, extent = moment + int(digits.ljust(6, "0")), 10 ** (6 - len(digits))
    return moment - _offset(found[8]), extent


def _offset(zone: str | None) -> int:
    if zone is None or zone == "Z":
        return 0
    minutes = int(zone[1:3]) * 60 + int(zone[4:6])
    return (-minutes if zone[0] == "-" else minutes) * _MINUTE


def number_range(number: Decimal) -> tuple[float, float]:
    """What the written precision means: 36.5 is [36.45, 36.55), 100 is [99.5, 100.5), 1e2 is [50, 150)."""
    exponent = number.as_tuple().exponent
    half = Decimal(5).scaleb(int(exponent) - 1)
    return float(number - half), float(number + half)
