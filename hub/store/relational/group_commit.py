"""The one writer of a hub: pieces of work, many to a commit.

    submit ──► queue ──► commit(batch) ──► every waiting caller at once

A batch is whatever has come while the batch before was being synced, so it needs no timer: alone, a piece of work waits for
nobody; under load, one sync serves many. Nobody hears anything good before the store's `commit` has returned.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, Generic, TypeVar

from hub.core.errors import StoreBusy, StoreClosed, StoreError

__all__ = ["GroupCommit", "Outcome", "Submitted", "Watch", "watch_nothing"]

T = TypeVar("T")
Tx = TypeVar("Tx")

# Results of works of many types stand in one queue; `submit` gives each caller back its own.
Submitted = tuple[Callable[[Tx], Any], "asyncio.Future[Any]"]
Outcome = tuple["asyncio.Future[Any]", Any, BaseException | None]
Watch = Callable[[int, float, float], None]
"""Told of each commit, on the writer's thread: how many pieces, seconds in all, seconds of the COMMIT alone (the disk's)."""


def watch_nothing(pieces: int, seconds: float, syncing: float) -> None:
    """Nobody watches."""


class GroupCommit(Generic[Tx]):
    """commit: gives what became of each piece of a batch; it raises nothing."""

    def __init__(self, commit: Callable[[list[Submitted[Tx]]], Sequence[Outcome]], *, queue_limit: int, batch_limit: int) -> None:
        self._commit = commit
        self._queue: SimpleQueue[Submitted[Tx] | None] = SimpleQueue()
        self._queue_limit = queue_limit
        self._batch_limit = batch_limit
        self._closing = False
        self._gate = Lock()  # between a submit and the close that must come after it
        self._thread = Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    async def submit(self, work: Callable[[Tx], T]) -> T:
        """The work goes on also when its caller is cancelled: what was handed over is done."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        with self._gate:
            if self._closing:
                raise StoreClosed("the store is closed")
            if self._queue.qsize() >= self._queue_limit:
                raise StoreBusy("too much work is queued")
            self._queue.put((work, future))
        return await future

    def close(self) -> None:
        """Blocks until what was submitted is done."""
        with self._gate:
            if not self._closing:
                self._closing = True
                self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        batch = self._next_batch()
        while batch:
            _deliver(self._outcomes(batch))
            batch = self._next_batch()

    def _outcomes(self, batch: list[Submitted[Tx]]) -> Sequence[Outcome]:
        """A writer that broke through a fault of its own tells who waits: a thread that died silently would let them wait for ever."""
        try:
            return self._commit(batch)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the writer lives on
            failure = StoreError(f"the writer broke: {type(error).__name__}")
            failure.__cause__ = error
            return [(future, None, failure) for _, future in batch]

    def _next_batch(self) -> list[Submitted[Tx]]:
        """Waits for a first piece, then takes what is there. Empty at the end; nothing comes after the end (`_gate`)."""
        first = self._queue.get()
        if first is None:
            return []
        batch = [first]
        while len(batch) < self._batch_limit and not self._queue.empty():
            following = self._queue.get_nowait()
            if following is None:
                self._queue.put(None)
                break
            batch.append(following)
        return batch


def _deliver(outcomes: Sequence[Outcome]) -> None:
    """One wake-up of each event loop for the whole batch."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Outcome]] = {}
    for outcome in outcomes:
        by_loop.setdefault(outcome[0].get_loop(), []).append(outcome)
    for loop, some in by_loop.items():
        try:
            loop.call_soon_threadsafe(_resolve, some)
        except RuntimeError:
            continue  # that loop has been closed: nobody is waiting any more


def _resolve(outcomes: list[Outcome]) -> None:
    for future, result, error in outcomes:
        if future.done():  # its caller was cancelled
            continue
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
