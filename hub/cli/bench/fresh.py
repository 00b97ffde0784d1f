"""Empty stores for the benchmarks: a file each, or a schema each in a database that may have others in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

__all__ = ["FreshStores", "index_rows"]

_INDEXES = ("posting", "string_index", "date_index", "number_index", "quantity_index")
_COUNT = " + ".join(f"(SELECT count(*) FROM {name})" for name in _INDEXES)  # noqa: S608 - names of our own schema


@dataclass(slots=True)
class FreshStores:
    """database: the address of a PostgreSQL database; None for files in the folder."""

    folder: Path
    database: str | None = None
    _made: int = 0

    @property
    def kind(self) -> str:
        return "SQLite" if self.database is None else "PostgreSQL"

    def file(self) -> Path:
        self._made += 1
        return self.folder / f"{self._made}.db"

    @contextmanager
    def address(self) -> Iterator[str]:
        """Gone afterwards."""
        if self.database is None:
            yield f"sqlite:{self.file()}"
            return
        self._made += 1
        schema = f"calder_bench_{self._made}"
        with psycopg.connect(self.database, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {schema}")
            try:
                yield f"{self.database}{'&' if '?' in self.database else '?'}options=-csearch_path%3D{schema}"
            finally:
                connection.execute(f"DROP SCHEMA {schema} CASCADE")


def index_rows(address: str) -> int:
    sql = f"SELECT {_COUNT}"
    if address.startswith("sqlite:"):
        with closing(sqlite3.connect(address.removeprefix("sqlite:"))) as embedded:
            return int(embedded.execute(sql).fetchone()[0])
    with psycopg.connect(address) as connection:
        row = connection.execute(sql).fetchone()
        return int(row[0]) if row is not None else 0
