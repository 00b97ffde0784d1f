"""What a person does with a parked message: release it, discard it, or put a corrected one in its place. hub.core.lifecycle has the states.

Whatever is done, the lane goes on with what waited behind it, in order; and the audit says who did it, and why.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256

from hub.core.errors import CalderError, StoreError
from hub.core.lifecycle import AckOutcome, MessageState
from hub.core.visibility import Visibility
from hub.engine.author import Author
from hub.engine.configuration import SourceConfig
from hub.engine.pending import RESUBMIT, Pending, with_maps
from hub.engine.preparing import Surroundings, prepare
from hub.engine.settlement import Settled, Settlement
from hub.engine.transform import poison, read
from hub.mapping.mapset import MapSet
from hub.store.contract import Transaction
from hub.store.rows import Arrival, AuditRow, Receipt

__all__ = ["Correction", "CorrectionRefused", "Mended", "discard", "find_message", "release", "resubmit"]

_SYSTEM = Visibility.system("messages")
_DONE = frozenset({MessageState.COMMITTED, MessageState.FILTERED, MessageState.PENDING})


@dataclass(frozen=True, slots=True)
class Mended:
    """message: its number. state, reason: where it stands now. settled: how many were, of its lane, itself too.

    correction: the number of the message that took its place.
    """

    message: int
    state: MessageState
    reason: str | None
    settled: int
    correction: int | None = None


class CorrectionRefused(CalderError):
    """The corrected message would not be committed either; nothing was changed."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__(f"the correction was refused ({', '.join(reasons)}); nothing was changed")


async def release(receipt: int, around: Surroundings, pending: Pending, by: Author, *, maps: MapSet | None = None) -> Mended:
    """Run a parked message again, in its turn, and after it what waited behind it. StoreError for one that is not parked."""
    found = await find_message(receipt, around)
    await around.store.submit(
        partial(_release, found, by.row("messages release", around.clock.now(), receipt=receipt, person=found.person))
    )
    chosen = {} if maps is None else {receipt: maps}
    if found.lane is not None:
        return await _mended(receipt, around, await pending.work_off(found.lane, maps=chosen))
    settlement = await pending.prepare(found, ordered=False, maps=maps)
    settled = await pending.submit(replace(settlement, lane=None), found) if settlement is not None else None
    return await _mended(receipt, around, int(settled is not None))


async def discard(receipt: int, around: Surroundings, pending: Pending, by: Author) -> Mended:
    """Put a parked message aside for good; what waited behind it goes on. StoreError for one that is not parked."""
    found = await find_message(receipt, around)
    now = around.clock.now()

    def work(tx: Transaction) -> None:
        tx.move(receipt, MessageState.SKIPPED, reason=f"discarded by {by.name}: {by.reason}")
        tx.audit(by.row("messages discard", now, receipt=receipt, person=found.person))

    await around.store.submit(work)
    return await _mended(receipt, around, await pending.work_off(found.lane) if found.lane is not None else 0)


@dataclass(frozen=True, slots=True)
class Correction:
    """body: the message as it should have come. maps: instead of its source's."""

    of: int
    body: bytes
    by: Author
    maps: MapSet | None = None


async def resubmit(correction: Correction, around: Surroundings, pending: Pending, source: SourceConfig) -> Mended:
    """The corrected message, as a receipt of its own under `resubmit:NAME`; a parked original is superseded, and its lane goes on.

    All of it or nothing: CorrectionRefused where it would not be committed. StoreError where the original waits for its turn, or
    another parked message stands before it.
    """
    found = await find_message(correction.of, around)
    now = around.clock.now()
    reading = read(correction.body, replace(source, processing=None))
    digest = sha256(correction.body).digest()
    settlement = await prepare(reading, digest, source, with_maps(around, correction.maps), now)
    header = reading.message
    arrival = Arrival(
        source=f"{RESUBMIT}{source.name}",
        body=correction.body,
        digest=digest,
        received=now,
        control_id=(header.control_id or None) if header is not None else None,
        message_type=f"{header.message_code}^{header.trigger_event}" if header is not None else None,
        media_type=found.media_type,
    )
    try:
        settled = await around.store.submit(partial(_supersede, settlement, arrival, correction))
    except CalderError:
        raise
    except Exception as error:
        raise CorrectionRefused((poison(error).fault,)) from error
    around.wakeup.wake(settled.owed)
    others = await pending.work_off(found.lane) if found.lane is not None else 0
    return await _mended(correction.of, around, others + (settled.state is not MessageState.PENDING), correction=settled.receipt)


def _supersede(settlement: Settlement, arrival: Arrival, correction: Correction, tx: Transaction) -> Settled:
    original, by = tx.get_receipt(correction.of), correction.by
    if original.state is MessageState.PENDING:
        raise StoreError(f"message {original.id} is not parked: it waits for its turn, and what stands before it must be mended first")
    takes_its_place = _takes_the_place(settlement, original, tx)
    receipt = tx.archive(arrival)
    tx.conclude(receipt, ack_outcome=AckOutcome.NOT_OWED, map_set=settlement.origin.map_set)
    if original.state is MessageState.PARKED:
        tx.move(original.id, MessageState.SKIPPED, reason=f"superseded by message {receipt}, by {by.name}: {by.reason}")
    settled = replace(settlement, ordered=not takes_its_place).settle(tx, receipt)
    if settled.state not in _DONE:
        raise CorrectionRefused(settled.reasons)
    tx.audit(by.row("messages resubmit", settlement.origin.now, receipt=receipt, person=original.person))
    return settled


def _takes_the_place(settlement: Settlement, original: Receipt, tx: Transaction) -> bool:
    """In the same lane it need not wait behind those that came after the original. Of another lane, it waits there as any other."""
    if original.state is not MessageState.PARKED or original.lane is None or settlement.lane is None:
        return False
    if not tx.same_lane(original.lane, settlement.lane):
        return False
    first = tx.first_in_lane(original.lane)
    if first is not None and first.id != original.id:
        raise StoreError(f"message {first.id} stands before message {original.id} in its lane: mend that one first")
    return True


def _release(found: Receipt, row: AuditRow, tx: Transaction) -> None:
    tx.move(found.id, MessageState.PENDING)
    tx.audit(row)


async def find_message(receipt: int, around: Surroundings) -> Receipt:
    found = await around.store.receipt(_SYSTEM, receipt)
    if found is None:
        raise StoreError(f"there is no message {receipt}")
    return found


async def _mended(receipt: int, around: Surroundings, settled: int, *, correction: int | None = None) -> Mended:
    now = await find_message(receipt, around)
    return Mended(receipt, now.state, now.reason, settled, correction)
