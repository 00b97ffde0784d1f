"""The reads of a Store (hub.store.contract), whichever database it stands on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from hub.core.lifecycle import DeliveryState, MessageState
from hub.core.visibility import Visibility
from hub.fhir.search.query import Query
from hub.store.relational import audit, ledger, outbox, people, receipts, versions
from hub.store.relational.connection import Connection
from hub.store.relational.search.run import search
from hub.store.rows import AuditRow, Delivery, Ledger, Page, Receipt, Version

__all__ = ["Readers", "ReadingStore"]

T = TypeVar("T")


class Readers(Protocol):
    """Connections that read beside the writer."""

    async def point(self, read: Callable[[Connection], T]) -> T:
        """One query that finds its row by a unique key."""
        ...

    async def snapshot(self, read: Callable[[Connection], T]) -> T:
        """All its queries over the same state of the store."""
        ...


class ReadingStore:
    def __init__(self, readers: Readers) -> None:
        self._readers = readers

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
        return await self._readers.point(lambda connection: receipts.receipt_of(connection, visibility, receipt))

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
