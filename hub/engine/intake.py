"""Intake: bytes in, an answer out, and nothing said before it is durable.

    a place (admission) ─► decode and map ─► one piece of the store's work: archive, commit, state, answer ─► the answer may be sent

Many connections share one source. Each keeps its order, since it sends again when it is answered; between connections there is none.
A store that has too much to do is waited for; meanwhile the connection is not read, and its sender waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from time import perf_counter
from typing import Final, TypeVar

from hub.codec.hl7v2 import Message as Hl7Message
from hub.codec.hl7v2.envelope import read_transmission
from hub.core.errors import StoreAway, StoreBusy, StoreError
from hub.core.lifecycle import MessageState
from hub.core.visibility import Visibility
from hub.engine.admission import Admission
from hub.engine.answering import Answering, asked_by
from hub.engine.arriving import Arriving
from hub.engine.batches import MOST_MESSAGES, take_batch
from hub.engine.codes import MAP_FAILED
from hub.engine.configuration import OnPoison, SourceConfig
from hub.engine.events import MessageParked, MessageRefused, MessageSettled, RefusalNotTold, SourceStopped, SourceUnavailable, emit
from hub.engine.preparing import Surroundings, prepare
from hub.engine.settlement import Settled, Settlement
from hub.engine.transform import Poison, Reading, poison, read
from hub.sdk.message import Message, Outcome, Receipt
from hub.store.contract import Transaction
from hub.store.rows import Arrival, IncidentKind, NewIncident

__all__ = ["LONGEST_CONTROL_ID", "Intake", "announce", "second_receipt"]

T = TypeVar("T")

_SYSTEM = Visibility.system("acknowledgement")
_BUSY_WAITS: Final = (0.01, 0.5)  # seconds between two tries at a store with too much to do: the first, and the longest
_UNAVAILABLE = Receipt(Outcome.UNAVAILABLE)
LONGEST_CONTROL_ID = 20  # MSH-10 up to version 2.6


class Intake:
    """Of one source; called by its connector (hub.sdk.Intake). waits: told that a message was answered that is not settled."""

    def __init__(self, source: SourceConfig, around: Surroundings, admission: Admission, waits: Callable[[], None]) -> None:
        self._source = source
        self._around = around
        self._admission = admission
        self._waits = waits
        self._stopped = False

    async def __call__(self, message: Message) -> Receipt:
        read = read_transmission(message.body)
        if read is None or read.messages > MOST_MESSAGES:
            return await self._enter(message)
        try:
            return await take_batch(read, message, self._enter, self._source.name, self._around)
        except StoreError as error:
            emit(SourceUnavailable(self._source.name, type(error).__name__))
            return _UNAVAILABLE

    async def _enter(self, message: Message) -> Receipt:
        async with self._admission.place(self._source.name, len(message.body)):
            return _UNAVAILABLE if self._stopped else await self._take(message)

    async def _take(self, message: Message) -> Receipt:
        now, began = self._around.clock.now(), perf_counter()
        reading = read(message.body, self._source)
        arriving = self._arriving(message, reading, now)
        try:
            settled = await self._settle(reading, arriving, now)
        except StoreError as error:
            emit(SourceUnavailable(self._source.name, type(error).__name__))
            return _UNAVAILABLE
        if settled is None:
            return _UNAVAILABLE
        receipt = await self._receipt(settled, perf_counter() - began)
        if arriving.is_settled_later and settled.state is MessageState.PENDING:
            self._waits()
        return receipt

    async def stop(self, fault: str) -> None:
        """Take nothing more: the policy `on_poison: stop`. It is an incident, until the hub is started again."""
        if self._stopped:
            return
        self._stopped = True
        name = self._source.name
        emit(SourceStopped(name, fault))
        begun = NewIncident(IncidentKind.SOURCE, name, name, self._around.clock.now(), reasons=MAP_FAILED.name)
        await self._around.store.submit(lambda tx: tx.open_incident(begun))
        self._around.alerting.set()

    async def _settle(self, reading: Reading, arriving: Arriving, now: datetime) -> Settled | None:
        """None: nothing was kept."""
        if arriving.is_settled_later:
            return await self._submit(arriving)
        digest = arriving.arrival.digest
        settlement = await prepare(reading, digest, self._source, self._around, now, answering=arriving.answering)
        if await self._stops_at(settlement):
            return None
        try:
            return await self._submit(replace(arriving, settlement=settlement))
        except StoreError:  # nothing is wrong with the message: its sender keeps it and tries again
            raise
        except Exception as error:  # noqa: BLE001 -- commit broke on this message: the same policy as for a map that breaks
            spoilt = replace(settlement, outcome=poison(error))
            if await self._stops_at(spoilt):
                return None
            return await self._submit(replace(arriving, settlement=spoilt))

    async def _submit(self, work: Callable[[Transaction], T]) -> T:
        """A queue that is full is waited for; a database that is away has been waited for by the store itself."""
        wait, longest = _BUSY_WAITS
        while True:
            try:
                return await self._around.store.submit(work)
            except StoreAway:
                raise
            except StoreBusy:
                await asyncio.sleep(wait)
                wait = min(2 * wait, longest)

    async def _stops_at(self, settlement: Settlement) -> bool:
        if not isinstance(settlement.outcome, Poison) or self._source.on_poison is not OnPoison.STOP:
            return False
        await self.stop(settlement.outcome.fault)
        return True

    def _arriving(self, message: Message, reading: Reading, now: datetime) -> Arriving:
        header = reading.message
        control_ids = (self._control_id(), self._control_id())
        return Arriving(
            source=self._source,
            arrival=_arrival(message, header, self._source.name, now),
            answering=Answering(header or message.body, asked_by(header, self._source.mode), control_ids, now),
            fault=reading.fault,
            number=header.msh.field(13) if header is not None else "",
        )

    def _control_id(self) -> str:
        return self._around.ids.new().replace("-", "")[:LONGEST_CONTROL_ID]

    async def _receipt(self, settled: Settled, seconds: float) -> Receipt:
        announce(settled, self._source.name, seconds)
        self._around.wakeup.wake(settled.owed)
        if settled.state is MessageState.PARKED:
            self._around.alerting.set()
        outcome = Outcome.REFUSED if settled.state is MessageState.REFUSED else Outcome.ACCEPTED
        told = partial(self._around.told.note, settled.receipt)
        return Receipt(outcome, settled.answer, settled.receipt, told, await self._following(settled))

    async def _following(self, settled: Settled) -> asyncio.Future[Receipt | None] | None:
        """The second answer: there already, or when the message that it hangs on is settled."""
        if settled.second is not None:
            there: asyncio.Future[Receipt | None] = asyncio.get_running_loop().create_future()
            there.set_result(second_receipt(settled.receipt, MessageState.COMMITTED, settled.second, self._around, self._source.name))
            return there
        if settled.awaits is None:
            return None
        awaited = self._around.awaited.expect(settled.awaits)
        found = await self._around.store.application_answer(_SYSTEM, settled.awaits)
        if found is not None and not awaited.done():  # it was settled before anybody was seen to wait for it
            second = second_receipt(settled.awaits, settled.state, found.answer, self._around, self._source.name)
            self._around.awaited.tell(settled.awaits, second)
        return awaited


def second_receipt(receipt: int, state: MessageState, answer: bytes, around: Surroundings, source: str) -> Receipt:
    """The application acknowledgement of a message whose sender has had its accept acknowledgement."""

    def told(written: bool) -> None:
        around.told.note_second(receipt, written)
        if not written and state is MessageState.REFUSED:
            emit(RefusalNotTold(source, receipt))

    return Receipt(Outcome.REFUSED if state is MessageState.REFUSED else Outcome.ACCEPTED, answer, receipt, told)


def announce(settled: Settled, source: str, seconds: float) -> None:
    """What became of a message, so many seconds after it came; a line in the log for one that did not go through."""
    emit(MessageSettled(source, settled.receipt, settled.state.value, settled.code, seconds))
    if settled.state is MessageState.REFUSED:
        emit(MessageRefused(source, settled.receipt, str(settled.code), settled.reasons))
    elif settled.state is MessageState.PARKED:
        emit(MessageParked(source, settled.receipt, settled.reasons))


def _arrival(message: Message, header: Hl7Message | None, source: str, now: datetime) -> Arrival:
    message_type = "^".join(filter(None, (header.message_code, header.trigger_event))) if header is not None else None
    return Arrival(
        source=source,
        body=message.body,
        digest=sha256(message.body).digest(),
        received=now,
        control_id=(header.control_id or None) if header is not None else None,
        message_type=message_type or None,
        peer=message.peer,
        media_type=message.media_type,
    )
