"""A backup is whole or is none, is made beside a running hub, and what is made from it sends nothing a second time."""

import asyncio
import json
import shutil
import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.app.backups import backup_store, restore_store
from hub.app.retaining import count_now, prune_now
from hub.app.stores import open_store
from hub.cli.bench.samples import nhs_numbers, reading, registration
from hub.core.errors import StoreError
from hub.core.lifecycle import DeliveryState, MessageState
from hub.core.visibility import Visibility
from hub.engine.configuration import Retention
from hub.fhir.search.query import Query
from hub.store.rows import Arrival, NewDelivery, NewVersion, Version
from tests.acceptance.mllp_sender import Sender

CALDER = str(Path(sys.executable).with_name("calder"))
SYSTEM = Visibility.system("test")
NOW = datetime(2026, 3, 1, tzinfo=UTC)
STATES = ("due", "waiting", "in-flight", "delivered", "dead")


@pytest.fixture(params=["sqlite", "postgresql"])
def addresses(request, tmp_path):
    """Of a store, and of a place for another of the same kind."""
    if request.param == "sqlite":
        yield f"sqlite:{tmp_path}/one/hub.db", f"sqlite:{tmp_path}/two/hub.db"
        return
    server = request.getfixturevalue("postgresql")
    for name in ("backed_up", "restored"):
        server.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}")
    yield server.url("backed_up"), server.url("restored")


def on(url, ask, **options):
    async def asked():
        store = open_store(url, **options)
        try:
            return await ask(store)
        finally:
            await store.close()

    return asyncio.run(asked())


def filled(url):
    """Messages, a resource with a history, and a delivery in each state."""

    def work(tx):
        for number in range(20):
            receipt = tx.archive(Arrival("lab", b"MSH|%d" % number * 50, b"d", NOW, control_id=str(number)))
            tx.move(receipt, MessageState.COMMITTED)
            tx.put(NewVersion(Version("Patient", "p", number + 1, NOW, b'{"resourceType":"Patient"}' * 9, person="p", receipt=receipt)))
        tx.bind_keys("p", [("nhs", "9990000018")])
        owed = {state: tx.owe(NewDelivery("ward", "Patient", "p", 1, "m", NOW, lane=state)) for state in STATES}
        assert len(tx.claim("ward", NOW, 10)) == len(STATES)
        for state in ("waiting", "delivered", "dead"):
            tx.settle(owed[state], DeliveryState(state), now=NOW)
        return owed | {"due": tx.owe(NewDelivery("ward", "Patient", "p", 2, "m", NOW, lane="fresh"))}

    return on(url, lambda store: store.submit(work))


async def everything(store):
    history = await store.history(SYSTEM, "Patient", "p", limit=99)
    receipts = await store.receipts(SYSTEM)
    bodies = [await store.archived(SYSTEM, receipt.id) for receipt in receipts]
    return history, receipts, bodies, await store.search(SYSTEM, Query("Patient")), await store.ledger(SYSTEM)


def test_what_is_restored_is_what_was_there_and_nothing_is_sent_again(addresses, tmp_path):
    one, two = addresses
    owed = filled(one)
    before = on(one, everything, read_only=True)
    manifest = backup_store(one, tmp_path / "backup")
    assert manifest.messages == 20
    restore_store(tmp_path / "backup", two, resume_deliveries=False)
    after = on(two, everything, read_only=True)
    assert after[:4] == before[:4]
    assert after[4].sources == before[4].sources
    assert after[4].balanced
    found = {each.id: each for each in on(two, lambda store: store.deliveries(SYSTEM), read_only=True)}
    assert {each.state for each in found.values()} == {DeliveryState.DEAD, DeliveryState.DELIVERED}
    assert found[owed["delivered"]].state is DeliveryState.DELIVERED
    assert found[owed["due"]].reason.startswith("held")
    assert found[owed["waiting"]].reason.startswith("held")
    assert found[owed["in-flight"]].reason.startswith("ambiguous")
    assert not found[owed["dead"]].reason
    assert on(two, lambda store: store.submit(lambda tx: tx.claim("ward", NOW + timedelta(days=9), 10))) == []


def test_a_restored_store_goes_on(addresses, tmp_path):
    """Numbers go on after the last, a held delivery can be revived, and the books balance."""
    one, two = addresses
    owed = filled(one)
    backup_store(one, tmp_path / "backup")
    restore_store(tmp_path / "backup", two, resume_deliveries=False)

    def work(tx):
        receipt = tx.archive(Arrival("lab", b"MSH|new", b"d", NOW, control_id="new"))
        tx.put(NewVersion(Version("Patient", "q", 1, NOW, b"{}", person="q", receipt=receipt)))
        tx.settle(owed["due"], DeliveryState.DUE, now=NOW)
        return receipt, tx.owe(NewDelivery("new ward", "Patient", "q", 1, "m", NOW))

    receipt, delivery = on(two, lambda store: store.submit(work))
    assert receipt > 20
    assert delivery > max(owed.values())
    assert on(two, lambda store: store.ledger(SYSTEM), read_only=True).balanced
    claimed = on(two, lambda store: store.submit(lambda tx: tx.claim("ward", NOW, 10)))
    assert [each.id for each in claimed] == [owed["due"]]


def test_deliveries_go_on_where_a_person_says_so(addresses, tmp_path):
    one, two = addresses
    owed = filled(one)
    backup_store(one, tmp_path / "backup")
    restore_store(tmp_path / "backup", two, resume_deliveries=True)
    found = {each.id: each.state for each in on(two, lambda store: store.deliveries(SYSTEM), read_only=True)}
    assert (found[owed["due"]], found[owed["waiting"]]) == (DeliveryState.DUE, DeliveryState.WAITING)


def test_a_store_that_has_messages_is_never_written_over(addresses, tmp_path):
    one, two = addresses
    filled(one)
    filled(two)
    backup_store(one, tmp_path / "backup")
    before = on(two, everything, read_only=True)
    with pytest.raises(StoreError, match=r"has messages|not empty"):
        restore_store(tmp_path / "backup", two, resume_deliveries=False)
    assert on(two, everything, read_only=True) == before


SPOILT = {
    "cut": ("damaged", lambda file, folder: file.write_bytes(file.read_bytes()[:-100])),
    "one bit": ("damaged", lambda file, folder: file.write_bytes(file.read_bytes()[:50] + b"\xff" + file.read_bytes()[51:])),
    "a file missing": ("missing", lambda file, folder: file.unlink()),
    "no manifest": ("not a whole backup", lambda file, folder: (folder / "manifest.json").unlink()),
    "newer": ("newer", lambda file, folder: rewritten(folder, schema=999)),
    "of another kind": ("restore it with", lambda file, folder: rewritten(folder, kind="punched cards")),
}


def rewritten(folder, **fields):
    file = folder / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | fields))


@pytest.mark.parametrize("case", SPOILT)
def test_what_is_not_whole_is_refused_before_anything_is_written(addresses, tmp_path, case):
    one, two = addresses
    filled(one)
    backup_store(one, tmp_path / "backup")
    said, spoil = SPOILT[case]
    file = max((tmp_path / "backup").glob("*.*"), key=lambda file: file.stat().st_size)
    spoil(file, tmp_path / "backup")
    with pytest.raises(StoreError, match=said):
        restore_store(tmp_path / "backup", two, resume_deliveries=False)
    with pytest.raises(StoreError):
        open_store(two, read_only=True)


def test_a_backup_never_goes_over_another_and_leaves_nothing_half(addresses, tmp_path):
    one, _ = addresses
    filled(one)
    (tmp_path / "backup").mkdir()
    with pytest.raises(StoreError, match="there already"):
        backup_store(one, tmp_path / "backup")
    assert [path.name for path in tmp_path.iterdir() if "unfinished" in path.name] == []


def test_a_hub_under_traffic_is_backed_up_and_everything_acknowledged_before_is_there(serve, tmp_path):
    """And the planted fault: the file copied without its log is not what was acknowledged."""
    hub = serve()
    people = nhs_numbers(5)
    acknowledged, stop = [], threading.Event()

    def send():
        sender = Sender(hub.mllp)
        for number, person in enumerate(people):
            assert sender.send(registration(number, person)).code == "AA"
        number = 0
        while not stop.is_set():
            number += 1
            assert sender.send(reading(number, people[number % 5])).code == "AA"
            acknowledged.append(f"R{number:09}")
        sender.socket.close()

    thread = threading.Thread(target=send)
    thread.start()
    try:
        while len(acknowledged) < 30:
            assert thread.is_alive()
        first = list(acknowledged)
        naive = tmp_path / "naive" / "hub.db"
        naive.parent.mkdir()
        shutil.copyfile(hub.data / "hub.db", naive)
        done = subprocess.run(
            [CALDER, "backup", str(tmp_path / "backup"), "--data", str(hub.data), "--json"], capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
        during = list(acknowledged)
        while len(acknowledged) < len(during) + 5:
            assert thread.is_alive()
    finally:
        stop.set()
        thread.join()
    done = subprocess.run(
        [CALDER, "restore", str(tmp_path / "backup"), "--data", str(tmp_path / "restored")], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert missing_and_doubled(tmp_path / "restored" / "hub.db", first) == ([], [])
    assert (tmp_path / "restored" / "page.key").read_bytes() == (hub.data / "page.key").read_bytes()
    restored = serve(data=tmp_path / "restored")
    assert restored.ledger()["balanced"]
    assert missing_and_doubled(naive, first)[0]


def missing_and_doubled(path, acknowledged):
    connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    try:
        there = [control for (control,) in connection.execute("SELECT control_id FROM receipt WHERE state = 'committed'")]
    except sqlite3.DatabaseError:
        there = []
    finally:
        connection.close()
    return sorted(set(acknowledged) - set(there)), [one for one in acknowledged if there.count(one) > 1]


def test_retention_is_counted_then_done_by_hand(addresses):
    one, _ = addresses
    filled(one)
    policy = Retention(archive=timedelta(days=60), history=timedelta(days=60))
    counted = asyncio.run(count_now(one, policy))
    done = asyncio.run(prune_now(one, policy, user="mary", told=lambda _shelf, _count: None))
    assert counted == done
    assert (done.archive, done.history) == ({"lab": 20}, {"Patient": 17})  # versions 1 and 2 stand under open deliveries
    assert asyncio.run(count_now(one, policy)).archive == {}
    rows = on(one, lambda store: store.audit_rows(SYSTEM), read_only=True)
    assert [(row.user, row.action, row.person) for row in rows] == [("mary", "D", None)]
    assert on(one, lambda store: store.ledger(SYSTEM), read_only=True).balanced
