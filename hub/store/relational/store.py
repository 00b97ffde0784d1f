"""A Store (hub.store.contract) over a writer and some readers, whichever database they stand on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from hub.core.errors import StoreClosed, StoreError
from hub.core.lifecycle import DeliveryState, MessageState
from hub.core.visibility import Visibility
from hub.fhir.search.query import Query
from hub.store.contract import Transaction
from hub.store.relational import audit, doors, incidents, ledger, map_sets, outbox, people, receipts, retention, standing, versions
from hub.store.relational.connection import Connection
from hub.store.relational.group_commit import Watch
from hub.store.relational.search.run import search
from hub.store.rows import (
    ApplicationAnswer,
    AuditRow,
    Delivery,
    Expired,
    Incident,
    Ledger,
    MapSetTexts,
    Page,
    Pruned,
    Receipt,
    Shelf,
    Standing,
    Version,
)

__all__ = ["Readers", "Recovering", "RelationalStore", "Writer"]

T = TypeVar("T")


class Readers(Protocol):
    """Connections that read beside the writer."""

    async def point(self, read: Callable[[Connection], T]) -> T:
        """One query that finds its row by a unique key."""
        ...

    async def snapshot(self, read: Callable[[Connection], T]) -> T:
        """All its queries over the same state of the store."""
        ...

    def close(self) -> None:
        """Waits for the reads under way."""
        ...


class Recovering(Transaction, Protocol):
    def recover(self, now: datetime, may_repeat: Callable[[str], bool]) -> int:
        """As `Store.recover`."""
        ...

    def adopt(self) -> int:
        """As `Store.adopt`."""
        ...

    def in_hand(self, after: int, limit: int) -> Sequence[int]:
        """As `Store.in_hand`."""
        ...


class Writer(Protocol):
    watch: Watch

    async def submit(self, work: Callable[[Recovering], T]) -> T: ...

    def close(self) -> None:
        """Finishes what was submitted."""
        ...


class RelationalStore:
    """writer: None for a store that is only read. shut: after everything else."""

    def __init__(self, readers: Readers, writer: Writer | None, shut: Callable[[], None] = lambda: None) -> None:
        self._readers = readers
        self._writer = writer
        self._shut = shut
        self._closed = False

    async def submit(self, work: Callable[[Transaction], T]) -> T:
        if self._writer is None:
            raise StoreClosed("the store is closed") if self._closed else StoreError("the store was opened read-only")
        return await self._writer.submit(work)

    def watch(self, watch: Watch) -> None:
        """Have somebody told of each commit from now on; it must be quick."""
        if self._writer is not None:
            self._writer.watch = watch

    async def recover(self, now: datetime, may_repeat: Callable[[str], bool] = lambda _: True) -> int:
        if self._writer is None:
            raise StoreError("the store was opened read-only")
        return await self._writer.submit(lambda transaction: transaction.recover(now, may_repeat))

    async def adopt(self) -> int:
        if self._writer is None:
            raise StoreError("the store was opened read-only")
        return await self._writer.submit(lambda transaction: transaction.adopt())

    async def in_hand(self, after: int, limit: int) -> Sequence[int]:
        if self._writer is None:
            raise StoreError("the store was opened read-only")
        return await self._writer.submit(lambda transaction: transaction.in_hand(after, limit))

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

    # --- the record

    async def read(self, visibility: Visibility, type_: str, id_: str) -> Version | None:
        return await self._readers.point(lambda connection: versions.read(connection, visibility, type_, id_))

    async def vread(self, visibility: Visibility, type_: str, id_: str, version: int) -> Version | None:
        return await self._readers.point(lambda connection: versions.vread(connection, visibility, type_, id_, version))

    async def history(self, visibility: Visibility, type_: str, id_: str, *, limit: int, before: int | None = None) -> Sequence[Version]:
        return await self._readers.snapshot(
            lambda connection: versions.history(connection, visibility, type_, id_, limit=limit, before=before)
        )

    async def search(self, visibility: Visibility, query: Query) -> Page:
        return await self._readers.snapshot(lambda connection: search(connection, visibility, query))

    async def find_people(self, visibility: Visibility, keys: Sequence[tuple[str, str]]) -> frozenset[str]:
        return await self._readers.point(lambda connection: people.find_people(connection, visibility, keys))

    async def unprocessed(self, visibility: Visibility, person: str) -> int:
        return await self._readers.point(lambda connection: receipts.unprocessed(connection, visibility, person))

    # --- the engine's own books

    async def ledger(self, visibility: Visibility) -> Ledger:
        return await self._readers.snapshot(lambda connection: ledger.ledger(connection, visibility))

    async def standing(self, visibility: Visibility) -> Standing:
        return await self._readers.snapshot(lambda connection: standing.standing(connection, visibility))

    async def receipts(
        self,
        visibility: Visibility,
        *,
        state: MessageState | None = None,
        source: str | None = None,
        lane: str | None = None,
        limit: int = 100,
        before: int | None = None,
    ) -> Sequence[Receipt]:
        return await self._readers.snapshot(
            lambda connection: receipts.list_receipts(
                connection, visibility, state=state, source=source, lane=lane, limit=limit, before=before
            )
        )

    async def receipt(self, visibility: Visibility, receipt: int) -> Receipt | None:
        return await self._readers.point(lambda connection: receipts.receipt_of(connection, visibility, receipt))

    async def archived(self, visibility: Visibility, receipt: int) -> bytes | None:
        return await self._readers.snapshot(lambda connection: receipts.archived(connection, visibility, receipt))

    async def application_answer(self, visibility: Visibility, receipt: int) -> ApplicationAnswer | None:
        return await self._readers.point(lambda connection: doors.application_answer(connection, visibility, receipt))

    async def deliveries(
        self,
        visibility: Visibility,
        *,
        destination: str | None = None,
        state: DeliveryState | None = None,
        discarded: bool | None = None,
        limit: int = 100,
        before: int | None = None,
    ) -> Sequence[Delivery]:
        return await self._readers.snapshot(
            lambda connection: outbox.list_deliveries(
                connection, visibility, destination=destination, state=state, discarded=discarded, limit=limit, before=before
            )
        )

    async def delivery(self, visibility: Visibility, delivery: int) -> Delivery | None:
        return await self._readers.point(lambda connection: outbox.find_delivery(connection, visibility, delivery))

    async def audit_rows(self, visibility: Visibility, *, person: str | None = None, limit: int = 100) -> Sequence[AuditRow]:
        return await self._readers.snapshot(lambda connection: audit.list_audit(connection, visibility, person=person, limit=limit))

    async def incidents(
        self, visibility: Visibility, *, open_only: bool = False, limit: int = 100, before: int | None = None
    ) -> Sequence[Incident]:
        return await self._readers.snapshot(
            lambda connection: incidents.list_incidents(connection, visibility, open_only=open_only, limit=limit, before=before)
        )

    async def free_lanes(self, visibility: Visibility) -> Sequence[str]:
        return await self._readers.snapshot(lambda connection: incidents.free_lanes(connection, visibility))

    async def waiting_in_lane(self, visibility: Visibility, lane: str) -> int:
        return await self._readers.snapshot(lambda connection: incidents.waiting_in_lane(connection, visibility, lane))

    # --- what need not be kept for ever

    async def expired(
        self, visibility: Visibility, shelf: Shelf, *, before: datetime, after: tuple[int, ...] | None = None, limit: int = 500
    ) -> Expired:
        return await self._readers.snapshot(
            lambda connection: retention.expired(connection, visibility, shelf, before=before, after=after, limit=limit)
        )

    async def pruned(self, visibility: Visibility) -> Pruned:
        return await self._readers.snapshot(lambda connection: retention.pruned(connection, visibility))

    # --- maps

    async def map_set_texts(self, visibility: Visibility, digest: str) -> MapSetTexts | None:
        return await self._readers.snapshot(lambda connection: map_sets.texts_of(connection, visibility, digest))

    async def map_sets(self, visibility: Visibility) -> Sequence[str]:
        return await self._readers.snapshot(lambda connection: map_sets.list_kept(connection, visibility))
