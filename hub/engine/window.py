"""Whether now is within a destination's window. Pure.

A window is between two instants: its opening and its closing by the clocks of its zone, on each day. So it keeps its length in the
nights in which those clocks are changed, and one that would open at a time that is left out in spring opens an hour later by them.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.engine.configuration import Window

__all__ = ["is_open"]


def is_open(window: Window | None, now: datetime) -> bool:
    if window is None:
        return True
    today = now.astimezone(window.zone).date()
    return any(_opens(window, day) <= now < _closes(window, day) for day in (today - timedelta(days=1), today))


def _opens(window: Window, day: date) -> datetime:
    return _instant(day, window.opens, window.zone)


def _closes(window: Window, day: date) -> datetime:
    over_midnight = window.closes <= window.opens
    return _instant(day + timedelta(days=over_midnight), window.closes, window.zone)


def _instant(day: date, moment: time, zone: ZoneInfo) -> datetime:
    """A time that comes twice in autumn is the first; one that is left out in spring is as long after midnight as it would have been."""
    return datetime.combine(day, moment, zone).astimezone(UTC)
