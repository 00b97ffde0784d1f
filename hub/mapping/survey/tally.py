"""Counting what comes from messages, in bounded memory: so many names, and a number for all others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

__all__ = ["Count", "Tally"]

K = TypeVar("K")
_MOST: Final = 20_000


@dataclass(slots=True)
class Count:
    messages: int = 0
    occurrences: int = 0


@dataclass(slots=True)
class Tally(Generic[K]):
    """others: occurrences of names that there was no room for."""

    most: int = _MOST
    others: int = 0
    _counts: dict[K, Count] = field(default_factory=dict)

    def add_message(self, found: Iterable[K]) -> None:
        """What one message has, each as often as it has it."""
        seen: set[K] = set()
        for key in found:
            count = self._counts.get(key)
            if count is None:
                if len(self._counts) >= self.most:
                    self.others += 1
                    continue
                count = self._counts[key] = Count()
            count.occurrences += 1
            if key not in seen:
                seen.add(key)
                count.messages += 1

    def __iter__(self) -> Iterator[tuple[K, Count]]:
        """The most frequent first."""
        return iter(sorted(self._counts.items(), key=lambda each: (-each[1].messages, -each[1].occurrences, str(each[0]))))

    def __len__(self) -> int:
        return len(self._counts)
