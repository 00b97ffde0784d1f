"""What is past its time goes, in a piece of work."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from hub.store.relational.instants import to_microseconds
from hub.store.relational.retention import Removal
from hub.store.rows import Expired, Shelf
from hub.store.sqlite.statements import SQL
from hub.store.sqlite.work import Work

__all__ = ["RetentionWork"]


class RetentionWork(Work):
    """The part of a Transaction that removes."""

    __slots__ = ()

    def prune(self, expired: Expired) -> int:
        if not expired.keys:
            return 0
        removal = Removal(expired)
        gone = Counter(number for (number,) in self._write(SQL[f"prune_{removal.shelf}"], removal.given).fetchall())
        for number, count in gone.items():
            self._write(SQL[f"count_pruned_{removal.shelf}"], (count, number))
        if expired.shelf is Shelf.HISTORY:
            self._write(SQL["forget_superseded"], removal.span)
        return gone.total()

    def take_turn(self, work: str, now: datetime, every: timedelta) -> bool:
        given = {"work": work, "now": to_microseconds(now), "due": to_microseconds(now - every)}
        return self._write(SQL["take_turn"], given).fetchone() is not None
