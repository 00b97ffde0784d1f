"""The named queries, as psycopg reads them: `:name` becomes %(name)s, `?` becomes %s."""

from __future__ import annotations

import re
from typing import Final

from hub.store.relational import statements

__all__ = ["SQL", "read_text", "translate"]

_MAY_BE_NULL = re.compile(r"(?<![:\w]):([a-z_]+) IS NULL\b")  # PostgreSQL must be told of what type it would be; all of these are texts
_NAMED = re.compile(r"(?<![:\w]):([a-z_]+)\b")


def translate(sql: str) -> str:
    typed = _MAY_BE_NULL.sub(r"CAST(:\1 AS text) IS NULL", sql)
    return _NAMED.sub(r"%(\1)s", typed.replace("%", "%%")).replace("?", "%s")


def read_text(*path: str) -> str:
    """A file beside this module."""
    return statements.read_text("hub.store.postgresql", *path)


SQL: Final[dict[str, str]] = {name: translate(sql) for name, sql in statements.load_queries("hub.store.postgresql").items()}
