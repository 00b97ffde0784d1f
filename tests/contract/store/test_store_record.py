"""Versions, history, people's keys, audit, the ledger."""

import pytest

from hub.core.errors import StoreError, VersionConflict
from hub.core.lifecycle import DeliveryState, MessageState
from hub.fhir.search.entries import TokenEntry
from hub.fhir.search.query import ParamType, TokenValue
from hub.store.rows import AuditRow, Ledger, NewVersion


def test_a_version_comes_back_as_it_was_put(world):
    receipt = world.receive()
    given = world.version(
        "Observation/o", body=b'{"a":1.50}', person="p", labels=frozenset({"R", "ETH"}), receipt=receipt, rule="oru.obx",
        map_set="f00d", interaction="create",
    )  # fmt: skip
    world.submit(lambda tx: tx.put(NewVersion(given)))
    assert world.run(world.store.read(world.system, "Observation", "o")) == given
    assert world.run(world.store.vread(world.system, "Observation", "o", 1)) == given
    assert world.submit(lambda tx: tx.current(world.system, "Observation", "o")) == given
    assert world.run(world.store.read(world.system, "Observation", "O")) is None
    assert world.run(world.store.read(world.system, "Patient", "o")) is None


@pytest.mark.parametrize(("stands", "given", "told"), [(0, 2, None), (0, 0, None), (1, 1, 1), (1, 3, 1), (2, 2, 2)])
def test_a_version_must_follow_the_current_one(world, stands, given, told):
    for version in range(1, stands + 1):
        world.put("Patient/p", version=version)
    with pytest.raises(VersionConflict) as conflict:
        world.put("Patient/p", version=given)
    assert conflict.value.current == told


def test_history_is_newest_first_in_pages_and_keeps_every_body(world):
    for version in range(1, 6):
        world.put("Patient/p", version=version)
    world.put("Patient/q")

    def versions(**options):
        return [(found.version, found.body) for found in world.run(world.store.history(world.system, "Patient", "p", **options))]

    every = [(version, f"Patient/p:{version}".encode()) for version in range(5, 0, -1)]
    assert versions(limit=10) == every
    assert versions(limit=2) == every[:2]
    assert versions(limit=2, before=4) == every[2:4]
    assert world.run(world.store.vread(world.system, "Patient", "p", 6)) is None


def test_a_deletion_is_a_version_without_index(world):
    world.put("Patient/p", TokenEntry("gender", "", "female"), person="p", labels=frozenset({"R"}))
    world.put("Patient/p", TokenEntry("gender", "", "female"), version=2, deleted=True, body=b"", interaction="delete")
    found = world.run(world.store.read(world.system, "Patient", "p"))
    assert (found.deleted, found.version, found.person, found.labels) == (True, 2, "p", {"R"})
    assert world.ids("Patient") == []
    assert world.run(world.store.read(world.seen_by(people={"q"}), "Patient", "p")) is None
    world.put("Patient/p", TokenEntry("gender", "", "male"), version=3, person="p")
    assert world.ids("Patient", world.clause("gender", ParamType.TOKEN, TokenValue(None, "male"))) == ["p"]


def test_a_new_version_replaces_the_index_rows(world):
    world.put("Patient/p", TokenEntry("gender", "", "female"), TokenEntry("gender", "", "female"))
    world.put("Patient/p", TokenEntry("gender", "", "male"), version=2)
    for code, expected in (("female", []), ("male", ["p"])):
        assert world.ids("Patient", world.clause("gender", ParamType.TOKEN, TokenValue(None, code))) == expected


def test_keys_have_one_holder(world):
    world.submit(lambda tx: tx.bind_keys("p", [("nhs", "1"), ("mrn", "1")]))
    world.submit(lambda tx: tx.bind_keys("p", [("nhs", "1")]))
    with pytest.raises(StoreError):
        world.submit(lambda tx: tx.bind_keys("q", [("mrn", "2"), ("nhs", "1")]))
    find = world.store.find_people
    assert world.run(find(world.system, [("nhs", "1")])) == {"p"}
    assert world.run(find(world.system, [("mrn", "2"), ("nhs", "2"), ("xyz", "1")])) == frozenset()
    assert world.run(find(world.system, [])) == frozenset()
    world.submit(lambda tx: tx.bind_keys("q", [("mrn", "2")]))
    assert world.submit(lambda tx: tx.find_people([("mrn", "2"), ("mrn", "1")])) == {"p", "q"}
    assert world.run(find(world.seen_by(people={"q"}), [("mrn", "2"), ("mrn", "1")])) == {"q"}
    assert world.run(find(world.seen_by(types={"Observation"}), [("mrn", "2")])) == frozenset()
    world.put("Patient/q", person="q", labels=frozenset({"R"}))
    assert world.run(find(world.seen_by(denied={"R"}), [("mrn", "2"), ("mrn", "1")])) == {"p"}


def audit_row(world, **fields):
    given = {
        "client": "gp",
        "organisation": "B81001",
        "user": "u",
        "purpose": "TREAT",
        "action": "R",
        "interaction": "read",
        "outcome": "0",
    }
    return AuditRow(at=world.now, **{**given, **fields})


def test_audit_rows_come_back_newest_first(world):
    receipt = world.receive()
    rows = [
        audit_row(world, person="p", resource="Observation/o", basis="agreement 3", receipt=receipt),
        audit_row(world, person="q"),
        audit_row(world, user=None, organisation=None),
        audit_row(world, person="p", outcome="4"),
    ]
    for row in rows:
        world.submit(lambda tx, row=row: tx.audit(row))
    listed = world.store.audit_rows
    assert world.run(listed(world.system)) == rows[::-1]
    assert world.run(listed(world.system, limit=1)) == rows[3:]
    assert world.run(listed(world.system, person="p")) == [rows[3], rows[0]]
    assert world.run(listed(world.seen_by(people={"q"}))) == [rows[1]]
    assert world.run(listed(world.seen_by(people={"q"}), person="p")) == []
    assert world.run(listed(world.seen_by(types={"Patient"}))) == []


def test_the_ledger_counts_arrivals_and_debts_against_their_states(world):
    for state in MessageState:
        world.receive(state)
    world.receive(source="ward")
    delivery = world.owe()
    world.owe("gp")
    world.claim()
    world.submit(lambda tx: tx.settle(delivery, DeliveryState.DEAD, now=world.now, reason="AE"))
    ledger = world.run(world.store.ledger(world.system))
    none = dict.fromkeys(("pending", "committed", "filtered", "duplicate", "refused", "parked", "skipped"), 0)
    assert ledger.sources == {"lab": {"received": 7} | dict.fromkeys(none, 1), "ward": {"received": 1} | none | {"pending": 1}}
    none = dict.fromkeys(("due", "in-flight", "delivered", "waiting", "dead"), 0)
    assert ledger.destinations == {"ward": {"owed": 1} | none | {"dead": 1}, "gp": {"owed": 1} | none | {"due": 1}}
    assert ledger.balanced
    assert world.run(world.store.ledger(world.seen_by(people={"p"}))) == Ledger()
    assert world.run(world.store.ledger(world.seen_by(types=set()))) == Ledger()
