"""The Store over one SQLite file (hub.store.contract)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from hub.core.errors import StoreClosed, StoreError
from hub.store.contract import Transaction
from hub.store.relational.reading import ReadingStore
from hub.store.sqlite.database import Synchronous, WriterLock, connect_writer
from hub.store.sqlite.readers import Readers
from hub.store.sqlite.writer import Writer

__all__ = ["SqliteStore", "open_store"]

T = TypeVar("T")


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


class SqliteStore(ReadingStore):
    """Made by `open_store`; `await close()` when done."""

    def __init__(self, readers: Readers, writer: Writer | None, shut: Callable[[], None] = lambda: None) -> None:
        super().__init__(readers)
        self._own_readers = readers
        self._writer = writer
        self._shut = shut
        self._closed = False

    async def submit(self, work: Callable[[Transaction], T]) -> T:
        if self._writer is None:
            raise StoreClosed("the store is closed") if self._closed else StoreError("the store was opened read-only")
        return await self._writer.submit(work)

    async def recover(self, now: datetime) -> None:
        if self._writer is None:
            raise StoreError("the store was opened read-only")
        await self._writer.submit(lambda transaction: transaction.recover(now))

    async def close(self) -> None:
        """What was submitted is done first. A second call does nothing."""
        if not self._closed:
            self._closed = True
            await asyncio.to_thread(self._close)

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._own_readers.close()
        self._shut()
