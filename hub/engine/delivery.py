"""Delivery: what is owed to one destination, sent in the order of its lanes, and how each attempt ended.

    claim ─► render ─► send ─► settle        hub.core.lifecycle.settle says where a failure leads

A worker for each destination keeps its books in turns: one piece of the store's work settles what has ended and claims what may go next,
so a turn is one commit however many messages it is about. Between turns the claimed ones are carried, each by a task of its own: at most
one of a lane, since no second is claimed, and so many on their way at once as the destination has connections.

What is in flight when the hub is killed may have been accepted. So where a message may not go out twice no more is claimed than can be on
its way at once; where it may, enough to keep the connections busy while the books are written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

from hub.care.sharing import PERMIT_ALL
from hub.core.errors import LeaseLost, NotSent, StoreClosed
from hub.core.lifecycle import DeliveryState
from hub.engine.breaker import Breaker
from hub.engine.configuration import DestinationConfig, OnDead
from hub.engine.events import DeliveryFailed, DeliverySettled, DestinationAway, DestinationBack, WorkerFailed, emit
from hub.engine.pace import Pace
from hub.engine.preparing import Surroundings
from hub.engine.sending import Attempt, attempt, given_back, overdue
from hub.engine.window import is_open
from hub.sdk.connector import Destination
from hub.store.contract import Transaction
from hub.store.rows import AuditRow, Delivery, Version

__all__ = ["DeliveryWorker"]

_AHEAD: Final = 8  # claimed for each connection, where a message may go out twice
_BURIED: Final = 100  # overdue ones in a turn
_LOOK: Final = 2.0  # seconds, when nothing wakes it
_PAUSE: Final = 1.0  # seconds, when the store cannot take a result
_LATER: Final = timedelta(seconds=1)
_SKEW: Final = timedelta(minutes=1)  # between the clocks of hubs on one store


class DeliveryWorker:
    def __init__(self, config: DestinationConfig, destination: Destination, around: Surroundings) -> None:
        self._config = config
        self._destination = destination
        self._around = around
        self._wake = around.wakeup.of(config.name)
        self._breaker = Breaker(config.breaker, monotonic)
        self._pace = Pace(config.rate, monotonic)
        self._connections = asyncio.Semaphore(config.connections)
        self._hands = config.connections * (_AHEAD if config.idempotent else 1)
        self._carried: set[asyncio.Task[None]] = set()
        self._ended: list[Attempt] = []
        self._soonest: datetime | None = None
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"delivery to {self._config.name}")

    async def stop(self) -> None:
        """The messages that are on their way are waited for; what else was claimed goes back."""
        self._stopping = True
        self._wake.set()
        if self._task is not None:
            await self._task
        await self._destination.close()

    async def _run(self) -> None:
        while not self._stopping or self._carried or self._ended:
            self._wake.clear()
            try:
                seconds = await self._turn()
            except StoreClosed:
                return
            except Exception as error:  # noqa: BLE001 -- a worker that dies silently delivers nothing for ever
                emit(WorkerFailed(f"delivery to {self._config.name}", type(error).__name__))
                await asyncio.sleep(_PAUSE)
                continue
            await self._sleep(seconds)

    async def _turn(self) -> float:
        """One look at the books. Gives how long nothing will be to do, unless it is woken."""
        if self._breaker.is_open and not self._stopping:
            await self._ask_whether_it_is_there()
        room = self._room()
        ended = self._ended
        claimed = await self._settle_and_claim(ended, room) if ended or room else []
        for delivery in claimed:
            task = asyncio.create_task(self._carry(delivery))
            self._carried.add(task)
        self._pace.spend(len(claimed))
        return 0.0 if room and len(claimed) == room else self._nothing_to_do()

    def _room(self) -> int:
        if self._stopping or not is_open(self._config.window, self._around.clock.now()):
            return 0
        return self._pace.lets(self._breaker.lets(self._hands - len(self._carried), len(self._carried)))

    async def _settle_and_claim(self, ended: list[Attempt], room: int) -> Sequence[Delivery]:
        """One piece of work, and one commit: when it raises, nothing of it is done, and it is tried again in the next turn."""
        settling = tuple(ended)
        now = self._around.clock.now()
        horizon = now + self._config.retry.maximum + _SKEW  # nothing is put off for longer, unless by a clock that went wrong
        holds = self._config.on_dead is OnDead.HOLD

        def work(tx: Transaction) -> tuple[list[int], Sequence[Delivery]]:
            lost = []
            for each in settling:
                try:
                    tx.settle(each.delivery.id, each.state, now=now, not_before=each.not_before, reason=each.reason, holds=holds)
                except LeaseLost:  # another hub took this one for gone, and has it in hand now
                    lost.append(each.delivery.id)
                    continue
                if each.seen is not None:
                    tx.audit(self._disclosure(each.seen, each.delivery, now))
            return lost, tx.claim(self._config.name, now, room, horizon=horizon) if room else ()

        lost, claimed = await self._around.store.submit(work)
        del ended[: len(settling)]
        self._tell(settling, lost, now)
        return claimed

    def _tell(self, settled: Sequence[Attempt], lost: Sequence[int], now: datetime) -> None:
        for each in settled:
            if each.delivery.id in lost:
                emit(WorkerFailed(f"delivery to {self._config.name}", LeaseLost.__name__))
                continue
            seconds = (now - each.delivery.first_due).total_seconds()
            emit(DeliverySettled(self._config.name, each.delivery.id, each.state.value, seconds))
            if each.not_before is not None:
                self._soonest = min(each.not_before, self._soonest or each.not_before)

    async def _carry(self, delivery: Delivery) -> None:
        """A task of its own. Whatever happens, the row is settled: a delivery that stayed in flight would hold its lane for ever."""
        async with self._connections:
            if self._stopping:
                ended = given_back(delivery, "the hub stopped before it was sent")
            else:
                try:
                    ended = await attempt(delivery, self._config, self._destination, self._around)
                except Exception as error:  # noqa: BLE001 -- before it was sent: `attempt` gives an answer to what comes after
                    ended = given_back(delivery, f"not sent: {type(error).__name__}", self._around.clock.now() + _LATER)
        self._carried.remove(_this_task())
        self._note(ended)
        self._ended.append(ended)
        self._wake.set()

    def _note(self, ended: Attempt) -> None:
        name = self._config.name
        if ended.failure is not None:
            owner = self._config.owner if ended.state is DeliveryState.DEAD else None
            emit(DeliveryFailed(name, ended.delivery.id, ended.failure.value, ended.state.value, ended.delivery.attempts, owner))
        if ended.reached and self._breaker.reached():
            emit(DestinationBack(name))
        if ended.reached is False and self._breaker.failed():
            emit(DestinationAway(name, self._breaker.failures))

    async def _ask_whether_it_is_there(self) -> None:
        """While it is not, what is owed for too long is buried; nothing else spends an attempt."""
        await self._bury_overdue()
        if self._breaker.ask_in > 0 or not is_open(self._config.window, self._around.clock.now()):
            return
        try:
            await self._destination.reach()
        except NotSent:
            self._breaker.failed()
        else:
            self._breaker.there()

    async def _bury_overdue(self) -> None:
        """What was to be tried so long ago was due before that."""
        long_ago = self._around.clock.now() - self._config.retry.lasting
        claimed = await self._around.store.submit(lambda tx: tx.claim(self._config.name, long_ago, _BURIED))
        for delivery in claimed:
            ended = overdue(delivery)
            self._note(ended)
            self._ended.append(ended)

    def _nothing_to_do(self) -> float:
        seconds = _LOOK
        if self._breaker.is_open and is_open(self._config.window, self._around.clock.now()):
            seconds = min(seconds, self._breaker.ask_in)
        if not self._pace.lets(1):
            seconds = min(seconds, max(0.001, self._pace.next_in))
        if self._soonest is not None:
            until = max(0.0, (self._soonest - self._around.clock.now()).total_seconds())
            if until == 0.0:
                self._soonest = None
            seconds = min(seconds, until)
        return seconds

    async def _sleep(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            return

    def _disclosure(self, seen: Version, delivery: Delivery, now: datetime) -> AuditRow:
        return AuditRow(
            at=now,
            client=self._config.name,
            organisation=self._config.organisation,
            user=None,
            purpose="TREAT",
            action="R",
            interaction=f"delivery {delivery.map_name}",
            outcome="0",
            person=seen.person,
            resource=f"{seen.type}/{seen.id}",
            basis=PERMIT_ALL,
            receipt=delivery.receipt,
        )


def _this_task() -> asyncio.Task[None]:
    task = asyncio.current_task()
    assert task is not None, "a coroutine that runs has one"  # noqa: S101 -- for the type checker
    return task
