"""Turns between sources, by weight. Pure.

Stride scheduling (Waldspurger and Weihl, 1995): each source has a pass, which goes forward by 1/share for each turn; the one whose pass
is lowest is next. One that had nothing to ask for begins where the others are, so it neither owes nor is owed for the time away.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

__all__ = ["Turns"]

T = TypeVar("T")


class Turns(Generic[T]):
    """shares: the weight of each source; 1 where none is given."""

    def __init__(self, shares: Mapping[str, int]) -> None:
        self._shares = shares
        self._waiting: dict[str, deque[T]] = {}
        self._pass: dict[str, float] = {}
        self._now = 0.0

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def add(self, source: str, item: T) -> None:
        """Those of one source keep their order."""
        if source not in self._waiting:
            self._waiting[source] = deque()
            self._pass[source] = max(self._pass.get(source, 0.0), self._now)
        self._waiting[source].append(item)

    def peek(self, may: Callable[[str], bool] = lambda _: True) -> tuple[str, T] | None:
        """Whose turn it is, among the sources that may; None where nobody waits."""
        sources = [source for source in self._waiting if may(source)]
        if not sources:
            return None
        first = min(sources, key=self._pass.__getitem__)
        return first, self._waiting[first][0]

    def take(self, source: str) -> T:
        """The turn that `peek` showed."""
        self._now = self._pass[source]
        self._pass[source] += 1 / self._shares.get(source, 1)
        queue = self._waiting[source]
        item = queue.popleft()
        if not queue:
            del self._waiting[source]
        return item
