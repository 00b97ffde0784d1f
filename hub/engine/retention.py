"""Retention: what is past its time goes, a slice at a time, so that nobody who waits for an answer waits for it.

    find a slice (a reader) ─► remove it (one piece of the writer's work) ─► pause, longer than that took ─► the next

Once a day, by one hub of those that share a store. A run that was broken off goes on the next day: what is gone is gone.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from hub.core.errors import StoreBusy, StoreClosed, StoreError
from hub.core.ports import Clock
from hub.core.visibility import Visibility
from hub.engine.configuration import Retention
from hub.engine.events import MessagesPruned, VersionsPruned, WorkerFailed, emit
from hub.store.contract import Store, Transaction
from hub.store.rows import AuditRow, Expired, Pruned, Shelf

__all__ = ["RetentionWorker", "count_expired", "prune"]

_SYSTEM = Visibility.system("retention")
_TURN: Final = "retention"
_EVERY: Final = timedelta(days=1)
_LOOK: Final = 600.0  # seconds between two looks whether it is time
_SLICE: Final = 200  # rows: some milliseconds of the writer
_REST: Final = 9.0  # for each second of the writer, so many for everybody else
_LEAST: Final = 0.02  # seconds of pause
_BUSY: Final = 1.0  # seconds until the next try where the writer had no room

Told = Callable[[Shelf, int], None]
"""Is told after each slice how much of it went."""


async def count_expired(store: Store, retention: Retention, now: datetime) -> Pruned:
    """What a run would remove. Nothing is done."""
    counts: dict[Shelf, Counter[str]] = {shelf: Counter() for shelf in Shelf}
    for shelf, before in _limits(retention, now).items():
        after: tuple[int, ...] | None = None
        while True:
            found = await store.expired(_SYSTEM, shelf, before=before, after=after)
            counts[shelf].update(found.counts)
            if (after := found.after) is None:
                break
    return Pruned(counts[Shelf.ARCHIVE], counts[Shelf.HISTORY])


async def prune(
    store: Store, retention: Retention, now: datetime, *, author: str | None = None, told: Told = lambda _shelf, _count: None
) -> Pruned:
    """All that is past its time goes. author: who asked for it, where a person did. Raises StoreError; what went by then is counted."""
    before = await store.pruned(_SYSTEM)
    for shelf, limit in _limits(retention, now).items():
        await _prune(store, shelf, limit, told)
    done = _since(before, await store.pruned(_SYSTEM))
    if done.archive or done.history:
        await store.submit(lambda tx: tx.audit(_account(retention, done, author, now)))
    for source, count in done.archive.items():
        emit(MessagesPruned(source, count))
    for type_, count in done.history.items():
        emit(VersionsPruned(type_, count))
    return done


async def _prune(store: Store, shelf: Shelf, before: datetime, told: Told) -> None:
    after: tuple[int, ...] | None = None
    while True:
        found = await store.expired(_SYSTEM, shelf, before=before, after=after, limit=_SLICE)
        if found.keys:
            told(shelf, await _remove(store, found))
        if (after := found.after) is None:
            return


async def _remove(store: Store, found: Expired) -> int:
    """And rest: the longer it had to wait for its place among the messages, the longer."""
    clock = asyncio.get_running_loop().time
    while True:
        began = clock()
        try:
            removed = await store.submit(partial(_take_away, found))
        except StoreBusy:
            await asyncio.sleep(_BUSY)
            continue
        await asyncio.sleep(max(_LEAST, _REST * (clock() - began)))
        return removed


def _take_away(found: Expired, tx: Transaction) -> int:
    return tx.prune(found)


def _limits(retention: Retention, now: datetime) -> dict[Shelf, datetime]:
    """What is from before goes."""
    kept = {Shelf.ARCHIVE: retention.archive, Shelf.HISTORY: retention.history}
    return {shelf: now - lasting for shelf, lasting in kept.items() if lasting is not None}


def _since(before: Pruned, after: Pruned) -> Pruned:
    return Pruned(Counter(after.archive) - Counter(before.archive), Counter(after.history) - Counter(before.history))


def _account(retention: Retention, done: Pruned, author: str | None, now: datetime) -> AuditRow:
    """One row for a run: that something was removed by the rule, and how much."""
    kept = ", ".join(
        f"{shelf} {lasting.days} d" for shelf, lasting in (("archive", retention.archive), ("history", retention.history)) if lasting
    )
    counts = f"{sum(done.archive.values())} messages, {sum(done.history.values())} versions"
    return AuditRow(
        at=now,
        client="calder retention",
        organisation=None,
        user=author,
        purpose="HSYSADMIN",
        action="D",
        interaction="retention",
        outcome="0",
        basis=f"retention {kept}: {counts}",
    )


class RetentionWorker:
    """Between `start` and `stop`. One that has nothing to do looks for nothing."""

    def __init__(self, store: Store, retention: Retention, clock: Clock) -> None:
        self._store = store
        self._retention = retention
        self._clock = clock
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._retention != Retention():
            self._task = asyncio.create_task(self._run(), name="retention")

    async def stop(self) -> None:
        """A slice that is under way is finished by the store; the rest waits for the next day."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                await self._take_turn(self._clock.now())
            except StoreClosed:
                return
            except StoreError as error:
                emit(WorkerFailed("retention", type(error).__name__))
            await asyncio.sleep(_LOOK)

    async def _take_turn(self, now: datetime) -> None:
        if await self._store.submit(lambda tx: tx.take_turn(_TURN, now, _EVERY)):
            await prune(self._store, self._retention, now)
