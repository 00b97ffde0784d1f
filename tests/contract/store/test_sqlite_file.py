"""The file: who may write it, who may read beside, what happens when the disk says no."""

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from hub.core.errors import StoreError
from hub.core.lifecycle import MessageState
from hub.fhir.search.query import Query
from hub.store.rows import AuditRow, NewVersion
from hub.store.sqlite import open_store
from hub.store.sqlite.database import latest_migration


@pytest.fixture
def kind():
    return "sqlite"


def test_a_second_hub_is_refused_and_a_reader_is_not(world, tmp_path):
    path = tmp_path / "calder.db"
    world.receive(MessageState.PARKED)
    with pytest.raises(StoreError, match="another hub"):
        open_store(path)
    beside = open_store(path, read_only=True)
    assert world.run(beside.ledger(world.system)).sources["lab"]["parked"] == 1
    world.receive(MessageState.PARKED)
    assert world.run(beside.ledger(world.system)).sources["lab"]["parked"] == 2
    for call in (lambda: beside.submit(lambda _: None), lambda: beside.recover(world.now)):
        with pytest.raises(StoreError, match="read-only"):
            world.run(call())
    world.run(beside.close())
    world.receive()


def test_a_second_process_is_refused_until_the_first_is_gone(tmp_path):
    path = tmp_path / "calder.db"
    program = (
        f"import time; from hub.store.sqlite import open_store; s = open_store({str(path)!r}); print('open', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(StoreError, match="another hub"):
            open_store(path)
        other.kill()
    asyncio.run(open_store(path).close())


def test_the_file_is_for_its_owner_only(world, tmp_path):
    for name in ("calder.db", "calder.db.lock"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_a_store_that_nobody_runs_can_be_read(opening, tmp_path, world):
    world.receive()
    world.run(world.store.close())
    reader = open_store(tmp_path / "calder.db", read_only=True)
    assert len(world.run(reader.receipts(world.system))) == 1
    world.run(reader.close())


@pytest.mark.parametrize("read_only", [True, False])
def test_what_is_not_ours_is_left_alone(tmp_path, read_only):
    foreign, text, newer = tmp_path / "foreign.db", tmp_path / "text.db", tmp_path / "newer.db"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    text.write_bytes(b"dear diary " * 100)
    asyncio.run(open_store(newer).close())
    connection = sqlite3.connect(newer, isolation_level=None)
    connection.execute(f"PRAGMA user_version = {latest_migration() + 1}")
    connection.close()
    before = foreign.read_bytes()
    for path, said in ((foreign, "not a store"), (text, "SQLITE_NOTADB"), (newer, "newer")):
        with pytest.raises(StoreError, match=said):
            open_store(path, read_only=read_only)
    assert before[100:] == foreign.read_bytes()[100:]  # at most the header's journal mode was touched
    with pytest.raises(StoreError):
        open_store(tmp_path / "nothing.db", read_only=True)


def run_together(store, *works):
    async def together():
        return await asyncio.gather(*(store.submit(work) for work in works), return_exceptions=True)

    return asyncio.run(together())


def test_a_commit_that_fails_fails_every_work_of_its_batch(world):
    """The commit is made to fail by a deferred foreign key, as a full disk would; nothing of the batch stays."""
    gate = threading.Event()

    def bad_reference(tx):
        gate.wait(5)
        tx.put(NewVersion(world.version("Patient/p")))
        tx._connection.execute("PRAGMA defer_foreign_keys = ON")
        tx._write("INSERT INTO archive (receipt, source, packing, body) VALUES (999, 1, 0, x'00')", ())

    async def together():
        first = asyncio.create_task(world.store.submit(lambda _: time.sleep(0.05)))
        await asyncio.sleep(0.01)  # the next three are one batch
        gate.set()
        works = [lambda tx: tx.archive(world.arrival("1")), bad_reference, lambda tx: tx.bind_keys("p", [("nhs", "1")])]
        outcomes = await asyncio.gather(*(world.store.submit(work) for work in works), return_exceptions=True)
        await first
        return outcomes

    outcomes = asyncio.run(together())
    assert [type(outcome) for outcome in outcomes] == [StoreError] * 3
    assert world.run(world.store.receipts(world.system)) == []
    assert world.run(world.store.read(world.system, "Patient", "p")) is None
    assert world.run(world.store.find_people(world.system, [("nhs", "1")])) == frozenset()
    assert world.run(world.store.ledger(world.system)).balanced
    world.submit(lambda tx: tx.bind_keys("q", [("nhs", "1")]))  # and the writer goes on
    world.receive()
    assert len(world.run(world.store.receipts(world.system))) == 1


def test_a_full_disk_fails_what_it_hits_and_loses_nothing(world):
    """max_page_count stands in for the disk; what was acknowledged before is there, what failed is not, and room helps."""
    world.receive(control_id="before")
    world.submit(lambda tx: tx._connection.execute("PRAGMA max_page_count = 90").fetchall())
    big = os.urandom(7000)  # nothing packs it
    outcomes = run_together(world.store, *(lambda tx, n=n: tx.archive(world.arrival(str(n), body=big)) for n in range(200)))
    kept = {outcome for outcome in outcomes if isinstance(outcome, int)}
    assert all(isinstance(outcome, int | StoreError) for outcome in outcomes)
    assert len(kept) < 200
    listed = {receipt.id for receipt in world.run(world.store.receipts(world.system, limit=500)) if receipt.control_id != "before"}
    assert listed == kept
    assert all(world.run(world.store.archived(world.system, number)) == big for number in kept)
    assert world.run(world.store.ledger(world.system)).balanced
    world.submit(lambda tx: tx._connection.execute("PRAGMA max_page_count = 100000").fetchall())
    world.receive(control_id="after")


def test_a_slow_search_does_not_hold_the_event_loop(world):
    """Other coroutines run while a search does."""
    for batch in range(4):

        def work(tx, batch=batch):
            for number in range(500):
                tx.put(NewVersion(world.version(f"Patient/{batch}-{number}", body=b"x" * 2000)))

        world.submit(work)

    async def watch():
        searching = asyncio.create_task(world.store.search(world.system, Query("Patient", count=2000, total=True)))
        turns = 0
        while not searching.done():
            await asyncio.sleep(0)
            turns += 1
        return turns, len((await searching).matches)

    turns, matches = asyncio.run(watch())
    assert matches == 2000
    assert turns > 10


def test_the_writer_syncs_each_commit(tmp_path: Path):
    """synchronous=FULL is what `open_store` gives: without it an acknowledged message can be lost with the power."""
    store = open_store(tmp_path / "durable.db")
    pragmas = asyncio.run(
        store.submit(
            lambda tx: [tx._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("synchronous", "journal_mode", "foreign_keys")]
        )
    )
    asyncio.run(store.close())
    assert pragmas == [2, "wal", 1]


def test_audit_rows_cannot_be_changed(world):
    world.submit(lambda tx: tx.audit(AuditRow(world.now, "gp", None, None, "TREAT", "R", "read", "0")))
    for sql in ("UPDATE audit SET client = 'x'", "DELETE FROM audit"):
        with pytest.raises(StoreError):
            world.submit(lambda tx, sql=sql: tx._write(sql, ()))
    assert len(world.run(world.store.audit_rows(world.system))) == 1


def test_the_ledger_notices_a_message_that_went_astray(world):
    """The planted fault: a receipt disappears, its arrival was counted."""
    receipt = world.receive()
    world.receive()
    world.submit(lambda tx: tx._connection.execute("PRAGMA defer_foreign_keys = ON").fetchall())
    world.submit(
        lambda tx: (
            tx._write("DELETE FROM archive WHERE receipt = ?", (receipt,)),
            tx._write("DELETE FROM receipt WHERE id = ?", (receipt,)),
        )
    )
    ledger = world.run(world.store.ledger(world.system))
    assert ledger.sources["lab"]["received"] == 2
    assert not ledger.balanced
