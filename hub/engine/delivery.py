"""Delivery: what is owed to one destination, sent in the order of its lanes, and how each attempt ended.

    claim ─► render ─► send ─► settle        hub.core.lifecycle.settle says where a failure leads

A worker for each destination. It is woken by commit, and looks by itself now and then for what was revived or has waited.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from hub.care.sharing import PERMIT_ALL
from hub.core.errors import DeliveryError, LeaseLost, StoreClosed, StoreError
from hub.core.lifecycle import DeliveryState, Failure, settle
from hub.core.visibility import Visibility
from hub.engine.backoff import failure_of, is_expired, next_attempt
from hub.engine.configuration import DestinationConfig
from hub.engine.events import DeliveryFailed, DeliverySettled, WorkerFailed, emit
from hub.engine.preparing import Surroundings
from hub.engine.rendering import NotWritten, render
from hub.sdk.connector import Destination
from hub.sdk.message import Outbound, Taken
from hub.store.contract import Transaction
from hub.store.rows import AuditRow, Delivery, Version

__all__ = ["DeliveryWorker"]

_SYSTEM: Final = Visibility.system("delivery")
_TOGETHER: Final = 32  # claimed at once, one of each lane
_LOOK: Final = 2.0  # seconds, when nothing wakes it
_KEPT: Final = "the receiver keeps it (CA); its application has not answered"
_PAUSE: Final = 1.0  # seconds, when the store cannot take a result


class DeliveryWorker:
    def __init__(self, config: DestinationConfig, destination: Destination, around: Surroundings) -> None:
        self._config = config
        self._destination = destination
        self._around = around
        self._wake = around.wakeup.of(config.name)
        self._stopping = False
        self._soonest: datetime | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"delivery to {self._config.name}")

    async def stop(self) -> None:
        """The message that is on its way is waited for; what else was claimed goes back."""
        self._stopping = True
        self._wake.set()
        if self._task is not None:
            await self._task
        await self._destination.close()

    async def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            try:
                claimed = await self._claim()
                for delivery in claimed:
                    await self._attempt(delivery)
            except StoreClosed:
                return
            except Exception as error:  # noqa: BLE001 -- a worker that dies silently delivers nothing for ever
                emit(WorkerFailed(f"delivery to {self._config.name}", type(error).__name__))
                await asyncio.sleep(_PAUSE)
                continue
            if not claimed:
                await self._sleep()

    async def _claim(self) -> Sequence[Delivery]:
        now = self._around.clock.now()
        return await self._around.store.submit(lambda tx: tx.claim(self._config.name, now, _TOGETHER))

    async def _sleep(self) -> None:
        seconds = _LOOK
        if self._soonest is not None:
            seconds = min(seconds, max(0.0, (self._soonest - self._around.clock.now()).total_seconds()))
            self._soonest = None
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            return

    async def _attempt(self, delivery: Delivery) -> None:
        if self._stopping:
            await self._settle(delivery, DeliveryState.WAITING, None, reason="the hub stopped before it was sent")
            return
        try:
            version = await self._around.store.vread(_SYSTEM, delivery.type, delivery.resource_id, delivery.version)
            if version is None or version.deleted:
                await self._settle(delivery, DeliveryState.DEAD, None, reason="the version it would say is gone")
                return
            outbound = await render(delivery, version, self._config, self._around.store, self._around.maps.site)
        except NotWritten as error:
            await self._fail(delivery, None, Failure.PERMANENT, f"E301 {error.reason}")
        except StoreClosed:
            raise
        except StoreError as error:  # nothing was sent; left in flight it would hold its lane for as long as this hub lives
            await self._fail(delivery, None, Failure.TRANSIENT, f"it could not be read: {type(error).__name__}")
        else:
            await self._send(delivery, version, outbound)

    async def _send(self, delivery: Delivery, version: Version, outbound: Outbound) -> None:
        try:
            taken = await self._destination.send(outbound)
        except DeliveryError as error:
            await self._fail(delivery, version, failure_of(error, self._config.retry), str(error) or type(error).__name__)
        except Exception as error:  # noqa: BLE001 -- a connector that breaks may have sent
            await self._fail(delivery, version, Failure.AMBIGUOUS, f"the connector broke: {type(error).__name__}")
        else:
            await self._settle(delivery, DeliveryState.DELIVERED, version, reason=_KEPT if taken is Taken.KEPT else None)

    async def _fail(self, delivery: Delivery, version: Version | None, failure: Failure, reason: str) -> None:
        expired = is_expired(self._config.retry, delivery.first_due, self._around.clock.now())
        state = settle(failure, expired=expired, idempotent=self._config.idempotent)
        emit(DeliveryFailed(self._config.name, delivery.id, failure.value, state.value, delivery.attempts))
        await self._settle(delivery, state, None if failure is Failure.TRANSIENT else version, reason=f"{failure.value}: {reason}")

    async def _settle(self, delivery: Delivery, state: DeliveryState, seen: Version | None, *, reason: str | None = None) -> None:
        """seen: the version that the other side has, or may have, seen; it is accounted. Goes on until the store has taken it."""
        now = self._around.clock.now()
        again = next_attempt(self._config.retry, max(1, delivery.attempts), now) if state is DeliveryState.WAITING else None
        if again is not None:
            self._soonest = min(again, self._soonest or again)

        def work(tx: Transaction) -> None:
            tx.settle(delivery.id, state, now=now, not_before=again, reason=reason)
            if seen is not None:
                tx.audit(self._disclosure(seen, delivery, now))

        while True:
            try:
                await self._around.store.submit(work)
                return emit(DeliverySettled(self._config.name, delivery.id, state.value, (now - delivery.first_due).total_seconds()))
            except StoreClosed:
                raise
            except LeaseLost as error:  # another hub took this one for gone, and has it in hand now
                return emit(WorkerFailed(f"delivery to {self._config.name}", type(error).__name__))
            except StoreError as error:
                emit(WorkerFailed(f"delivery to {self._config.name}", type(error).__name__))
                await asyncio.sleep(_PAUSE)

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
