"""Messages that were answered when received: processed right behind, in order, many to a commit.

They are read from the store a page at a time, so that a backlog of millions costs no memory. What the store does not take for now is
tried again, and nothing of its lane overtakes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace

from hub.core.errors import StoreAway, StoreBusy, StoreClosed, StoreError
from hub.core.visibility import Visibility
from hub.engine.events import WorkerFailed, emit
from hub.engine.pending import Pending
from hub.engine.settlement import Settlement
from hub.engine.transform import poison
from hub.store.contract import Store
from hub.store.rows import Receipt

__all__ = ["Backlog"]

_PAGE = 512  # numbers read at once
_TOGETHER = 64  # handed to the store before the first of them is durable
_PAUSE = 0.5  # seconds, when the store took one not
_MOST_TRIES = 5  # of one message, where the store is there and will not have it
_SYSTEM = Visibility.system("pending messages")

_Prepared = tuple[Receipt, Settlement, int | None]


class Backlog:
    """Of all sources."""

    def __init__(self, store: Store, pending: Pending) -> None:
        self._store = store
        self._pending = pending
        self._after = 0  # the last message that was looked at
        self._from_the_start = False
        self._refused = (0, 0)  # the message that the store will not have, and how often it was tried
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """There is more, behind what is known."""
        self._idle.clear()
        self._wake.set()

    def begin_again(self) -> None:
        """There is more, and it may be older: another hub has left it."""
        self._from_the_start = True
        self.wake()

    def start(self) -> None:
        self.wake()
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """What is begun is finished; the rest stays pending in the archive, and is taken up at the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def drain(self) -> None:
        """Until everything that is there is processed."""
        await self._idle.wait()

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self._work_off()
            except StoreClosed:
                return
            except Exception as error:  # noqa: BLE001 -- a backlog that dies silently processes nothing for ever
                emit(WorkerFailed("backlog", type(error).__name__))
                await asyncio.sleep(_PAUSE)
                self._wake.set()
            if not self._wake.is_set():
                self._idle.set()

    async def _work_off(self) -> None:
        while True:
            if self._from_the_start:
                self._after, self._from_the_start = 0, False
            page = await self._store.in_hand(self._after, _PAGE)
            if not page:
                return
            for at in range(0, len(page), _TOGETHER):
                together = page[at : at + _TOGETHER]
                self._after = together[0] - 1
                await self._settle(together)
                self._after = together[-1]

    async def _settle(self, numbers: Sequence[int]) -> None:
        """All are read and mapped, then handed to the store in order. Raises where one of them is to be tried again."""
        found = [each for each in await asyncio.gather(*map(self._find, numbers)) if each is not None]
        prepared = await asyncio.gather(*(self._pending.prepare(receipt, ordered=True) for receipt in found))
        ready = list(_in_lanes(found, prepared))
        results = await asyncio.gather(
            *(self._pending.submit(settlement, receipt, after=after) for receipt, settlement, after in ready), return_exceptions=True
        )
        for (receipt, settlement, _), result in zip(ready, results, strict=True):
            if isinstance(result, BaseException):
                await self._refuse(receipt, settlement, result)

    async def _refuse(self, receipt: Receipt, settlement: Settlement, error: BaseException) -> None:
        """It stays where it is and is tried again, first of all. One that the store will not have though it is there is poison."""
        if not isinstance(error, StoreError):
            emit(WorkerFailed("backlog", type(error).__name__))
            return
        self._after = receipt.id - 1
        if isinstance(error, StoreAway | StoreBusy | StoreClosed):
            raise error
        number, tries = self._refused
        self._refused = (receipt.id, tries + 1 if number == receipt.id else 1)
        if self._refused[1] < _MOST_TRIES:
            raise error
        await self._give_up(receipt, settlement, error)

    async def _give_up(self, receipt: Receipt, settlement: Settlement, error: StoreError) -> None:
        await self._pending.submit(replace(settlement, outcome=poison(error)), receipt)
        self._from_the_start = True  # those behind it have let it go first

    async def _find(self, receipt: int) -> Receipt | None:
        return await self._store.receipt(_SYSTEM, receipt)


def _in_lanes(found: Sequence[Receipt], prepared: Sequence[Settlement | None]) -> Iterator[_Prepared]:
    """Each with the message of its lane that goes before it here."""
    last: dict[str, int] = {}
    for receipt, settlement in zip(found, prepared, strict=True):
        if settlement is None:
            continue
        before = None if settlement.lane is None else last.get(settlement.lane)
        if settlement.lane is not None:
            last[settlement.lane] = receipt.id
        yield receipt, settlement, before
