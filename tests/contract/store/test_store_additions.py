"""What a piece of work has put is there for the rest of it, however late its rows are written, and gone when the work is taken back."""

import pytest

from hub.core.errors import StoreError, VersionConflict
from hub.core.lifecycle import MessageState
from hub.core.visibility import Visibility
from hub.fhir.search.entries import TokenEntry
from hub.fhir.search.query import ParamType, Query, TokenValue
from hub.store.rows import AuditRow, NewVersion
from hub.store.sqlite.adding import Additions
from hub.store.sqlite.statements import SQL, adding


def female(code="female"):
    return TokenEntry("gender", "", code)


def test_a_work_reads_what_it_has_put(world):
    def work(tx):
        tx.put(NewVersion(world.version("Patient/p"), (female(),)))
        seen = tx.current(world.system, "Patient", "p")
        tx.put(NewVersion(world.version("Patient/q"), (female(),)))
        several = tx.currents(world.system, [("Patient", "q"), ("Patient", "nobody")])
        tx.put(NewVersion(world.version("Patient/r"), (female(),)))
        query = Query("Patient", (world.clause("gender", ParamType.TOKEN, TokenValue(None, "female")),))
        return seen.version, list(several), {match.id for match in tx.search(world.system, query).matches}

    assert world.submit(work) == (1, [("Patient", "q")], {"p", "q", "r"})


def test_two_versions_in_one_work(world):
    def work(tx):
        tx.put(NewVersion(world.version("Patient/p"), (female(),)))
        tx.put(NewVersion(world.version("Patient/p", 2), (female("male"),)))
        with pytest.raises(VersionConflict) as conflict:
            tx.put(NewVersion(world.version("Patient/p")))
        return conflict.value.current

    assert world.submit(work) == 2
    assert [found.version for found in world.run(world.store.history(world.system, "Patient", "p", limit=9))] == [2, 1]
    for code, expected in (("female", []), ("male", ["p"])):
        assert world.ids("Patient", world.clause("gender", ParamType.TOKEN, TokenValue(None, code))) == expected


def test_more_rows_than_a_statement_takes(world):
    def work(tx):
        for number in range(75):
            tx.put(NewVersion(world.version(f"Patient/{number}"), (female(), TokenEntry("identifier", "mrn", str(number)))))

    world.submit(work)
    assert len(world.search("Patient", world.clause("gender", ParamType.TOKEN, TokenValue(None, "female")), count=100).matches) == 75
    for number in (0, 31, 32, 63, 64, 74):
        assert world.ids("Patient", world.clause("identifier", ParamType.TOKEN, TokenValue("mrn", str(number)))) == [str(number)]


def test_a_work_that_raises_leaves_nothing_to_the_next(world):
    def work(tx):
        tx.put(NewVersion(world.version("Patient/p"), (female(),)))
        tx.audit(AuditRow(world.now, "c", None, None, "TREAT", "C", "create", "0"))
        raise LookupError

    with pytest.raises(LookupError):
        world.submit(work)
    world.put("Patient/q")
    assert world.ids("Patient") == ["q"]
    assert world.run(world.store.audit_rows(world.system)) == []


def test_a_row_that_the_store_refuses_takes_its_work_back(world):
    def work(tx):
        tx.put(NewVersion(world.version("Patient/p"), (female(),)))
        tx.put(NewVersion(world.version("Patient/q", interaction="invented")))

    with pytest.raises(StoreError):
        world.submit(work)
    assert world.ids("Patient") == []


def test_currents_are_what_current_gives_and_keep_to_what_may_be_seen(world):
    world.put("Patient/p", person="p")
    world.put("Observation/7", person="q", labels=frozenset({"R"}))
    world.put("Patient/gone", person="gone")
    world.put("Patient/gone", version=2, deleted=True, body=b"", interaction="delete")
    addresses = [("Patient", "p"), ("Observation", "7"), ("Patient", "gone"), ("Patient", "7"), ("Nothing", "p")]
    found = world.submit(lambda tx: tx.currents(world.system, addresses))
    assert found == {address: world.submit(lambda tx, a=address: tx.current(world.system, *a)) for address in addresses[:3]}
    for limited in (world.seen_by(people={"p"}), world.seen_by(types={"Patient"}, people={"p"})):
        assert list(world.submit(lambda tx, limited=limited: tx.currents(limited, addresses))) == [("Patient", "p")]
    assert ("Observation", "7") not in world.submit(lambda tx: tx.currents(world.seen_by(denied={"R"}), addresses))
    assert world.submit(lambda tx: tx.currents(Visibility.system("test"), [])) == {}


def test_a_message_that_has_just_come_holds_its_lane(world):
    def work(tx):
        receipt = tx.archive(world.arrival("7"))
        free = tx.lane_is_blocked("l")
        tx.conclude(receipt, lane="l")
        held = tx.lane_is_blocked("l"), tx.lane_is_blocked("m")
        tx.move(receipt, MessageState.PARKED)
        parked = tx.lane_is_blocked("l")
        tx.move(receipt, MessageState.SKIPPED)
        return free, held, parked, tx.lane_is_blocked("l")

    assert world.submit(work) == (False, (True, False), True, False)


def test_statements_of_many_rows():
    assert adding("add_posting", 1) == SQL["add_posting"]
    assert adding("add_posting", 3) == f"{SQL['add_posting']}, (?, ?), (?, ?)"


def test_resources_are_written_before_what_names_them():
    additions = Additions()
    additions.add("add_date", [(1, 2, 3, 4)] * 33)
    additions.add("add_version", [(1,)])
    additions.add("add_resource", [(1,)])
    sizes = [(sql.split()[sql.split().index("INTO") + 1], len(values)) for sql, values in additions.statements()]
    assert sizes == [("resource", 1), ("version", 1), ("date_index", 128), ("date_index", 4)]
