"""`calder bench limits`: what this machine allows. The disk's sync, a bare group-commit loop on SQLite, a bare split."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from statistics import median
from time import perf_counter

from hub.cli.bench.by_hand import split_fields
from hub.cli.bench.figures import Figure, Limit
from hub.cli.bench.measuring import cpu_microseconds, percentiles
from hub.cli.bench.samples import nhs_numbers, reading

__all__ = ["Also", "BareStore", "bench_limits", "keep_bare", "sync_milliseconds"]

_SCHEMA = (
    """CREATE TABLE receipt (id INTEGER PRIMARY KEY, source INTEGER, control_id TEXT, message_type TEXT, digest BLOB,
    received INTEGER, state TEXT, answer BLOB, ack_code TEXT)""",
    "CREATE INDEX receipt_by_control_id ON receipt (source, control_id)",
    "CREATE TABLE archive (receipt INTEGER PRIMARY KEY, body BLOB)",
    "CREATE TABLE version (key INTEGER PRIMARY KEY, id TEXT, version INTEGER, body BLOB)",
    "CREATE TABLE entry (term INTEGER, resource INTEGER, PRIMARY KEY (term, resource)) WITHOUT ROWID",
)
_ANSWER = b"MSH|^~\\&|CALDER|HUB|GATEWAY||20260101000000||ACK^R01^ACK|00000000000000000000|P|2.6\rMSA|AA|R000000001\r"


class BareStore:
    """SQLite with WAL and synchronous FULL, and nothing that a hub does: a row for the receipt, a row for the bytes, a commit."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = FULL")
        for statement in _SCHEMA:
            self.connection.execute(statement)

    @contextmanager
    def commit(self) -> Iterator[sqlite3.Connection]:
        """One group commit."""
        self.connection.execute("BEGIN IMMEDIATE")
        yield self.connection
        self.connection.execute("COMMIT")

    def keep(self, connection: sqlite3.Connection, number: int, body: bytes) -> None:
        connection.execute(
            "INSERT INTO receipt VALUES (?, 1, ?, 'ORU^R01', ?, ?, 'pending', ?, 'AA')",
            (number, f"R{number:09}", sha256(body).digest(), number, _ANSWER),
        )
        connection.execute("INSERT INTO archive VALUES (?, ?)", (number, body))

    def close(self) -> None:
        self.connection.close()


Also = Callable[[BareStore, int, bytes], None]
"""What is done for each message besides keeping it."""


def keep_bare(path: Path, messages: Callable[[int], bytes], *, seconds: float, batch: int, also: Also | None = None) -> tuple[int, float]:
    """How many messages were kept, `batch` to a commit, and in how long."""
    store = BareStore(path)
    number, begun = 0, perf_counter()
    try:
        while (spent := perf_counter() - begun) < seconds:
            with store.commit() as connection:
                for _ in range(batch):
                    number += 1
                    body = messages(number)
                    store.keep(connection, number, body)
                    if also is not None:
                        also(store, number, body)
    finally:
        store.close()
    return number, spent


def sync_milliseconds(folder: Path, *, times: int = 100) -> list[float]:
    """Each: 4 KiB appended to a file, and synced."""
    found: list[float] = []
    with (folder / "sync").open("wb", buffering=0) as file:
        for _ in range(times):
            file.write(bytes(4096))
            begun = perf_counter()
            os.fdatasync(file.fileno())
            found.append((perf_counter() - begun) * 1000)
    return found


def bench_limits(folder: Path, *, rounds: int = 3, seconds: float = 1.0, batch: int = 64) -> Sequence[Figure]:
    person = nhs_numbers(1)[0]
    half, slow = percentiles(sync_milliseconds(folder))
    found: dict[int, list[float]] = {1: [], batch: []}
    for turn in range(rounds):
        for size, rates in found.items():
            kept, spent = keep_bare(folder / f"{size}-{turn}.db", lambda number: reading(number, person), seconds=seconds, batch=size)
            rates.append(kept / spent)
    one, many = (median(rates) for rates in found.values())
    raw = reading(1, person)
    [split] = cpu_microseconds([lambda: split_fields(raw)], rounds=rounds)
    syncs = Limit("syncs of the disk alone", 1000 / half)
    return [
        Figure("sync_p50", "the disk: 4 KiB appended and synced, p50", half, "ms"),
        Figure("sync_p99", "the same, p99", slow, "ms"),
        Figure("commits_of_one", "bare SQLite, one message to a commit", one, "/s", syncs),
        Figure("group_commit", f"bare SQLite, {batch} messages to a commit", many, "/s", Limit("one message to a commit", one)),
        Figure("split", "a PCD-01 message split by hand", split, "µs"),
    ]
