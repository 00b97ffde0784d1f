"""Whether a destination is worth trying: a circuit breaker. While it is open, what waits waits, and nothing spends an attempt.

    closed ──failures in a row──► open ──pause──► asked whether it is there ──yes──► one delivery on trial ──► closed
                                    ▲                       │ no                            │ failed
                                    └───────────────────────┴───────────────────────────────┘

A failure to reach it is one without an answer: not sent, or sent and unanswered. A refusal is an answer.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from hub.engine.configuration import BreakerPolicy

__all__ = ["Breaker"]


class _State(Enum):
    CLOSED = "closed"
    OPEN = "open"
    ON_TRIAL = "on trial"


class Breaker:
    """monotonic: seconds that never go back."""

    def __init__(self, policy: BreakerPolicy, monotonic: Callable[[], float]) -> None:
        self._policy = policy
        self._monotonic = monotonic
        self._state = _State.CLOSED
        self._failures = 0
        self._ask_at = 0.0

    @property
    def is_open(self) -> bool:
        return self._state is _State.OPEN

    @property
    def failures(self) -> int:
        """In a row."""
        return self._failures

    @property
    def ask_in(self) -> float:
        """Seconds until the destination is to be asked whether it is there."""
        return max(0.0, self._ask_at - self._monotonic())

    def lets(self, wanted: int, on_their_way: int) -> int:
        """How many more may be sent now."""
        match self._state:
            case _State.CLOSED:
                return wanted
            case _State.ON_TRIAL:
                return min(wanted, max(0, 1 - on_their_way))
            case _State.OPEN:
                return 0

    def reached(self) -> bool:
        """It answered. True where that ends a time without."""
        ended = self._state is not _State.CLOSED
        self._state, self._failures = _State.CLOSED, 0
        return ended

    def there(self) -> None:
        """Asked, it is there: a delivery may try."""
        self._state = _State.ON_TRIAL

    def failed(self) -> bool:
        """It did not answer. True where that begins a time without."""
        self._failures += 1
        begins = self._state is _State.CLOSED and self._failures >= self._policy.failures
        if begins or self._state is not _State.CLOSED:
            self._state = _State.OPEN
            self._ask_at = self._monotonic() + self._policy.pause.total_seconds()
        return begins
