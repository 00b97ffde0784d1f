"""Messages that were answered when received: processed right behind, in order, many to a commit."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import starmap

from hub.core.errors import StoreClosed
from hub.core.visibility import Visibility
from hub.engine.events import WorkerFailed, emit
from hub.engine.pending import Pending
from hub.store.contract import Store
from hub.store.rows import Receipt

__all__ = ["Backlog"]

_TOGETHER = 64  # handed to the store before the first of them is durable
_SYSTEM = Visibility.system("pending messages")


class Backlog:
    """Of all sources. It holds ids only: the bytes are in the archive."""

    def __init__(self, store: Store, pending: Pending) -> None:
        self._store = store
        self._pending = pending
        self._ids: asyncio.Queue[int] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    def add(self, receipt: int) -> None:
        self._ids.put_nowait(receipt)

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """What is begun is finished; the rest stays pending in the archive, and is taken up at the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def drain(self) -> None:
        """Until everything that has been added is processed."""
        await self._ids.join()

    async def _run(self) -> None:
        while True:
            batch = [await self._ids.get()]
            while len(batch) < _TOGETHER and not self._ids.empty():
                batch.append(self._ids.get_nowait())
            await self._settle(batch)
            for _ in batch:
                self._ids.task_done()

    async def _settle(self, receipts: Sequence[int]) -> None:
        """All are read and mapped, then handed to the store in order."""
        try:
            found = [each for each in await asyncio.gather(*map(self._find, receipts)) if each is not None]
            prepared = await asyncio.gather(*(self._pending.prepare(receipt, ordered=True) for receipt in found))
            pairs = [(settlement, receipt) for settlement, receipt in zip(prepared, found, strict=True) if settlement is not None]
            results = await asyncio.gather(*starmap(self._pending.submit, pairs), return_exceptions=True)
        except StoreClosed:
            return
        for result in results:
            if isinstance(result, BaseException):
                emit(WorkerFailed("backlog", type(result).__name__))

    async def _find(self, receipt: int) -> Receipt | None:
        return await self._store.receipt(_SYSTEM, receipt)
