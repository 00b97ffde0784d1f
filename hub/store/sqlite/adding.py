"""Rows that a piece of work adds, kept back until its end: many rows to a statement.

A statement costs more than the row it writes. SQLite opens its tables anew for each, and Python gives up its lock around each: with an
event loop at work beside the writer, getting the lock back takes longer than the row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from hub.store.relational.indexing import Row
from hub.store.sqlite.statements import adding

__all__ = ["Additions"]

_MOST: Final = 32  # rows to a statement: each number of rows is a statement of its own, and those are kept compiled

# A version names its resource, so resources are written first.
_ORDER: Final = tuple(
    f"add_{name}" for name in ("resource", "version", "superseded", "posting", "string", "date", "number", "quantity", "audit")
)


class Additions:
    """By the statement that adds them. resources: (type, id) of those whose rows are among them."""

    __slots__ = ("_rows", "resources")

    def __init__(self) -> None:
        self._rows: dict[str, list[Row]] = {}
        self.resources: set[tuple[int, str]] = set()

    def __bool__(self) -> bool:
        return bool(self._rows)

    def add(self, name: str, rows: Iterable[Row]) -> None:
        held = self._rows.get(name)
        if held is None:
            self._rows[name] = list(rows)
        else:
            held.extend(rows)

    def clear(self) -> None:
        self._rows.clear()
        self.resources.clear()

    def statements(self) -> Iterator[tuple[str, list[object]]]:
        """What to execute, in this order, and with which values."""
        for name in _ORDER:
            rows = self._rows.get(name, ())
            for at in range(0, len(rows), _MOST):
                several = rows[at : at + _MOST]
                yield adding(name, len(several)), list(chain.from_iterable(several))
