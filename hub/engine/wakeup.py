"""Who is to be woken when something is owed: a delivery starts when it is committed, and not at the next look."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

__all__ = ["Wakeup"]


class Wakeup:
    def __init__(self) -> None:
        self._events: dict[str, asyncio.Event] = {}

    def of(self, destination: str) -> asyncio.Event:
        return self._events.setdefault(destination, asyncio.Event())

    def wake(self, destinations: Iterable[str]) -> None:
        """Destinations without a worker are remembered until there is one."""
        for destination in destinations:
            self.of(destination).set()
