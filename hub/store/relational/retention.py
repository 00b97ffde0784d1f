"""What is past its time: archived bytes by when they came, versions by when they were superseded. Found a slice at a time, on a reader.

What may go once may go for ever: a message that is settled does not become pending again, a version that is superseded does not become
current, and no new delivery comes to stand on either. So what a reader found, the writer may remove a moment later by its key alone.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from typing import Any, Final

from hub.core.visibility import Visibility
from hub.store.relational.connection import Connection
from hub.store.relational.instants import to_microseconds
from hub.store.rows import Expired, Pruned, Shelf

__all__ = ["Removal", "expired", "pruned"]

_FIRST: Final = -(2**62)


def expired(
    connection: Connection, visibility: Visibility, shelf: Shelf, *, before: datetime, after: tuple[int, ...] | None, limit: int
) -> Expired:
    if visibility.people is not None or visibility.types is not None:
        return Expired(shelf)  # retention is not a matter of one person
    at, key, version = (*(after or (_FIRST, 0)), 0)[:3]
    given = {"before": to_microseconds(before), "at": at, "key": key, "version": version, "limit": limit}
    if shelf is Shelf.ARCHIVE:
        del given["version"]
    rows = connection.execute(connection.queries[f"expired_{shelf.value}"], given).fetchall()
    going = [row for row in rows if not row[-1]]
    counts = Counter(str(row[-2]) for row in going)
    last = tuple(rows[-1][:-2]) if len(rows) == limit else None
    return Expired(shelf, tuple(tuple(row[:-2]) for row in going), counts, last)


def pruned(connection: Connection, visibility: Visibility) -> Pruned:
    if visibility.people is not None or visibility.types is not None:
        return Pruned()
    return Pruned(*(dict(connection.execute(connection.queries[f"pruned_{shelf.value}"], ())) for shelf in Shelf))


class Removal:
    """A slice as the statements that remove it are given it."""

    def __init__(self, slice_: Expired) -> None:
        self.shelf = slice_.shelf.value
        self._keys = slice_.keys

    @property
    def given(self) -> dict[str, Any]:
        if self.shelf == Shelf.ARCHIVE.value:
            return {"ids": json.dumps([receipt for _, receipt in self._keys])}
        return {"pairs": json.dumps([place for _, *place in self._keys])}

    @property
    def span(self) -> tuple[int, int]:
        """Of time, from the first to the last."""
        return self._keys[0][0], self._keys[-1][0]
