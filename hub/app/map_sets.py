"""Map sets and archived messages, for a person at the hub's own keyboard; read beside a running hub, too."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial

from hub.app.installed import functions
from hub.app.operator import as_operator
from hub.app.stores import open_store
from hub.app.surroundings import SystemClock
from hub.core.lifecycle import MessageState
from hub.engine.map_sets import KeptMapSets
from hub.engine.pending import REPLAY
from hub.mapping.mapset import MapSet
from hub.store.contract import Store, Transaction
from hub.store.rows import AuditRow, Receipt

__all__ = ["account_for_shown", "each_archived", "read_kept_maps"]

_PAGE = 500
_HL7 = "application/hl7-v2"


async def read_kept_maps(url: str, beginning: str) -> MapSet:
    """The set whose digest begins so. Raises StoreError."""
    store = open_store(url, read_only=True)
    try:
        kept = KeptMapSets(store, functions())
        return await kept.get(await kept.find(beginning))
    finally:
        await store.close()


async def each_archived(url: str, lasting: timedelta, take: Callable[[Receipt, bytes], None]) -> None:
    """The HL7 messages of the last so many days, the newest first; each once: no duplicates, nothing that was played again."""
    store = open_store(url, read_only=True)
    try:
        await _each_archived(store, lasting, take)
    finally:
        await store.close()


async def _each_archived(store: Store, lasting: timedelta, take: Callable[[Receipt, bytes], None]) -> None:
    visibility = as_operator("map diff")
    earliest = SystemClock().now() - lasting
    before: int | None = None
    while page := await store.receipts(visibility, limit=_PAGE, before=before):
        before = page[-1].id
        for receipt in page:
            if receipt.received < earliest:
                return
            if receipt.media_type == _HL7 and receipt.state is not MessageState.DUPLICATE and not receipt.source.startswith(REPLAY):
                body = await store.archived(visibility, receipt.id)
                if body is not None:
                    take(receipt, body)


async def account_for_shown(url: str, receipts: Iterable[int], *, user: str, command: str) -> None:
    """A row in the audit for each message of which values are shown.

    Only the writer writes it: StoreError beside a running hub on an embedded store.
    """
    visibility = as_operator(command)
    now = SystemClock().now()
    store = open_store(url)
    try:
        for number in receipts:
            receipt = await store.receipt(visibility, number)
            row = AuditRow(
                at=now,
                client=f"calder {command.partition(' ')[0]}",
                organisation=None,
                user=user,
                purpose="HSYSADMIN",
                action="R",
                interaction=command,
                outcome="0",
                person=receipt.person if receipt is not None else None,
                basis=visibility.basis,
                receipt=number,
            )
            await store.submit(partial(_audit, row))
    finally:
        await store.close()


def _audit(row: AuditRow, tx: Transaction) -> None:
    tx.audit(row)
