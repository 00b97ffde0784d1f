"""The writer of a hub: batches, what becomes of those that fail, and of those whose connection goes.

    BEGIN ─ (work)* ─ seal ─ COPY ─ COMMIT           hub.store.postgresql.work has the seal

A batch that another hub has overtaken runs again under the seal. One that the database refuses runs again piece by piece, so that the
piece that is to blame fails alone. One whose connection is gone waits for a new one, and runs again: but where the COMMIT had been sent,
the server is asked first what became of it. So a piece of work may run more than once, and takes effect once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import Any, Final

import psycopg
from psycopg.pq import TransactionStatus

from hub.core.errors import StoreAway, StoreError
from hub.store.postgresql.database import connect, failure, is_away
from hub.store.postgresql.registrar import Registrar
from hub.store.postgresql.transaction import PostgresqlTransaction
from hub.store.postgresql.work import Stale
from hub.store.relational.group_commit import GroupCommit, Outcome, Submitted, Watch, watch_nothing

__all__ = ["Writer"]

_FIRST_PAUSE: Final = 0.02  # seconds before a second try to connect; each pause is twice the one before
_LONGEST_PAUSE: Final = 1.0

_Batch = Sequence[Submitted[PostgresqlTransaction]]


class _Away(Exception):
    """The connection is gone. batch: its number, where the COMMIT had been sent."""

    def __init__(self, batch: int | None = None, outcomes: Sequence[Outcome] = ()) -> None:
        super().__init__()
        self.batch = batch
        self.outcomes = outcomes


class Writer:
    """patience: seconds for which work waits for a database that is away."""

    def __init__(self, url: str, registrar: Registrar, *, queue_limit: int, batch_limit: int, patience: float) -> None:
        self._url = url
        self._registrar = registrar
        self._patience = patience
        self._connection = connect(url)
        self._tune()
        self._transaction = PostgresqlTransaction(self._connection, registrar)
        self._group: GroupCommit[PostgresqlTransaction] = GroupCommit(self._commit, queue_limit=queue_limit, batch_limit=batch_limit)
        self.watch: Watch = watch_nothing
        self.submit = self._group.submit

    def close(self) -> None:
        self._group.close()
        self._connection.close()

    def _tune(self) -> None:
        """Each of its queries finds a few rows by a key; a plan made while the tables were empty must not scan them when they are full."""
        self._connection.execute(
            "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; "
            "SET plan_cache_mode = force_generic_plan"  # planning took longer than what was planned
        )

    def _commit(self, batch: _Batch) -> Sequence[Outcome]:
        """What became of each piece, whatever happens."""
        sealed, until = False, time.monotonic() + self._patience
        while True:
            try:
                return self._attempt(batch, sealed=sealed)
            except Stale:
                sealed = True
            except _Away as away:
                known = self._outcomes_of(batch, away, until)
                if known is not None:
                    return known
            except BaseException as error:  # noqa: BLE001 - whatever it is belongs to a caller, and the writer lives on
                if len(batch) == 1:
                    return _all(batch, failure(error, "write") if isinstance(error, psycopg.Error) else error)
                return [outcome for piece in batch for outcome in self._commit([piece])]

    def _attempt(self, batch: _Batch, *, sealed: bool) -> Sequence[Outcome]:
        began = perf_counter()
        with self._taken_back_on_failure():
            self._transaction.begin_batch(len(batch), sealed=sealed)
            outcomes = [self._run(work, future) for work, future in batch]
            number = self._transaction.write_batch()
        done = perf_counter()
        try:
            self._connection.execute("ROLLBACK" if number is None else "COMMIT")
        except psycopg.Error as error:
            if self._is_gone(error):
                raise _Away(number, outcomes) from error
            raise
        synced = perf_counter()
        self.watch(len(batch), synced - began, synced - done)
        return outcomes

    @contextmanager
    def _taken_back_on_failure(self) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            if isinstance(error, StoreAway) or (isinstance(error, psycopg.Error) and self._is_gone(error)):
                raise _Away from error
            try:
                self._connection.execute("ROLLBACK")
            except psycopg.Error as second:
                raise _Away from second
            raise

    def _run(self, work: Callable[[PostgresqlTransaction], Any], future: asyncio.Future[Any]) -> Outcome:
        transaction = self._transaction
        transaction.begin()
        try:
            result = work(transaction)
            transaction.finish()
        except (Stale, StoreAway):
            raise
        except BaseException as error:
            if self._connection.info.transaction_status is not TransactionStatus.INTRANS:
                raise  # the database refused something: the batch can no longer be cut into its pieces
            transaction.undo()
            return future, None, error
        return future, result, None

    def _is_gone(self, error: psycopg.Error) -> bool:
        return self._connection.closed or is_away(error)

    def _outcomes_of(self, batch: _Batch, away: _Away, until: float) -> Sequence[Outcome] | None:
        """Of a batch whose connection went; None where it is to run again."""
        try:
            if self._is_committed(away.batch, until):
                return away.outcomes
        except StoreError as error:
            return _all(batch, error)
        if time.monotonic() > until:
            return _all(batch, StoreAway("the database went away again and again"))
        return None

    def _is_committed(self, batch: int | None, until: float) -> bool:
        """On a new connection. Raises StoreAway where there is none in time."""
        self._reconnect(until)
        while batch is not None:
            try:
                return self._transaction.is_committed(batch)
            except psycopg.Error:
                self._reconnect(until)
        return False

    def _reconnect(self, until: float) -> None:
        pause = _FIRST_PAUSE
        while True:
            self._connection.close()
            try:
                self._connection = connect(self._url)
                self._tune()
                self._transaction.use(self._connection)
                self._registrar.forget()
            except (StoreAway, psycopg.Error) as error:
                if time.monotonic() + pause > until:
                    raise StoreAway("the database could not be reached for too long") from error
                time.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                return


def _all(batch: _Batch, error: BaseException) -> list[Outcome]:
    return [(future, None, error) for _, future in batch]
