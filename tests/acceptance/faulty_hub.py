"""Runs a hub with a planted fault, for tests that must see it: `python faulty_hub.py FAULT+FAULT calder serve …`."""

import asyncio
import sys
import time
from functools import partial

from connectors.mllp import MllpDestination
from hub.app import stores
from hub.cli import main
from hub.engine import routing
from hub.sdk import Outbound
from hub.store.postgresql import database
from hub.store.postgresql import writer as postgresql_writer
from hub.store.postgresql.transaction import PostgresqlTransaction
from hub.store.relational import group_commit
from hub.store.sqlite import store, writer
from hub.store.sqlite.transaction import SqliteTransaction


def leave_out_the_sync() -> None:
    """The log is written and never synced."""
    connect = store.connect_writer
    store.connect_writer = lambda path, _synchronous: connect(path, "OFF")
    check = database._check_server

    def check_and_forget(connection: database.Connection) -> None:
        check(connection)
        connection.execute("SET synchronous_commit = off")

    database._check_server = check_and_forget


def answer_before_the_commit() -> None:
    """Everything is synced, and those who wait hear of it too early."""

    def commit(self: writer.Writer, batch: list) -> list:
        self._connection.execute("BEGIN IMMEDIATE")
        group_commit._deliver([self._attempt(work, future) for work, future in batch])
        time.sleep(0.05)
        self._connection.execute("COMMIT")
        self._transaction.batch_is_kept()
        return []

    writer.Writer._commit = commit

    def attempt(self: postgresql_writer.Writer, batch: list, *, sealed: bool) -> list:
        with self._taken_back_on_failure():
            self._transaction.begin_batch(len(batch), sealed=sealed)
            outcomes = [self._run(work, future) for work, future in batch]
            number = self._transaction.write_batch()
            group_commit._deliver(outcomes)
            time.sleep(0.05)
            self._connection.execute("ROLLBACK" if number is None else "COMMIT")
        return outcomes

    postgresql_writer.Writer._attempt = attempt


def forget_what_was_received() -> None:
    """The same message again is taken for a new one."""
    for transaction in (SqliteTransaction, PostgresqlTransaction):
        transaction.find_receipt = lambda *_: None


def settle_before_the_answer() -> None:
    """What is on its way counts as delivered."""
    send = MllpDestination.send
    sending = set()

    async def hand_over(self: MllpDestination, outbound: Outbound) -> None:
        task = asyncio.create_task(send(self, outbound))
        sending.add(task)
        task.add_done_callback(lambda done: (sending.discard(done), done.exception()))

    MllpDestination.send = hand_over


def forget_the_lane_of_deliveries() -> None:
    """What waits after a failure is overtaken."""
    routing._lane = lambda _: None


def short_lease() -> None:
    """Not a fault: what a hub leaves in flight is taken over after two seconds, so that a storm need not wait for it."""
    stores.postgresql.open_store = partial(stores.postgresql.open_store, lease=2.0)


FAULTS = {
    fault.__name__: fault
    for fault in (
        leave_out_the_sync,
        answer_before_the_commit,
        forget_what_was_received,
        settle_before_the_answer,
        forget_the_lane_of_deliveries,
        short_lease,
    )
}

if __name__ == "__main__":
    for name in sys.argv[1].split("+"):
        FAULTS[name]()
    del sys.argv[:2]
    main()
