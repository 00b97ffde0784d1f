"""A store with archived messages and kept map sets, for the commands that read one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from hub.core.lifecycle import MessageState
from hub.core.visibility import Visibility
from hub.mapping.mapset import MapSet
from hub.store.contract import Transaction
from hub.store.rows import Arrival, AuditRow, MapSetTexts
from hub.store.sqlite import open_store


def keep_messages(
    path: Path, *messages: tuple[str, bytes, timedelta], map_set: str | None = None, state: MessageState = MessageState.COMMITTED
) -> list[int]:
    """(source, body, how long ago) of each; their receipts."""
    now = datetime.now(UTC)

    async def work() -> list[int]:
        store = open_store(path)
        numbers = []
        for source, body, ago in messages:
            arrival = Arrival(source, body, sha256(body).digest(), now - ago, "C1", "ADT^A01")

            def piece(tx: Transaction, arrival: Arrival = arrival) -> int:
                receipt = tx.archive(arrival)
                tx.move(receipt, state)
                tx.conclude(receipt, map_set=map_set, person="p1")
                return receipt

            numbers.append(await store.submit(piece))
        await store.close()
        return numbers

    return asyncio.run(work())


def keep_maps(path: Path, maps: MapSet) -> None:
    async def work() -> None:
        store = open_store(path)
        await store.submit(lambda tx: tx.keep_map_set(maps.digest, MapSetTexts(maps.texts.maps, maps.texts.tables)))
        await store.close()

    asyncio.run(work())


def audit_of(path: Path) -> Sequence[AuditRow]:
    async def work() -> Sequence[AuditRow]:
        store = open_store(path, read_only=True)
        try:
            return await store.audit_rows(Visibility.system("test"))
        finally:
            await store.close()

    return asyncio.run(work())
