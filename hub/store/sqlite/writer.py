"""The writer of the file: BEGIN ─ (SAVEPOINT work RELEASE)* ─ COMMIT for each batch (hub.store.relational.group_commit).

A piece that raises is rolled back to its savepoint and only its caller hears of it.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from time import perf_counter
from typing import Any

from hub.core.errors import StoreError
from hub.store.relational.group_commit import GroupCommit, Outcome, Submitted, Watch, watch_nothing
from hub.store.sqlite.database import Connection, failure_name
from hub.store.sqlite.transaction import SqliteTransaction
from hub.store.sqlite.work import BatchLost

__all__ = ["Writer"]


class Writer:
    def __init__(self, connection: Connection, *, queue_limit: int, batch_limit: int) -> None:
        self._connection = connection
        self._transaction = SqliteTransaction(connection)
        self._group: GroupCommit[SqliteTransaction] = GroupCommit(self._commit, queue_limit=queue_limit, batch_limit=batch_limit)
        self.watch: Watch = watch_nothing
        self.submit = self._group.submit
        self.close = self._group.close

    def _commit(self, batch: list[Submitted[SqliteTransaction]]) -> list[Outcome]:
        began = perf_counter()
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            outcomes = [self._attempt(work, future) for work, future in batch]
            done = perf_counter()
            self._connection.execute("COMMIT")
        except (sqlite3.Error, BatchLost) as error:
            self._take_back()
            return [(future, None, _to_store_error(error)) for _, future in batch]
        self._transaction.batch_is_kept()
        synced = perf_counter()
        self.watch(len(batch), synced - began, synced - done)
        return outcomes

    def _attempt(self, work: Callable[[SqliteTransaction], Any], future: asyncio.Future[Any]) -> Outcome:
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
