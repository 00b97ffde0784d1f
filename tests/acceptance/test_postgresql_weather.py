"""The database restarts, is killed, is gone, is full of others' connections: nothing acknowledged is lost, nothing is there twice."""

import asyncio
import itertools
import time
from collections import Counter

import psycopg
import pytest

from hub.core.errors import StoreAway, StoreError
from hub.core.lifecycle import MessageState
from hub.core.visibility import Visibility
from hub.fhir.search.entries import TokenEntry
from hub.store.postgresql import open_store
from hub.store.postgresql.registrar import Registrar
from hub.store.postgresql.writer import Writer
from hub.store.rows import Arrival, NewDelivery, NewVersion, Version
from tests.acceptance.mllp_hub import Now
from tests.postgresql_server import PostgresqlServer

SYSTEM = Visibility.system("test")
NOW = Now().now()


@pytest.fixture
def server():
    """One that may be stopped."""
    made = PostgresqlServer()
    yield made
    made.remove()


def message(name):
    """Archive, record, state: in one piece. Not idempotent on purpose: done twice, it would be there twice."""

    def work(tx):
        receipt = tx.archive(Arrival("lab", name.encode(), b"d", NOW, control_id=name))
        before = tx.current(SYSTEM, "Patient", "p")
        number = 1 if before is None else before.version + 1
        tx.put(NewVersion(Version("Patient", "p", number, NOW, name.encode(), receipt=receipt), (TokenEntry("identifier", "x", name),)))
        tx.move(receipt, MessageState.COMMITTED)
        return receipt

    return work


async def received(store):
    found = []
    while page := await store.receipts(SYSTEM, limit=1000, before=found[-1].id if found else None):
        found += page
    return found


async def account(store, acknowledged):
    found = await received(store)
    names = Counter(each.control_id for each in found)
    assert set(acknowledged.items()) <= {(each.control_id, each.id) for each in found}
    assert set(names.values()) <= {1}
    ledger = await store.ledger(SYSTEM)
    assert ledger.balanced
    assert ledger.sources["lab"]["received"] == ledger.sources["lab"]["committed"] == len(found)
    assert (await store.read(SYSTEM, "Patient", "p")).version == len(found)  # each made one version, one upon the other


async def pour(store, names, acknowledged, stop):
    while not stop.is_set():
        name = f"m{next(names)}"
        acknowledged[name] = await store.submit(message(name))


async def under_load(stores, weather):
    """Six senders while `weather` goes by in a thread; then the account."""
    names, acknowledged, stop = itertools.count(), {}, asyncio.Event()
    pouring = [asyncio.create_task(pour(store, names, acknowledged, stop)) for store in stores for _ in range(3)]
    await asyncio.sleep(0.2)
    for _ in range(2):
        await asyncio.to_thread(weather)
        enough = len(acknowledged) + 20
        while len(acknowledged) < enough:
            assert not any(task.done() for task in pouring), [task.exception() for task in pouring if task.done()]
            await asyncio.sleep(0.01)
    stop.set()
    await asyncio.gather(*pouring)
    await account(stores[0], acknowledged)
    assert len(await received(stores[0])) == len(acknowledged)  # every submit was answered, so there is nothing else


def restart(server, mode):
    def weather():
        server.kill() if mode == "kill -9" else server.stop(mode)
        time.sleep(0.2)
        server.start()

    return weather


@pytest.mark.parametrize("mode", ["fast", "immediate", "kill -9"])
def test_a_restart_under_load_loses_nothing_and_doubles_nothing(server, mode):
    stores = [open_store(server.url()), open_store(server.url())]
    asyncio.run(under_load(stores, restart(server, mode)))
    for store in stores:
        asyncio.run(store.close())


class LosesAnswers:
    """A connection that goes when its COMMIT has been done and not yet answered."""

    def __init__(self, connection, times):
        self._connection = connection
        self._times = times

    def __getattr__(self, name):
        return getattr(self._connection, name)

    def execute(self, query, *values, **options):
        found = self._connection.execute(query, *values, **options)
        if query == "COMMIT" and self._times:
            self._times.pop()
            self._connection.close()
            raise psycopg.OperationalError("the answer was lost")
        return found


def with_lost_answer(store):
    store._writer._connection = LosesAnswers(store._writer._connection, [1])


def test_a_commit_whose_answer_was_lost_is_not_done_again(fresh_schema):
    store = open_store(fresh_schema)
    with_lost_answer(store)
    receipt = asyncio.run(store.submit(message("m")))
    asyncio.run(account(store, {"m": receipt}))
    asyncio.run(store.close())


def test_a_writer_that_does_not_ask_what_became_of_it_is_caught(fresh_schema, monkeypatch):
    """The planted fault: whatever was not answered is done again."""
    monkeypatch.setattr(Writer, "_is_committed", lambda self, transaction, until: self._reconnect(until))
    store = open_store(fresh_schema)
    with_lost_answer(store)
    asyncio.run(store.submit(message("m")))
    with pytest.raises(AssertionError):
        asyncio.run(account(store, {}))
    asyncio.run(store.close())


class CrashesAtTheCommit:
    """A connection whose server is killed when its COMMIT is sent, before anything of it is on the disk; then others go on."""

    def __init__(self, connection, server):
        self._connection = connection
        self._server = server

    def __getattr__(self, name):
        return getattr(self._connection, name)

    def execute(self, query, *values, **options):
        if query != "COMMIT":
            return self._connection.execute(query, *values, **options)
        self._server.kill()
        self._connection.close()
        self._server.start()
        for _ in range(100):  # the numbers of transactions that the disk never saw are given out again
            self._server.execute("SELECT pg_current_xact_id()")
        raise psycopg.OperationalError("the server is gone")


def test_a_commit_that_a_crash_swallowed_is_not_taken_for_a_later_one(server):
    """The number of its transaction is somebody else's by now, whose transaction did commit."""
    store = open_store(server.url())
    asyncio.run(store.submit(message("before")))
    store._writer._connection = CrashesAtTheCommit(store._writer._connection, server)
    receipt = asyncio.run(store.submit(message("m")))
    assert receipt in {each.id for each in asyncio.run(received(store))}
    assert asyncio.run(store.archived(SYSTEM, receipt)) == b"m"
    asyncio.run(store.close())


def test_while_the_database_is_gone_reads_say_so_and_work_waits(server):
    store = open_store(server.url(), patience=20)
    asyncio.run(store.submit(message("before")))
    server.stop("immediate")

    async def gone():
        waiting = asyncio.create_task(store.submit(message("meanwhile")))
        begun = time.monotonic()
        for read in (store.read(SYSTEM, "Patient", "p"), store.ledger(SYSTEM), store.find_people(SYSTEM, [("nhs", "1")])):
            with pytest.raises(StoreAway):
                await read
        assert time.monotonic() - begun < 5
        assert not waiting.done()
        await asyncio.to_thread(server.start)
        await account(store, {"meanwhile": await waiting})

    asyncio.run(gone())
    asyncio.run(store.close())


def test_work_that_has_waited_too_long_is_refused_and_not_done_later(server):
    store = open_store(server.url(), patience=0.3)
    asyncio.run(store.submit(message("before")))
    server.stop("immediate")
    with pytest.raises(StoreAway):
        asyncio.run(store.submit(message("too early")))
    server.start()
    after = asyncio.run(store.submit(message("after")))
    asyncio.run(account(store, {"after": after}))
    assert {each.control_id for each in asyncio.run(received(store))} == {"before", "after"}
    asyncio.run(store.close())


def test_a_database_that_was_away_gives_every_hub_the_time_to_say_that_it_is_alive(server, monkeypatch):
    """Or the first hub to come back would take over what the others are sending at this moment."""
    other = open_store(server.url(), lease=1.5)
    monkeypatch.setattr(Registrar, "_keep_alive", lambda self: None)
    busy = open_store(server.url(), lease=1.5)
    asyncio.run(busy.submit(lambda tx: tx.owe(NewDelivery("ward", "Patient", "p", 1, "m", NOW))))
    assert len(asyncio.run(busy.submit(lambda tx: tx.claim("ward", NOW, 1)))) == 1
    server.stop("immediate")
    time.sleep(1.5)
    server.start()
    assert asyncio.run(other.recover(NOW)) == 0
    time.sleep(2.5)
    assert asyncio.run(other.recover(NOW)) == 1
    for store in (busy, other):
        asyncio.run(store.close())


def test_out_of_connections(postgresql, fresh_schema):
    """The role may have five, and has them; a store that is there goes on, a new one says why it cannot."""
    schema = fresh_schema.rpartition("%3D")[2]
    postgresql.execute(f"CREATE ROLE few LOGIN CONNECTION LIMIT 5; GRANT ALL ON SCHEMA {schema} TO few")
    url = fresh_schema.replace("calder@", "few@")
    store = open_store(url)
    others = [psycopg.connect(url) for _ in range(2)]
    with pytest.raises(StoreAway):
        open_store(url)

    async def crowded():
        many = await asyncio.gather(*(store.ledger(SYSTEM) for _ in range(8)), return_exceptions=True)
        assert any(not isinstance(each, Exception) for each in many)
        assert {type(each) for each in many if isinstance(each, Exception)} <= {StoreAway}
        waiting = asyncio.create_task(store.submit(message("m")))
        await account(store, {"m": await waiting})

    asyncio.run(crowded())
    for other in others:
        other.close()
    asyncio.run(store.close())
    postgresql.execute("DROP OWNED BY few; DROP ROLE few")


def test_a_server_that_does_not_sync_is_refused():
    careless = PostgresqlServer(fsync="off")
    try:
        with pytest.raises(StoreError, match="sync"):
            open_store(careless.url())
    finally:
        careless.remove()


@pytest.mark.parametrize("there", ["on", "off", "local", "remote_apply"])
def test_a_commit_is_on_the_disk_whatever_the_database_is_set_to(fresh_schema, there):
    store = open_store(f"{fresh_schema}%20-csynchronous_commit%3D{there}")
    found = asyncio.run(store.submit(lambda tx: tx._connection.execute("SHOW synchronous_commit").fetchone()[0]))
    assert found == ("remote_apply" if there == "remote_apply" else "on")
    asyncio.run(store.close())
