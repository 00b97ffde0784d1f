"""The named queries, as SQLite reads them."""

from __future__ import annotations

from functools import cache
from typing import Final

from hub.store.relational import statements

__all__ = ["SQL", "adding", "read_text"]

SQL: Final[dict[str, str]] = statements.load_queries("hub.store.sqlite")


def read_text(*path: str) -> str:
    """A file beside this module."""
    return statements.read_text("hub.store.sqlite", *path)


@cache
def adding(name: str, rows: int) -> str:
    """The INSERT of one row, for so many at once."""
    insert, values, row = SQL[name].rpartition("VALUES ")
    return insert + values + ", ".join([row] * rows)
