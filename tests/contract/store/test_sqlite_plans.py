"""Each hot query finds its rows by an index. Read from SQLite's own plan of the very statements that run."""

import re
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.core.lifecycle import DeliveryState, MessageState
from hub.core.visibility import Visibility
from hub.fhir.search.entries import DateEntry, ReferenceEntry, StringEntry, TokenEntry
from hub.fhir.search.query import (
    Clause,
    DateValue,
    Include,
    ParamType,
    Prefix,
    Query,
    ReferenceValue,
    Sort,
    StringValue,
    TokenValue,
)
from hub.store.relational import audit, people, receipts, retention, versions
from hub.store.relational.search.run import search
from hub.store.rows import Arrival, Expired, IncidentKind, NewDelivery, NewIncident, NewVersion, Shelf, Version
from hub.store.sqlite.database import connect_writer
from hub.store.sqlite.transaction import SqliteTransaction

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SYSTEM = Visibility.system("test")
LIMITED = Visibility(None, "test", people=frozenset({"p1"}), types=frozenset({"Observation"}), denied_labels=frozenset({"R"}))
HARMLESS = re.compile(
    r"SCAN ((given|page|old|own|json_each|hit|found|CONSTANT ROW)\b|\(subquery)"
)  # arrays given with the call, and keys already found


@pytest.fixture
def connection(tmp_path: Path):
    opened = connect_writer(tmp_path / "calder.db", "OFF")
    work = SqliteTransaction(opened)
    opened.execute("BEGIN")
    for number in range(30):
        work.begin()
        receipt = work.archive(Arrival("lab", b"x", b"d", NOW, control_id=str(number)))
        work.conclude(receipt, person="p1", lane="l")
        entries = (
            TokenEntry("code", "l", "1"),
            ReferenceEntry("subject", "Patient", "p1"),
            StringEntry("name", "x", "x"),
            DateEntry("date", 1, 2),
        )
        work.put(NewVersion(Version("Observation", str(number), 1, NOW, b"{}", person="p1", receipt=receipt), entries))
        work.owe(NewDelivery("ward", "Observation", "1", 1, "m", NOW, lane="l"))
        work.bind_keys("p1", [("nhs", str(number))])
        work.finish()
    opened.execute("COMMIT")
    yield opened
    opened.close()


def plans(connection: sqlite3.Connection, run) -> dict[str, list[str]]:
    """The plan of every statement that `run` executes."""
    texts: list[str] = []
    connection.set_trace_callback(texts.append)
    try:
        run()
    finally:
        connection.set_trace_callback(None)
    texts = [text for text in texts if text.startswith(("SELECT", "UPDATE", "INSERT", "DELETE", "WITH"))]
    assert texts
    return {text: [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}")] for text in texts}


def _may_be_long(step):
    """Not the one row of a subquery without a table, nor an index that holds only what is asked for."""
    return step not in ("SCAN l", "SCAN CONSTANT ROW") and "USING INDEX incident_untold" not in step


def scans(plan: list[str]) -> list[str]:
    return [step for step in filter(_may_be_long, plan) if step.startswith("SCAN") and not HARMLESS.search(step)]


CODE = Clause("code", ParamType.TOKEN, (TokenValue("l", "1"),))
CODES = Clause("code", ParamType.TOKEN, (TokenValue("l", "1"), TokenValue(None, "2")))
SUBJECT = Clause("subject", ParamType.REFERENCE, (ReferenceValue("Patient", "p1"),))
NAME = Clause("name", ParamType.STRING, (StringValue("x", "x"),))
DATE = Clause("date", ParamType.DATE, (DateValue(Prefix.GE, 0, 1),))
SINCE = Clause("_lastUpdated", ParamType.DATE, (DateValue(Prefix.GE, 0, 1),))
ID = Clause("_id", ParamType.TOKEN, (TokenValue(None, "7"),))

HOT = {
    "read": lambda c, v: versions.read(c, v, "Observation", "7"),
    "read_several": lambda c, v: versions.read_several(c, v, [("Observation", "7"), ("Patient", "p1")]),
    "vread": lambda c, v: versions.vread(c, v, "Observation", "7", 1),
    "history": lambda c, v: versions.history(c, v, "Observation", "7", limit=5, before=None),
    "find_people": lambda c, v: people.find_people(c, v, [("nhs", "1"), ("nhs", "2")]),
    "unprocessed": lambda c, v: receipts.unprocessed(c, v, "p1"),
    "receipt": lambda c, v: receipts.receipt_of(c, v, 3),
    "archived": lambda c, v: receipts.archived(c, v, 3),
    "audit": lambda c, v: audit.list_audit(c, v, person="p1", limit=5),
    "expired archive": lambda c, v: retention.expired(c, v, Shelf.ARCHIVE, before=NOW, after=None, limit=5),
    "expired history": lambda c, v: retention.expired(c, v, Shelf.HISTORY, before=NOW, after=(1, 2, 3), limit=5),
    "_id": lambda c, v: search(c, v, Query("Observation", (ID,))),
    "token": lambda c, v: search(c, v, Query("Observation", (CODE,), total=True)),
    "tokens": lambda c, v: search(c, v, Query("Observation", (CODES,))),
    "reference and token": lambda c, v: search(c, v, Query("Observation", (SUBJECT, CODE), sort=(Sort("date", ParamType.DATE, True),))),
    "string": lambda c, v: search(c, v, Query("Observation", (NAME,))),
    "date": lambda c, v: search(c, v, Query("Observation", (SUBJECT, DATE))),
    "type": lambda c, v: search(c, v, Query("Observation")),
    "since": lambda c, v: search(c, v, Query("Observation", (SINCE,), sort=(Sort("_lastUpdated", ParamType.DATE),))),
    "include": lambda c, v: search(c, v, Query("Observation", (CODE,), includes=(Include("Observation", "subject"),))),
    "revinclude": lambda c, v: search(c, v, Query("Observation", (ID,), includes=(Include("Observation", "subject", reverse=True),))),
}


@pytest.mark.parametrize("visibility", [SYSTEM, LIMITED], ids=["system", "limited"])
@pytest.mark.parametrize("name", HOT)
def test_no_hot_read_scans(connection, name, visibility):
    if name.startswith("expired"):
        visibility = SYSTEM  # a limited caller is told nothing
    for text, plan in plans(connection, lambda: HOT[name](connection, visibility)).items():
        assert not scans(plan), (text, plan)


@pytest.mark.parametrize("name", ["token", "type", "since"])
def test_the_newest_page_is_streamed_not_sorted(connection, name):
    for text, plan in plans(connection, lambda: HOT[name](connection, SYSTEM)).items():
        assert not [step for step in plan if "TEMP B-TREE" in step and "json_each" not in text], (text, plan)


WRITES = {
    "find_receipt": (lambda w: w.find_receipt("lab", "3"), "receipt_by_control_id"),
    "lane_is_blocked": (lambda w: w.lane_is_blocked("l"), "receipt_held_lane"),
    "first_in_lane": (lambda w: w.first_in_lane("l"), "receipt_held_lane"),
    "in_hand": (lambda w: w.in_hand(0, 5), "receipt_held_lane"),
    "join_lanes": (lambda w: w.join_lanes("a", "b"), "receipt_held_lane"),
    "open_incident": (lambda w: w.open_incident(NewIncident(IncidentKind.LANE, "l", "lab", NOW)), "incident_open"),
    "close_incident": (lambda w: w.close_incident(IncidentKind.LANE, "l", NOW), "incident_open"),
    "untold_incidents": (lambda w: w.untold_incidents(5), "incident_untold"),
    "claim": (lambda w: w.claim("ward", NOW, 5), "delivery_ready"),
    "settle": (lambda w: [w.settle(row.id, DeliveryState.DEAD, now=NOW) for row in w.claim("ward", NOW, 1)], "delivery_in_lane"),
    "owe": (lambda w: w.owe(NewDelivery("ward", "Observation", "1", 1, "m", NOW, lane="l")), "delivery_in_lane"),
    "find_people": (lambda w: w.find_people([("nhs", "1")]), "SEARCH k USING PRIMARY KEY (system=? AND value=?)"),
    "move": (lambda w: w.move(1, MessageState.COMMITTED), "INTEGER PRIMARY KEY"),
    "prune archive": (lambda w: w.prune(Expired(Shelf.ARCHIVE, ((0, 1), (0, 2)))), "INTEGER PRIMARY KEY"),
    "prune history": (lambda w: w.prune(Expired(Shelf.HISTORY, ((0, 1, 1), (0, 2, 1)))), "sqlite_autoindex_version_1"),
    "put": (
        lambda w: w.put(NewVersion(Version("Observation", "7", 2, NOW, b"{}"), (TokenEntry("code", "l", "1"),))),
        "posting USING PRIMARY KEY (term=? AND resource=?)",
    ),
}


@pytest.mark.parametrize("name", WRITES)
def test_no_hot_step_of_the_writer_scans(connection, name):
    work = SqliteTransaction(connection)
    connection.execute("BEGIN")
    work.begin()
    call, index = WRITES[name]
    found = plans(connection, lambda: call(work))
    for text, plan in found.items():
        assert not scans(plan), (text, plan)
    assert index in str(list(found.values()))
    connection.execute("ROLLBACK")


def test_a_scan_is_noticed(connection):
    """The planted fault: the index is gone."""
    connection.execute("DROP INDEX receipt_held_person")
    (plan,) = plans(connection, lambda: receipts.unprocessed(connection, SYSTEM, "p1")).values()
    assert scans(plan)


def test_every_range_search_can_be_driven_by_its_index(connection):
    """A clause alone, with few rows: the keys come from the index, not from the type."""
    for clause, index in ((DATE, "param=?"), (NAME, "param=?"), (CODES, "term=?"), (CODE, "term=?")):
        found = plans(connection, lambda clause=clause: search(connection, SYSTEM, Query("Observation", (clause,))))
        text = next(text for text in found if "r.key" in text)
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}")]
        assert any(step.startswith("SEARCH i USING") and index in step for step in plan), (index, plan)
