"""What is PostgreSQL's own: rows that it refuses to change, values that its indexes do not take, plans that do not scan."""

import asyncio
import re
import threading

import psycopg
import pytest

from hub.core.errors import StoreError
from hub.core.lifecycle import DeliveryState
from hub.fhir.search.entries import DateEntry, ReferenceEntry, StringEntry, TokenEntry, UriEntry
from hub.fhir.search.query import Clause, ParamType, StringValue, TokenValue
from hub.store.postgresql import open_store
from hub.store.postgresql.statements import SQL, translate
from hub.store.postgresql.topics import pack, topic, unpack
from hub.store.rows import AuditRow, NewDelivery, NewVersion
from tests.contract.store.conftest import World


@pytest.fixture
def kind():
    return "postgresql"


def test_audit_rows_cannot_be_changed(world, emptied_schema):
    world.submit(lambda tx: tx.audit(AuditRow(world.now, "gp", None, None, "TREAT", "R", "read", "0")))
    with psycopg.connect(emptied_schema, autocommit=True) as connection:
        for sql in ("UPDATE audit SET client = 'x'", "DELETE FROM audit", "TRUNCATE audit"):
            with pytest.raises(psycopg.errors.RaiseException):
                connection.execute(sql)
    assert len(world.run(world.store.audit_rows(world.system))) == 1


@pytest.mark.parametrize("table", ["receipt", "delivery"])
def test_the_ledger_notices_what_went_astray(world, emptied_schema, table):
    """The planted fault: a row disappears that was counted."""
    world.receive()
    world.owe()
    with psycopg.connect(emptied_schema, autocommit=True) as connection:
        connection.execute(f"DELETE FROM {table}")
    assert not world.run(world.store.ledger(world.system)).balanced


def test_values_that_no_index_of_postgresql_takes(world):
    long, strange = "x" * 10_000, "a\0b"
    world.put(
        "Patient/p",
        StringEntry("name", long, long),
        TokenEntry("code", "s", strange),
        UriEntry("url", f"http://{long}"),
        ReferenceEntry("subject", uri=long),
    )
    assert world.ids("Patient", Clause("name", ParamType.STRING, (StringValue("xxx", "xxx"),))) == ["p"]
    assert world.ids("Patient", Clause("code", ParamType.TOKEN, (TokenValue("s", "a\ufffdb"),))) == ["p"]


def test_one_piece_that_the_database_refuses_fails_alone_in_a_full_batch(world):
    """The batch is run again piece by piece; nobody else hears of it."""

    async def together():
        gate = threading.Event()
        first = asyncio.create_task(world.store.submit(lambda _: gate.wait(5)))
        await asyncio.sleep(0.05)
        works = [lambda tx, n=n: tx.put(NewVersion(world.version(f"Patient/{n}"))) for n in range(5)]
        works.insert(3, lambda tx: tx.put(NewVersion(world.version("Patient/bad", interaction="invented"))))
        tasks = [asyncio.create_task(world.store.submit(work)) for work in works]
        await asyncio.sleep(0)
        gate.set()
        await first
        return await asyncio.gather(*tasks, return_exceptions=True)

    outcomes = asyncio.run(together())
    assert [isinstance(each, StoreError) for each in outcomes] == [False, False, False, True, False, False]
    assert sorted(world.ids("Patient")) == ["0", "1", "2", "3", "4"]


def test_a_piece_that_raises_after_it_has_written_takes_only_itself_back(world):
    number = world.owe(lane="a")

    async def together():
        def bad(tx):
            tx.put(NewVersion(world.version("Patient/bad")))
            tx.claim("ward", world.now, 5)  # written at once
            tx.put(NewVersion(world.version("Patient/worse")))
            raise LookupError

        works = [
            lambda tx: tx.put(NewVersion(world.version("Patient/a"))),
            bad,
            lambda tx: tx.put(NewVersion(world.version("Patient/bad", body=b"good"))),
        ]
        return await asyncio.gather(*(world.store.submit(work) for work in works), return_exceptions=True)

    assert [type(each) for each in world.run(together())] == [type(None), LookupError, type(None)]
    assert world.claim() == [number]
    assert world.run(world.store.read(world.system, "Patient", "bad")).body == b"good"
    assert world.run(world.store.read(world.system, "Patient", "worse")) is None


@pytest.mark.parametrize("analysed", [False, True], ids=["new", "analysed"])
def test_the_hot_queries_of_the_writer_find_their_rows_by_an_index(fresh_schema, analysed):
    """Read from the plans of the very statements, with the settings of the writer's session: what the planner knows is next to nothing."""
    world = World(open_store(fresh_schema))
    for number in range(20):
        world.put(f"Observation/{number}", TokenEntry("code", "l", "1"), DateEntry("date", 1, 2))
        world.receive(control_id=str(number), lane=f"l{number}")
        world.owe(lane=f"l{number}")
    limits = {"people": None, "types": None, "denied": None}
    asked = {
        "stands": ({"addresses": '[["Observation", "1"]]', **limits}, "resource_id_type_key"),
        "holders_of_keys": ({"pairs": '[["nhs", "1"]]'}, "person_key_pkey"),
        "find_receipt": (("lab", "3"), "receipt_by_control_id"),
        "lane_is_blocked": ({"lane": "l3"}, "receipt_held_lane"),
        "ready": ({"destination": "ward", "after": 0, "until": 10**18, "limit": 5}, "delivery_ready"),
        "hold_of_delivery": ((1,), "delivery_pkey"),
        "lapsed": ({"watched": 9.0}, "delivery_in_flight|delivery_by_state"),
        "left_pending": ({"watched": 9.0}, "receipt_in_hand"),
        "add_deliveries": ({"rows": "[]"}, "delivery_in_lane"),
        "next_head": ({"destination": 1, "lane": "l3"}, "delivery_in_lane"),
        "head_of_lane": ((1, "l3"), "delivery_in_lane"),
        "first_in_lane": ({"lane": "l3"}, "receipt_held_lane"),
        "in_hand": ({"hub": 1, "after": 0, "limit": 5}, "receipt_in_hand"),
        "rename_lanes": ({"whose": "l3", "joined": "l4"}, "receipt_held_lane"),
        "find_open_incident": ({"kind": "lane", "subject": "l3"}, "incident_open"),
        "untold_incidents": ({"hub": 1, "limit": 5}, "incident_untold"),
        "stand_of_receipt": ((1,), "receipt_pkey"),
    }

    if analysed:
        with psycopg.connect(fresh_schema, autocommit=True) as connection:
            connection.execute("ANALYZE")

    def plan(name, values):
        return lambda tx: "\n".join(row[0] for row in tx._connection.execute(f"EXPLAIN {SQL[name]}", values))

    for name, (values, index) in asked.items():
        found = world.submit(plan(name, values))
        assert re.search(index, found), f"{name}\n{found}"
        assert "Seq Scan" not in found, (name, found)
    world.run(world.store.close())


def test_a_store_that_is_only_read(world, emptied_schema):
    world.receive()
    beside = open_store(emptied_schema, read_only=True)
    assert len(world.run(beside.receipts(world.system))) == 1
    for call in (lambda: beside.submit(lambda _: None), lambda: beside.recover(world.now)):
        with pytest.raises(StoreError, match="read-only"):
            world.run(call())
    world.run(beside.close())


def test_many_things_owed_at_once_keep_their_order(world):
    """One piece owes several to a lane: the first heads it."""

    def work(tx):
        return [tx.owe(NewDelivery("ward", "Observation", "o", 1, "m", world.now, lane="a")) for _ in range(3)]

    numbers = world.submit(work)
    assert numbers == sorted(numbers)
    for number in numbers:
        assert world.claim() == [number]
        world.submit(lambda tx, number=number: tx.settle(number, DeliveryState.DELIVERED, now=world.now))


def test_queries_in_the_words_of_psycopg():
    assert translate("SELECT :a, CAST(? AS text) WHERE :a IS NULL OR x = :a_b") == (
        "SELECT %(a)s, CAST(%s AS text) WHERE CAST(%(a)s AS text) IS NULL OR x = %(a_b)s"
    )
    assert translate("a::int, '5%'") == "a::int, '5%%'"
    assert not [name for name, sql in SQL.items() if "@" in sql or "-- name:" in sql]


def test_topics_are_told_apart_and_are_the_same_everywhere():
    assert topic("resource", "Patient", "p") == topic("resource", "Patient", "p") == -1663255818445995156  # other hubs have it too
    several = {
        topic("key", "a", "b"),
        topic("key", "ab", ""),
        topic("key", "a", "b", ""),
        topic("lane", "a", "b"),
        topic("key", "\ud800", ""),
    }
    assert len(several) == 5
    assert set(unpack(pack(several))) == several
