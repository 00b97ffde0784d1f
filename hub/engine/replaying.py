"""Archived messages once more: with the maps of today, with those of their day (pinned), or with others (a candidate).

What that would do to the record can be seen before it is done: a rehearsal is the same work, taken back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from hub.core.errors import StoreError
from hub.core.lifecycle import AckOutcome, MessageState
from hub.core.visibility import Visibility
from hub.engine.author import Author
from hub.engine.commit import commit
from hub.engine.committed import Applied, Effect, Refused
from hub.engine.configuration import SourceConfig
from hub.engine.pending import REPLAY, with_maps
from hub.engine.preparing import Surroundings, prepare
from hub.engine.releasing import find_message
from hub.engine.settlement import Settled, Settlement, reason_of
from hub.engine.transform import Poison, Transformed, read
from hub.mapping.mapset import MapSet
from hub.store.contract import Transaction
from hub.store.rows import Arrival

__all__ = ["Rehearsal", "Rehearsed", "rehearse", "replay"]

_SYSTEM = Visibility.system("messages")


async def replay(
    receipt: int,
    around: Surroundings,
    source: SourceConfig,
    by: Author,
    *,
    maps: MapSet | None = None,
) -> Settled:
    """The same bytes again, as a receipt of its own under `replay:NAME`; nobody is answered. maps: instead of today's of the source."""
    arrival, settlement = await _prepare(receipt, around, source, maps)
    settled = await around.store.submit(partial(_replay, settlement, arrival, by))
    around.wakeup.wake(settled.owed)
    return settled


def _replay(settlement: Settlement, arrival: Arrival, by: Author, tx: Transaction) -> Settled:
    receipt = tx.archive(arrival)
    tx.conclude(receipt, ack_outcome=AckOutcome.NOT_OWED, map_set=settlement.origin.map_set)
    tx.audit(by.row("messages replay", settlement.origin.now, receipt=receipt))
    return settlement.settle(tx, receipt)


async def _prepare(receipt: int, around: Surroundings, source: SourceConfig, maps: MapSet | None) -> tuple[Arrival, Settlement]:
    found = await find_message(receipt, around)
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
    settlement = await prepare(reading, found.digest, source, with_maps(around, maps), now, ordered=False)
    # Without a lane: what is played again holds up nothing that is live.
    return arrival, replace(settlement, lane=None, merges=())


# --- rehearsing


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One resource: its bytes as they stand (None: there is none), and as they would be."""

    type: str
    id: str
    effect: Effect
    before: bytes | None
    after: bytes


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """reasons: why it would not be committed, where it would not. resources: those that would change."""

    state: MessageState
    reasons: str | None = None
    resources: tuple[Rehearsed, ...] = ()


class _TakenBack(Exception):
    """Not an error: it ends a rehearsal, and takes back what was done."""

    def __init__(self, applied: tuple[Applied, ...], reasons: str | None) -> None:
        super().__init__()
        self.applied = applied
        self.reasons = reasons


async def rehearse(receipt: int, around: Surroundings, source: SourceConfig, *, maps: MapSet | None = None) -> Rehearsal:
    """What playing it again would change. Nothing is kept of it."""
    arrival, settlement = await _prepare(receipt, around, source, maps)
    outcome = settlement.outcome
    if not isinstance(outcome, Transformed):
        state = MessageState.PARKED if isinstance(outcome, Poison) else MessageState.REFUSED
        return Rehearsal(state, reason_of(outcome.diagnostics))
    try:
        await around.store.submit(partial(_rehearse, settlement, outcome, arrival))
    except _TakenBack as done:
        if done.reasons is not None:
            return Rehearsal(MessageState.REFUSED, done.reasons)
        touched = [each for each in done.applied if each.effect in {Effect.CREATED, Effect.UPDATED, Effect.DELETED}]
        return Rehearsal(MessageState.COMMITTED, None, tuple([await _beside(each, around) for each in touched]))
    raise AssertionError("a rehearsal is always taken back")  # pragma: no cover


def _rehearse(settlement: Settlement, outcome: Transformed, arrival: Arrival, tx: Transaction) -> None:
    result = commit(tx, outcome.changes, replace(settlement.origin, receipt=tx.archive(arrival)))
    raise _TakenBack((), reason_of(result.diagnostics) or "") if isinstance(result, Refused) else _TakenBack(result.applied, None)


async def _beside(applied: Applied, around: Surroundings) -> Rehearsed:
    now = await around.store.read(_SYSTEM, applied.type, applied.id)
    before = None if now is None or now.deleted else now.body
    return Rehearsed(applied.type, applied.id, applied.effect, before, applied.body)
