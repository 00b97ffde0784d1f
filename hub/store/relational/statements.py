"""The named queries of .sql files.

Each is `-- name: x`, a line of description, and SQL. `@x` in it stands for the text of the query x, so that a condition is written
once. Those of relational/sql are shared: where the two dialects differ they include a fragment that each store has of its own.
Values are bound as `:name` or `?`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.resources import files
from importlib.resources.abc import Traversable

__all__ = ["load_queries", "parse_queries", "read_text"]

_HEAD = re.compile(r"^-- name: (\w+)\n-- \S.*\n", re.MULTILINE)
_INCLUDE = re.compile(r"@(\w+)")


def read_text(package: str, *path: str) -> str:
    """A file in a package."""
    return files(package).joinpath(*path).read_text(encoding="utf-8")


def parse_queries(text: str) -> dict[str, str]:
    """Names to SQL, `@x` not yet filled in."""
    _, *parts = _HEAD.split(text)
    return {name: sql.strip() for name, sql in zip(parts[::2], parts[1::2], strict=True)}


def load_queries(package: str) -> dict[str, str]:
    """The shared ones and those of a store, each with what it includes."""
    raw: dict[str, str] = {}
    for file in [*_sql_files("hub.store.relational"), *_sql_files(package)]:
        found = parse_queries(file.read_text(encoding="utf-8"))
        if twice := raw.keys() & found.keys():
            raise ValueError(f"{file.name}: named a second time: {sorted(twice)}")
        raw |= found

    def filled(sql: str) -> str:
        return _INCLUDE.sub(lambda match: filled(raw[match[1]]), sql)

    return {name: filled(sql) for name, sql in raw.items()}


def _sql_files(package: str) -> Iterable[Traversable]:
    return sorted(files(package).joinpath("sql").iterdir(), key=lambda entry: entry.name)
