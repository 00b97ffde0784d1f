"""Long names to small integers: the dictionary tables, as the writer sees them."""

from __future__ import annotations

import sqlite3
from typing import Final

from hub.store.relational.dictionaries import Dictionary
from hub.store.sqlite.statements import SQL

__all__ = ["Names", "added_key"]

_ROOM: Final = 100_000  # names kept in memory before it starts anew: systems and clients are not bounded by us


class Names:
    """Gives each name its number, adding it where it is new.

    A number may be remembered only while the row it stands for is there: when a piece of work is taken back, so are the names it
    added (`forget_new`); when a batch is kept, they stay (`keep_new`).
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._known: dict[tuple[Dictionary, str], int] = {}
        self._new: list[tuple[Dictionary, str]] = []

    def number(self, dictionary: Dictionary, name: str) -> int:
        found = self._known.get((dictionary, name))
        return self._look_up(dictionary, name) if found is None else found

    def mark(self) -> int:
        """Where the names of the next piece of work begin."""
        return len(self._new)

    def forget_new(self, mark: int) -> None:
        for key in self._new[mark:]:
            self._known.pop(key, None)
        del self._new[mark:]

    def keep_new(self) -> None:
        self._new.clear()
        if len(self._known) > _ROOM:
            self._known.clear()

    def _look_up(self, dictionary: Dictionary, name: str) -> int:
        row = self._connection.execute(SQL["find_name"].format(dictionary=dictionary), (name,)).fetchone()
        if row is None:
            number = added_key(self._connection.execute(SQL["add_name"].format(dictionary=dictionary), (name,)))
            self._new.append((dictionary, name))
        else:
            number = int(row[0])
        self._known[dictionary, name] = number
        return number


def added_key(insertion: sqlite3.Cursor) -> int:
    """The key of the row just inserted."""
    if insertion.lastrowid is None:  # pragma: no cover - every INSERT into a rowid table has one
        raise AssertionError
    return insertion.lastrowid
