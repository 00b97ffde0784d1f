"""What a person at the hub's own keyboard may look at: the books and the messages, beside a running hub, too."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from hub.app.stores import open_store
from hub.app.surroundings import SystemClock
from hub.core.lifecycle import MessageState
from hub.core.visibility import Visibility
from hub.store.rows import AuditRow, Incident, Ledger, Receipt, Standing


def as_operator(command: str) -> Visibility:
    """What a person at the hub's own keyboard sees; `command` stands in the basis."""
    return Visibility.system(f"operator:{command}")


async def read_ledger(url: str) -> Ledger:
    """Beside a running hub, too: the store is opened for reading only."""
    store = open_store(url, read_only=True)
    try:
        return await store.ledger(as_operator("ledger"))
    finally:
        await store.close()


@asynccontextmanager
async def watching(url: str) -> AsyncIterator[Callable[[], Awaitable[Standing]]]:
    """What waits, as often as it is asked for; beside a running hub, too."""
    store = open_store(url, read_only=True)
    try:
        yield lambda: store.standing(as_operator("top"))
    finally:
        await store.close()


async def list_messages(url: str, *, state: MessageState | None, source: str | None, limit: int, before: int | None) -> Sequence[Receipt]:
    """Newest first; beside a running hub, too."""
    store = open_store(url, read_only=True)
    try:
        return await store.receipts(as_operator("messages"), state=state, source=source, limit=limit, before=before)
    finally:
        await store.close()


async def list_incidents(url: str, *, open_only: bool, limit: int) -> Sequence[tuple[Incident, int]]:
    """Newest first, each with how many messages wait in its lane; beside a running hub, too."""
    store, visibility = open_store(url, read_only=True), as_operator("incidents")
    try:
        found = await store.incidents(visibility, open_only=open_only, limit=limit)
        return [(each, await store.waiting_in_lane(visibility, each.subject) if each.closed is None else 0) for each in found]
    finally:
        await store.close()


async def read_message(url: str, receipt: int) -> Receipt | None:
    """Where one message stands, without its bytes; beside a running hub, too."""
    store = open_store(url, read_only=True)
    try:
        return await store.receipt(as_operator("messages"), receipt)
    finally:
        await store.close()


async def unmask_message(url: str, receipt: Receipt, *, user: str) -> bytes | None:
    """The bytes of a message, after a row in the audit says who saw them. None when they are pruned.

    Only the writer writes the audit: StoreError beside a running hub on an embedded store.
    """
    visibility = as_operator("messages show --unmask")
    row = AuditRow(
        at=SystemClock().now(),
        client="calder messages",
        organisation=None,
        user=user,
        purpose="HSYSADMIN",
        action="R",
        interaction="messages show --unmask",
        outcome="0",
        person=receipt.person,
        basis=visibility.basis,
        receipt=receipt.id,
    )
    store = open_store(url)
    try:
        await store.submit(lambda transaction: transaction.audit(row))
        return await store.archived(visibility, receipt.id)
    finally:
        await store.close()
