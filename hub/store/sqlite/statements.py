"""The named queries of sql/*.sql.

Each is `-- name: x`, a line of description, and SQL. `@x` in it stands for the text of the query x, so that a condition is
written once.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Final

__all__ = ["SQL", "adding", "parse_queries", "read_text"]

_HEAD = re.compile(r"^-- name: (\w+)\n-- \S.*\n", re.MULTILINE)
_INCLUDE = re.compile(r"@(\w+)")


def read_text(*path: str) -> str:
    """A file beside this module."""
    return files("hub.store.sqlite").joinpath(*path).read_text(encoding="utf-8")


def parse_queries(text: str) -> dict[str, str]:
    """Names to SQL, `@x` not yet filled in."""
    _, *parts = _HEAD.split(text)
    return {name: sql.strip() for name, sql in zip(parts[::2], parts[1::2], strict=True)}


def _load() -> dict[str, str]:
    folder = files("hub.store.sqlite").joinpath("sql")
    raw: dict[str, str] = {}
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        found = parse_queries(file.read_text(encoding="utf-8"))
        if twice := raw.keys() & found.keys():
            raise ValueError(f"{file.name}: named a second time: {sorted(twice)}")
        raw |= found

    def filled(sql: str) -> str:
        return _INCLUDE.sub(lambda match: filled(raw[match[1]]), sql)

    return {name: filled(sql) for name, sql in raw.items()}


SQL: Final[dict[str, str]] = _load()


@cache
def adding(name: str, rows: int) -> str:
    """The INSERT of one row, for so many at once."""
    insert, values, row = SQL[name].rpartition("VALUES ")
    return insert + values + ", ".join([row] * rows)
