"""A connection as the shared code sees it: one of sqlite3 or of psycopg, with the named queries of its store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from zstandard import ZstdDecompressor

__all__ = ["Connection", "Rows", "only"]


class Rows(Protocol):
    """What a query gives."""

    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[tuple[Any, ...]]: ...
    def __iter__(self) -> Iterator[tuple[Any, ...]]: ...


class Connection(Protocol):
    @property
    def queries(self) -> Mapping[str, str]:
        """The named queries, in the words of this store."""
        ...

    @property
    def placeholder(self) -> str:
        """How a bound value is written in them: with its name in the place of {}."""
        ...

    @property
    def unpackers(self) -> dict[int, ZstdDecompressor]:
        """Of bodies, by the dictionary they were packed with (hub.store.relational.packing). One thread at a time uses a connection."""
        ...

    def execute(self, query: str, values: Any = ..., /) -> Rows: ...


def only(rows: Rows) -> Any:
    """The one value of the one row."""
    return rows.fetchone()[0]
