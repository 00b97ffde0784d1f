"""Long names to small integers: the dictionary tables, as the writer sees them."""

from __future__ import annotations

import sqlite3
from collections.abc import Hashable, Sequence
from typing import Final

from hub.store.relational.dictionaries import Dictionary, Term, Unit
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
        self._known: dict[Hashable, int] = {}
        self._new: list[Hashable] = []

    def number(self, dictionary: Dictionary, name: str) -> int:
        found = self._known.get((dictionary, name))
        if found is not None:
            return found
        find, add = (SQL[query].format(dictionary=dictionary) for query in ("find_name", "add_name"))
        return self._look_up((dictionary, name), find, add, (name,))

    def unit(self, unit: Unit) -> int:
        found = self._known.get(("unit", unit))
        return self._look_up(("unit", unit), SQL["find_unit"], SQL["add_unit"], unit) if found is None else found

    def term(self, term: Term) -> int:
        found = self._known.get(term)
        return self._look_up(term, SQL["find_term"], SQL["add_term"], term) if found is None else found

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

    def _look_up(self, key: Hashable, find: str, add: str, values: Sequence[object]) -> int:
        row = self._connection.execute(find, values).fetchone()
        if row is None:
            number = added_key(self._connection.execute(add, values))
            self._new.append(key)
        else:
            number = int(row[0])
        self._known[key] = number
        return number


def added_key(insertion: sqlite3.Cursor) -> int:
    """The key of the row just inserted."""
    if insertion.lastrowid is None:  # pragma: no cover - every INSERT into a rowid table has one
        raise AssertionError
    return insertion.lastrowid
