"""Whether and when a failed delivery is tried again, by the `retry` of its destination.

Tenacity's strategies as rules and not as a loop: attempts outlive the process, so what they go by comes from the store.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from tenacity import RetryCallState, Retrying, stop_after_delay, wait_random_exponential

from hub.core.errors import DeliveryError, Rejected
from hub.core.lifecycle import Failure
from hub.engine.configuration import Retry

__all__ = ["failure_of", "is_expired", "next_attempt"]


def failure_of(error: DeliveryError, retry: Retry) -> Failure:
    """The class that the connector gave it, but for an answer of which the destination's owner says that it passes."""
    if isinstance(error, Rejected) and not retry.answers.isdisjoint((error.code, *error.errors)):
        return Failure.TRANSIENT
    return error.failure


def next_attempt(retry: Retry, attempts: int, now: datetime) -> datetime:
    """attempts: how many have failed so far, at least 1. Drawn anew each time: lanes that failed together do not come back together."""
    initial, maximum = retry.initial.total_seconds(), retry.maximum.total_seconds()
    wait = wait_random_exponential(multiplier=2 * initial, min=min(initial, maximum), max=maximum)
    return now + timedelta(seconds=wait(_state(attempts)))


def is_expired(retry: Retry, first_due: datetime, now: datetime) -> bool:
    state = _state(1)
    state.start_time, state.outcome_timestamp = 0.0, (now - first_due).total_seconds()
    return bool(stop_after_delay(retry.lasting)(state))


def _state(attempts: int) -> RetryCallState:
    state = RetryCallState(retry_object=Retrying(), fn=None, args=(), kwargs={})
    state.attempt_number = attempts
    return state
