"""When a failed delivery is tried again: tenacity's exponential wait, as a rule and not as a loop, since attempts outlive the process."""

from __future__ import annotations

from datetime import datetime, timedelta

from tenacity import RetryCallState, Retrying, wait_exponential

from hub.engine.configuration import Retry

__all__ = ["is_expired", "next_attempt"]


def next_attempt(retry: Retry, attempts: int, now: datetime) -> datetime:
    """attempts: how many have failed so far, at least 1."""
    state = RetryCallState(retry_object=Retrying(), fn=None, args=(), kwargs={})
    state.attempt_number = attempts
    wait = wait_exponential(multiplier=retry.initial.total_seconds(), max=retry.maximum.total_seconds())
    return now + timedelta(seconds=wait(state))


def is_expired(retry: Retry, first_due: datetime, now: datetime) -> bool:
    return now - first_due >= retry.lasting
