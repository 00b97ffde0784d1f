"""Texts of hub.yaml to values: durations, sizes, addresses, environment variables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

_DURATION = re.compile(r"(\d+)(ms|s|m|h|d|y)")
_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "y": timedelta(days=365),
}
_SIZE = re.compile(r"(\d+)\s*(B|kB|MB)?")
_SIZES = {None: 1, "B": 1, "kB": 1 << 10, "MB": 1 << 20}
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def parse_duration(text: str) -> timedelta | None:
    found = _DURATION.fullmatch(text.strip())
    return int(found[1]) * _UNITS[found[2]] if found and len(found[1]) <= 9 else None


def parse_size(text: str) -> int | None:
    found = _SIZE.fullmatch(text.strip())
    return int(found[1]) * _SIZES[found[2]] if found else None


def parse_address(text: str) -> tuple[str, int] | None:
    """`127.0.0.1:2575`, `[::1]:2575`, `hub.example:2575`; port 0 lets the system choose."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > 65535:
        return None
    return host.removeprefix("[").removesuffix("]"), int(port)


def expand(text: str, environment: Mapping[str, str]) -> str | None:
    """`${NAME}` by the environment; None when a name is not set."""
    names = _VARIABLE.findall(text)
    if any(name not in environment for name in names):
        return None
    return _VARIABLE.sub(lambda found: environment[found[1]], text)
