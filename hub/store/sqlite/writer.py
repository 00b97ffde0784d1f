"""The one writer: pieces of work, many to a commit.

    submit ──► queue ──► BEGIN ─ (SAVEPOINT work RELEASE)* ─ COMMIT ──► every waiting caller at once

A batch is whatever has come while the batch before was being synced, so it needs no timer: alone, a piece of work waits for
nobody; under load, one sync serves many. A piece that raises is rolled back to its savepoint and only its caller hears of it.
Nobody hears anything good before COMMIT has returned.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, TypeVar

from hub.core.errors import StoreBusy, StoreClosed, StoreError
from hub.store.sqlite.database import Connection, failure_name
from hub.store.sqlite.transaction import SqliteTransaction
from hub.store.sqlite.work import BatchLost

__all__ = ["Writer"]

T = TypeVar("T")

# Results of works of many types stand in one queue; `submit` gives each caller back its own.
_Work = tuple[Callable[[SqliteTransaction], Any], "asyncio.Future[Any]"]
_Outcome = tuple["asyncio.Future[Any]", Any, BaseException | None]


class Writer:
    def __init__(self, connection: Connection, *, queue_limit: int, batch_limit: int) -> None:
        self._connection = connection
        self._transaction = SqliteTransaction(connection)
        self._queue: SimpleQueue[_Work | None] = SimpleQueue()
        self._queue_limit = queue_limit
        self._batch_limit = batch_limit
        self._closing = False
        self._gate = Lock()  # between a submit and the close that must come after it
        self._thread = Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    async def submit(self, work: Callable[[SqliteTransaction], T]) -> T:
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
            _deliver(self._commit(batch))
            batch = self._next_batch()

    def _next_batch(self) -> list[_Work]:
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

    def _commit(self, batch: list[_Work]) -> list[_Outcome]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            outcomes = [self._attempt(work, future) for work, future in batch]
            self._connection.execute("COMMIT")
        except (sqlite3.Error, BatchLost) as error:
            self._take_back()
            return [(future, None, _to_store_error(error)) for _, future in batch]
        self._transaction.batch_is_kept()
        return outcomes

    def _attempt(self, work: Callable[[SqliteTransaction], Any], future: asyncio.Future[Any]) -> _Outcome:
        transaction = self._transaction
        transaction.begin()
        try:
            result = work(transaction)
            transaction.finish()
        except BatchLost:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever it raises belongs to its caller, and the writer lives on
            self._check_open()
            transaction.undo()
            return future, None, _to_store_error(error) if isinstance(error, sqlite3.Error) else error
        self._check_open()
        return future, result, None

    def _check_open(self) -> None:
        """SQLite itself ends the transaction on some failures (a full disk): then nothing of the batch is there."""
        if not self._connection.in_transaction:
            raise BatchLost("the store could not write")

    def _take_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        self._transaction.batch_is_lost()


def _to_store_error(error: BaseException) -> StoreError:
    """Names the kind of failure; SQLite's own texts name tables and columns, never values, and stay as the cause."""
    kind = failure_name(error) if isinstance(error, sqlite3.Error) else "the transaction was lost"
    failure = StoreError(f"the store could not write: {kind}")
    failure.__cause__ = error
    return failure


def _deliver(outcomes: list[_Outcome]) -> None:
    """One wake-up of each event loop for the whole batch."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Outcome]] = {}
    for outcome in outcomes:
        by_loop.setdefault(outcome[0].get_loop(), []).append(outcome)
    for loop, some in by_loop.items():
        try:
            loop.call_soon_threadsafe(_resolve, some)
        except RuntimeError:
            continue  # that loop has been closed: nobody is waiting any more


def _resolve(outcomes: list[_Outcome]) -> None:
    for future, result, error in outcomes:
        if future.done():  # its caller was cancelled
            continue
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
