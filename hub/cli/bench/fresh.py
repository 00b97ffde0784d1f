"""Empty stores for the benchmarks: a file each, or a schema each in a database that may have others in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

__all__ = ["Contents", "FreshStores", "contents_of"]

_TABLES = ("posting", "string_index", "date_index", "number_index", "quantity_index")
_ROWS = " + ".join(f"(SELECT count(*) FROM {name})" for name in _TABLES)  # noqa: S608 - names of our own schema
_OBSERVATIONS = "SELECT count(*) FROM resource WHERE type = (SELECT id FROM type WHERE name = 'Observation')"
_OCTETS_SQLITE = "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
_OCTETS_POSTGRESQL = (
    "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relnamespace = CAST(current_schema() AS regnamespace)"
)


@dataclass(frozen=True, slots=True)
class Contents:
    """octets: of all tables and indexes. rows: of the search index."""

    octets: int
    rows: int
    observations: int

    def __sub__(self, before: Contents) -> Contents:
        return Contents(self.octets - before.octets, self.rows - before.rows, self.observations - before.observations)


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


def contents_of(address: str) -> Contents:
    octets = _OCTETS_SQLITE if address.startswith("sqlite:") else _OCTETS_POSTGRESQL
    sql = f"SELECT ({octets}), {_ROWS}, ({_OBSERVATIONS})"
    if address.startswith("sqlite:"):
        with closing(sqlite3.connect(address.removeprefix("sqlite:"))) as embedded:
            return Contents(*map(int, embedded.execute(sql).fetchone()))
    with psycopg.connect(address) as connection:
        return Contents(*map(int, connection.execute(sql).fetchone() or (0, 0, 0)))
