"""Incidents: one row from beginning to end, told once each way, by one hub."""

import pytest

from hub.core.lifecycle import MessageState
from hub.store.rows import IncidentKind, NewIncident

LANE = "0123456789abcdef/lab/results"


def begin(world, subject=LANE, kind=IncidentKind.LANE, **fields):
    return world.submit(lambda tx: tx.open_incident(NewIncident(kind, subject, "lab", world.now, **fields)))


def end(world, subject=LANE, kind=IncidentKind.LANE, seconds=5):
    return world.submit(lambda tx: tx.close_incident(kind, subject, world.at(seconds)))


def untold(world, limit=10):
    return [(row.id, row.opening_told, row.closing_told) for row in world.submit(lambda tx: tx.untold_incidents(limit))]


def told(world, number, *, closing):
    world.submit(lambda tx: tx.note_told(number, closing=closing))


def listed(world, visibility=None, **options):
    return [row.id for row in world.run(world.store.incidents(visibility or world.system, **options))]


def test_one_is_open_about_one_thing(world):
    first = begin(world, receipt=world.receive(), reasons="E105")
    assert begin(world) is None
    another = begin(world, kind=IncidentKind.SOURCE, subject="lab")
    assert listed(world) == [another, first]
    assert end(world)
    assert not end(world)
    assert listed(world, open_only=True) == [another]
    assert begin(world) not in (None, first)


def test_it_says_what_it_is_about(world):
    receipt = world.receive()
    number = begin(world, receipt=receipt, reasons="E105 E203")
    end(world)
    (row,) = world.run(world.store.incidents(world.system))
    assert (row.id, row.kind, row.subject, row.name) == (number, IncidentKind.LANE, LANE, "lab")
    assert (row.receipt, row.reasons, row.opened, row.closed) == (receipt, "E105 E203", world.now, world.at(5))


def test_each_end_is_told_once(world):
    number = begin(world)
    assert untold(world) == [(number, False, False)]
    told(world, number, closing=False)
    assert untold(world) == []
    end(world)
    assert untold(world) == [(number, True, False)]
    told(world, number, closing=True)
    assert untold(world) == []


def test_what_ended_before_it_was_told_is_told_both_ways(world):
    number = begin(world)
    end(world)
    assert untold(world) == [(number, False, False)]
    told(world, number, closing=True)
    assert untold(world) == [(number, False, True)]


def test_what_was_not_told_is_told_after_a_restart(world, opening):
    number = begin(world)
    world.run(world.store.close())
    world.store = opening()
    assert untold(world) == [(number, False, False)]


def test_oldest_first_and_no_more_than_asked_for(world):
    numbers = [begin(world, subject=f"{n}", kind=IncidentKind.DESTINATION) for n in range(5)]
    assert [number for number, *_ in untold(world, 3)] == numbers[:3]
    assert listed(world, limit=2) == numbers[:2:-1]
    assert listed(world, before=numbers[2]) == numbers[1::-1]


def test_a_work_that_is_taken_back_begins_none(world):
    def bad(tx):
        tx.open_incident(NewIncident(IncidentKind.LANE, LANE, "lab", world.now))
        raise LookupError

    with pytest.raises(LookupError):
        world.submit(bad)
    assert listed(world) == []


def test_a_limited_caller_sees_none(world):
    begin(world)
    assert listed(world, world.seen_by(people={"p"})) == []
    assert listed(world, world.seen_by(types={"Patient"})) == []


def test_lanes_that_may_go_on(world):
    parked = world.receive(MessageState.PARKED, lane=LANE)
    begin(world)
    assert world.run(world.store.free_lanes(world.system)) == []
    world.submit(lambda tx: tx.move(parked, MessageState.PENDING))
    assert world.run(world.store.free_lanes(world.system)) == [LANE]
    world.submit(lambda tx: tx.move(parked, MessageState.COMMITTED))
    assert world.run(world.store.free_lanes(world.system)) == [LANE]  # its incident is to be ended
    end(world)
    assert world.run(world.store.free_lanes(world.system)) == []
