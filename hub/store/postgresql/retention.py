"""What is past its time goes, in a piece of work: at once, under the seal, so that one hub removes at a time."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from hub.store.postgresql.work import Work
from hub.store.relational.instants import to_microseconds
from hub.store.relational.retention import Removal
from hub.store.rows import Expired, Shelf

__all__ = ["RetentionWork"]


class RetentionWork(Work):
    """The part of a Transaction that removes."""

    def prune(self, expired: Expired) -> int:
        if not expired.keys:
            return 0
        removal = Removal(expired)
        self._write_at_once()
        gone = Counter(number for (number,) in self._ask(f"prune_{removal.shelf}", removal.given))
        for number, count in gone.items():
            self._do(f"count_pruned_{removal.shelf}", (count, number))
        if expired.shelf is Shelf.HISTORY:
            self._do("forget_superseded", removal.span)
        return gone.total()

    def take_turn(self, work: str, now: datetime, every: timedelta) -> bool:
        self._write_at_once()
        given = {"work": work, "now": to_microseconds(now), "due": to_microseconds(now - every)}
        return self._ask("take_turn", given).fetchone() is not None
