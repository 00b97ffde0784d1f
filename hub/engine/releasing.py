"""What a person does with messages: release a parked one, discard it, or play one again. hub.core.lifecycle has the states."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from hub.core.errors import StoreError
from hub.core.lifecycle import AckOutcome, MessageState
from hub.core.visibility import Visibility
from hub.engine.configuration import SourceConfig
from hub.engine.pending import REPLAY, Pending
from hub.engine.preparing import Surroundings, prepare
from hub.engine.settlement import Settled, Settlement
from hub.engine.transform import read
from hub.store.contract import Transaction
from hub.store.rows import Arrival, Receipt

__all__ = ["discard", "release", "replay"]

_SYSTEM = Visibility.system("messages")


async def release(receipt: int, around: Surroundings, pending: Pending) -> int:
    """Run a parked message again, and after it what waited behind it, in order. Gives how many were settled.

    Raises StoreError for one that is not parked.
    """
    found = await _get(receipt, around)
    await around.store.submit(lambda tx: tx.move(receipt, MessageState.PENDING))
    if found.lane is not None:
        return await pending.work_off(found.lane)
    return int(await pending.settle(found, ordered=False) is not None)


async def discard(receipt: int, around: Surroundings, pending: Pending, *, author: str, reason: str) -> int:
    """Put a parked message aside for good; what waited behind it goes on. Raises StoreError for one that is not parked."""
    found = await _get(receipt, around)
    await around.store.submit(lambda tx: tx.move(receipt, MessageState.SKIPPED, reason=f"discarded by {author}: {reason}"))
    return await pending.work_off(found.lane) if found.lane is not None else 0


async def replay(receipt: int, around: Surroundings, source: SourceConfig) -> Settled:
    """The same bytes again, as a receipt of its own under `replay:NAME`; nobody is answered."""
    found = await _get(receipt, around)
    body = await around.store.archived(_SYSTEM, receipt)
    if body is None:
        raise StoreError("the bytes of this message have been pruned")
    now = around.clock.now()
    arrival = Arrival(
        source=f"{REPLAY}{source.name}",
        body=body,
        digest=found.digest,
        received=now,
        control_id=found.control_id,
        message_type=found.message_type,
        media_type=found.media_type,
    )
    reading = read(body, replace(source, processing=None))
    # Without a lane: what is played again holds up nothing that is live.
    settlement = replace(prepare(reading, found.digest, source, around, now, ordered=False), lane=None)
    settled = await around.store.submit(partial(_replay, settlement, arrival))
    around.wakeup.wake(settled.owed)
    return settled


def _replay(settlement: Settlement, arrival: Arrival, tx: Transaction) -> Settled:
    receipt = tx.archive(arrival)
    tx.conclude(receipt, ack_outcome=AckOutcome.NOT_OWED)
    return settlement.settle(tx, receipt)


async def _get(receipt: int, around: Surroundings) -> Receipt:
    found = await around.store.receipt(_SYSTEM, receipt)
    if found is None:
        raise StoreError("there is no such message")
    return found
