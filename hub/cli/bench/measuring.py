"""How things are timed here: several rounds, the contestants in turn within each, the median of the rounds.

In turn, so that whatever else the machine does meanwhile falls on all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median, quantiles
from time import thread_time

__all__ = ["cpu_microseconds", "percentiles"]


def cpu_microseconds(works: Sequence[Callable[[], object]], *, rounds: int = 9, seconds: float = 0.1) -> list[float]:
    """CPU of this thread for one call of each, what the machine does besides not counted."""
    times = [_calls_in(work, seconds) for work in works]
    found = [[_one_round(work, calls) for work, calls in zip(works, times, strict=True)] for _ in range(rounds)]
    return [median(column) for column in zip(*found, strict=True)]


def percentiles(values: Sequence[float]) -> tuple[float, float]:
    """p50 and p99."""
    cuts = quantiles(values, n=100, method="inclusive")
    return cuts[49], cuts[98]


def _calls_in(work: Callable[[], object], seconds: float) -> int:
    """How often in that time; also warms it up."""
    calls, begun = 0, thread_time()
    while (spent := thread_time() - begun) < seconds / 4 or calls < 3:
        work()
        calls += 1
    return max(1, int(calls * seconds / spent)) if spent else calls


def _one_round(work: Callable[[], object], calls: int) -> float:
    begun = thread_time()
    for _ in range(calls):
        work()
    return (thread_time() - begun) / calls * 1e6
