"""No more than so many messages in a second, evenly spread: a token bucket that holds a tenth of a second's worth, and one at least."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

__all__ = ["Pace"]

_BURST: Final = 0.1  # seconds


class Pace:
    """per_second: None for no limit. monotonic: seconds that never go back."""

    def __init__(self, per_second: float | None, monotonic: Callable[[], float]) -> None:
        self._per_second = per_second
        self._holds = max(1.0, per_second * _BURST) if per_second is not None else 0.0
        self._monotonic = monotonic
        self._tokens = self._holds
        self._counted = monotonic()

    def lets(self, wanted: int) -> int:
        """How many of those may be sent now."""
        return min(wanted, int(self._fill())) if self._per_second is not None else wanted

    def spend(self, sent: int) -> None:
        self._tokens -= sent

    @property
    def next_in(self) -> float:
        """Seconds until one may be sent."""
        return max(0.0, (1 - self._fill()) / self._per_second) if self._per_second is not None else 0.0

    def _fill(self) -> float:
        now = self._monotonic()
        if self._per_second is not None:
            self._tokens = min(self._holds, self._tokens + (now - self._counted) * self._per_second)
        self._counted = now
        return self._tokens + 1e-9  # a sum of fractions may fall short of the whole
