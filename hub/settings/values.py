"""Texts of hub.yaml to values: durations, sizes, addresses, environment variables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time, timedelta

_DURATION = re.compile(r"([0-9]{1,9})(ms|s|m|h|d|y)")
_WHOLE = re.compile(r"[0-9]{1,18}")
_LONGEST = timedelta(days=365 * 200)  # a longer time would end after the last year that a clock has
_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "y": timedelta(days=365),
}
_RATE = re.compile(r"([1-9][0-9]{0,8})\s*/\s*(s|m|h)")
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_SIZE = re.compile(r"([0-9]{1,12})\s*(B|kB|MB)?")
_SIZES = {None: 1, "B": 1, "kB": 1 << 10, "MB": 1 << 20}
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def parse_duration(text: str) -> timedelta | None:
    found = _DURATION.fullmatch(text.strip())
    if found is None or int(found[1]) > _LONGEST / _UNITS[found[2]]:
        return None
    return int(found[1]) * _UNITS[found[2]]


def parse_rate(text: str) -> float | None:
    """How many in a second."""
    found = _RATE.fullmatch(text.strip())
    return int(found[1]) / _UNITS[found[2]].total_seconds() if found else None


def parse_time(text: str) -> time | None:
    found = _TIME.fullmatch(text.strip())
    return time(int(found[1]), int(found[2])) if found else None


def parse_integer(text: str) -> int | None:
    return int(text) if _WHOLE.fullmatch(text) else None


def parse_size(text: str) -> int | None:
    found = _SIZE.fullmatch(text.strip())
    return int(found[1]) * _SIZES[found[2]] if found else None


def expand(text: str, environment: Mapping[str, str]) -> str | None:
    """`${NAME}` by the environment; None when a name is not set, or cannot be one: a password must not be the text `${…}` itself."""
    names = _VARIABLE.findall(text)
    if len(names) != text.count("${") or any(name not in environment for name in names):
        return None
    return _VARIABLE.sub(lambda found: environment[found[1]], text)
