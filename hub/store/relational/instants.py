"""Moments as the store keeps them: whole microseconds since 1970 UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

__all__ = ["parse_instant", "to_microseconds"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_microseconds(at: datetime) -> int:
    """An aware moment; a naive one raises TypeError."""
    return (at - _EPOCH) // _MICROSECOND


def parse_instant(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)
