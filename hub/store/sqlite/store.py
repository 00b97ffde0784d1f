"""The Store over one SQLite file (hub.store.contract)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from hub.core.errors import StoreClosed, StoreError
from hub.core.lifecycle import DeliveryState, MessageState
from hub.core.visibility import Visibility
from hub.fhir.search.query import Query
from hub.store.contract import Transaction
from hub.store.rows import AuditRow, Delivery, Ledger, MapSetTexts, Page, Receipt, Version
from hub.store.sqlite import audit, ledger, map_sets, outbox, people, receipts, versions
from hub.store.sqlite.database import Synchronous, WriterLock, connect_writer
from hub.store.sqlite.readers import Readers
from hub.store.sqlite.search.run import search
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


class SqliteStore:
    """Made by `open_store`; `await close()` when done."""

    def __init__(self, readers: Readers, writer: Writer | None, shut: Callable[[], None] = lambda: None) -> None:
        self._readers = readers
        self._writer = writer
        self._shut = shut
        self._closed = False

    async def submit(self, work: Callable[[Transaction], T]) -> T:
        if self._writer is None:
            raise StoreClosed("the store is closed") if self._closed else StoreError("the store was opened read-only")
        return await self._writer.submit(work)

    # --- the record

    async def read(self, visibility: Visibility, type_: str, id_: str) -> Version | None:
        return self._readers.point(lambda connection: versions.read(connection, visibility, type_, id_))

    async def vread(self, visibility: Visibility, type_: str, id_: str, version: int) -> Version | None:
        return self._readers.point(lambda connection: versions.vread(connection, visibility, type_, id_, version))

    async def history(self, visibility: Visibility, type_: str, id_: str, *, limit: int, before: int | None = None) -> Sequence[Version]:
        return await self._readers.snapshot(
            lambda connection: versions.history(connection, visibility, type_, id_, limit=limit, before=before)
        )

    async def search(self, visibility: Visibility, query: Query) -> Page:
        return await self._readers.snapshot(lambda connection: search(connection, visibility, query))

    async def find_people(self, visibility: Visibility, keys: Sequence[tuple[str, str]]) -> frozenset[str]:
        return self._readers.point(lambda connection: people.find_people(connection, visibility, keys))

    async def unprocessed(self, visibility: Visibility, person: str) -> int:
        return self._readers.point(lambda connection: receipts.unprocessed(connection, visibility, person))

    # --- the engine's own books

    async def ledger(self, visibility: Visibility) -> Ledger:
        return await self._readers.snapshot(lambda connection: ledger.ledger(connection, visibility))

    async def receipts(
        self,
        visibility: Visibility,
        *,
        state: MessageState | None = None,
        source: str | None = None,
        limit: int = 100,
        before: int | None = None,
    ) -> Sequence[Receipt]:
        return await self._readers.snapshot(
            lambda connection: receipts.list_receipts(connection, visibility, state=state, source=source, limit=limit, before=before)
        )

    async def receipt(self, visibility: Visibility, receipt: int) -> Receipt | None:
        return self._readers.point(lambda connection: receipts.receipt_of(connection, visibility, receipt))

    async def archived(self, visibility: Visibility, receipt: int) -> bytes | None:
        return await self._readers.snapshot(lambda connection: receipts.archived(connection, visibility, receipt))

    async def deliveries(
        self,
        visibility: Visibility,
        *,
        destination: str | None = None,
        state: DeliveryState | None = None,
        limit: int = 100,
    ) -> Sequence[Delivery]:
        return await self._readers.snapshot(
            lambda connection: outbox.list_deliveries(connection, visibility, destination=destination, state=state, limit=limit)
        )

    async def audit_rows(self, visibility: Visibility, *, person: str | None = None, limit: int = 100) -> Sequence[AuditRow]:
        return await self._readers.snapshot(lambda connection: audit.list_audit(connection, visibility, person=person, limit=limit))

    async def map_set_texts(self, visibility: Visibility, digest: str) -> MapSetTexts | None:
        return await self._readers.snapshot(lambda connection: map_sets.texts_of(connection, visibility, digest))

    async def map_sets(self, visibility: Visibility) -> Sequence[str]:
        return await self._readers.snapshot(lambda connection: map_sets.list_kept(connection, visibility))

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
        self._readers.close()
        self._shut()
