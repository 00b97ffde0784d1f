"""What one connection may take and how long it may last: the connector's keys in hub.yaml, declared once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from hub.sdk import Setting
from hub.sdk.address import parse_address as address_of

__all__ = ["SETTINGS", "Limits", "parse_address"]

SETTINGS: Final = (
    Setting("listen", "the address to take connections on; port 0 lets the system choose (a source needs it)", "address"),
    Setting("connect", "the address to connect to (a destination needs it)", "address"),
    Setting("largest_message", "a longer message closes its connection", "size", "4MB"),
    Setting("memory", "how much of unfinished messages all connections may hold together, beside 8 kB each", "size", "32MB"),
    Setting("connections", "how many may be open at once; further ones are closed", "integer", 256),
    Setting("idle", "a connection on which nothing comes for so long is closed", "duration", "15m"),
    Setting("frame", "a message must be complete so long after its first byte (against slow senders)", "duration", "60s"),
    Setting("answer", "how long an answer is waited for, and how long one may take to be written", "duration", "30s"),
)


@dataclass(frozen=True, slots=True)
class Limits:
    """Times in seconds, the size in bytes. The defaults are those of SETTINGS."""

    largest_message: int = 4 << 20
    memory: int = 32 << 20
    connections: int = 256
    idle: float = 900.0
    frame: float = 60.0
    answer: float = 30.0

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Limits:
        given: dict[str, Any] = {name: settings[name] for name in cls.__dataclass_fields__ if settings.get(name) is not None}
        seconds: dict[str, Any] = {name: value.total_seconds() for name, value in given.items() if isinstance(value, timedelta)}
        return cls(**{**given, **seconds})


def parse_address(address: str | tuple[str, int]) -> tuple[str, int]:
    """`127.0.0.1:2575` or `[::1]:2575`, or parsed already. Raises ValueError."""
    parsed = address_of(address) if isinstance(address, str) else address
    if parsed is None:
        raise ValueError("an MLLP address is HOST:PORT")
    return parsed
