"""The Store over one SQLite file (hub.store.contract)."""

from __future__ import annotations

from pathlib import Path

from hub.store.relational.store import RelationalStore
from hub.store.sqlite.database import Synchronous, WriterLock, connect_writer
from hub.store.sqlite.readers import Readers
from hub.store.sqlite.writer import Writer

__all__ = ["SqliteStore", "open_store"]


def open_store(
    path: str | Path,
    *,
    synchronous: Synchronous = "FULL",
    queue_limit: int = 10_000,
    batch_limit: int = 256,
    read_only: bool = False,
) -> SqliteStore:
    """Opens the file, making it or bringing it up to date; a plain call, made before the event loop serves anybody.

    One process at a time may write (StoreError for a second one); `read_only` opens beside it. synchronous="OFF" is for tests.
    """
    file = Path(path)
    if read_only:
        return SqliteStore(Readers(file), None)
    lock = WriterLock(file)
    try:
        connection = connect_writer(file, synchronous)
        try:
            readers = Readers(file)
        except BaseException:
            connection.close()
            raise
    except BaseException:
        lock.release()
        raise

    def shut() -> None:
        connection.close()
        lock.release()

    return SqliteStore(readers, Writer(connection, queue_limit=queue_limit, batch_limit=batch_limit), shut)


class SqliteStore(RelationalStore):
    """Made by `open_store`; `await close()` when done."""
