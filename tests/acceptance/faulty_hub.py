"""Runs a hub with a planted fault, for tests that must see it: `python faulty_hub.py FAULT+FAULT calder serve …`."""

import sys
import time
from functools import partial

from hub.app import stores
from hub.cli import main
from hub.store.relational import group_commit
from hub.store.sqlite import store, writer


def leave_out_the_sync() -> None:
    """The log is written and never synced."""
    connect = store.connect_writer
    store.connect_writer = lambda path, _synchronous: connect(path, "OFF")


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


def short_lease() -> None:
    """Not a fault: what a hub leaves in flight is taken over after two seconds, so that a storm need not wait for it."""
    stores.postgresql.open_store = partial(stores.postgresql.open_store, lease=2.0)


FAULTS = {fault.__name__: fault for fault in (leave_out_the_sync, answer_before_the_commit, short_lease)}

if __name__ == "__main__":
    for name in sys.argv[1].split("+"):
        FAULTS[name]()
    del sys.argv[:2]
    main()
