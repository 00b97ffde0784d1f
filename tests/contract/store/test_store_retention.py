"""What is past its time goes, and what must stay stays: on either store."""

from datetime import timedelta

import pytest

from hub.core.errors import StoreError
from hub.core.lifecycle import DeliveryState, MessageState
from hub.store.rows import Arrival, NewVersion, Shelf

DAY = timedelta(days=1)


def arrive(world, days, state=MessageState.COMMITTED, *, source="lab", body=b"MSH|^~\\&|"):
    """A message of so many days ago."""

    def work(tx):
        receipt = tx.archive(Arrival(source, body, b"digest", world.now - days * DAY, control_id="1"))
        if state is not MessageState.PENDING:
            tx.move(receipt, state)
        return receipt

    return world.submit(work)


def put(world, name, *days):
    """One version for each day."""
    for number, ago in enumerate(days, 1):
        new = NewVersion(world.version(name, number, updated=world.now - ago * DAY))
        world.submit(lambda tx, new=new: tx.put(new))


def prune(world, shelf, days, limit=500):
    """All that came, or was superseded, before so many days ago. Gives the slices."""
    slices, after = [], None
    while True:
        found = world.run(world.store.expired(world.system, shelf, before=world.now - days * DAY, after=after, limit=limit))
        assert world.submit(lambda tx, found=found: tx.prune(found)) == len(found.keys)
        slices.append(found)
        after = found.after
        if after is None:
            return slices


def bodies(world, *receipts):
    return [world.run(world.store.archived(world.system, receipt)) for receipt in receipts]


def versions(world, name):
    return [version.version for version in world.run(world.store.history(world.system, *name.split("/"), limit=99))]


def test_old_bytes_go_and_the_message_stays_in_the_books(world):
    old, young, other = arrive(world, 10), arrive(world, 1), arrive(world, 11, source="pas")
    before = world.run(world.store.receipt(world.system, old))
    prune(world, Shelf.ARCHIVE, 5)
    assert bodies(world, old, young, other) == [None, b"MSH|^~\\&|", None]
    assert world.run(world.store.receipt(world.system, old)) == before
    assert world.submit(lambda tx: tx.find_receipt("lab", "1")).id == young
    with pytest.raises(StoreError, match="pruned"):
        world.submit(lambda tx: tx.body_of(old))
    ledger = world.run(world.store.ledger(world.system))
    assert ledger.balanced
    assert (ledger.sources["lab"]["received"], ledger.sources["pas"]["received"]) == (2, 1)
    assert world.run(world.store.pruned(world.system)).archive == {"lab": 1, "pas": 1}


@pytest.mark.parametrize("state", [MessageState.PENDING, MessageState.PARKED])
def test_what_waits_for_a_person_keeps_its_bytes(world, state):
    waiting = arrive(world, 1000, state)
    prune(world, Shelf.ARCHIVE, 5)
    assert bodies(world, waiting) == [b"MSH|^~\\&|"]


UNFINISHED = {
    "due": [],
    "in flight": [DeliveryState.IN_FLIGHT],
    "waiting": [DeliveryState.IN_FLIGHT, DeliveryState.WAITING],
    "dead": [DeliveryState.IN_FLIGHT, DeliveryState.DEAD],
}


@pytest.mark.parametrize("moves", UNFINISHED.values(), ids=UNFINISHED)
def test_what_an_unfinished_delivery_stands_on_stays_until_it_is_delivered(world, moves):
    receipt = arrive(world, 100)
    put(world, "Observation/o", 100, 90, 80)
    delivery = world.owe(id="o", version=1, receipt=receipt)
    if moves:
        assert world.claim() == [delivery]
    for state in moves[1:]:
        world.submit(lambda tx, state=state: tx.settle(delivery, state, now=world.now))
    for shelf in Shelf:
        prune(world, shelf, 5)
    assert bodies(world, receipt) == [b"MSH|^~\\&|"]
    assert versions(world, "Observation/o") == [3, 1]
    if moves[-1:] == [DeliveryState.DEAD]:
        world.submit(lambda tx: tx.settle(delivery, DeliveryState.DUE, now=world.now))
    if moves != [DeliveryState.IN_FLIGHT]:
        assert world.claim() == [delivery]
    world.submit(lambda tx: tx.settle(delivery, DeliveryState.DELIVERED, now=world.now))
    for shelf in Shelf:
        prune(world, shelf, 5)
    assert bodies(world, receipt) == [None]
    assert versions(world, "Observation/o") == [3]


def test_a_version_goes_when_it_has_been_superseded_for_long_enough_and_the_current_one_never(world):
    put(world, "Patient/p", 1000, 10, 3)
    put(world, "Patient/alone", 2000)
    prune(world, Shelf.HISTORY, 5)
    assert versions(world, "Patient/p") == [3, 2]  # the first stood until ten days ago, the second until three
    prune(world, Shelf.HISTORY, 0)
    assert versions(world, "Patient/p") == [3]
    assert versions(world, "Patient/alone") == [1]
    assert world.run(world.store.vread(world.system, "Patient", "p", 1)) is None
    assert world.run(world.store.read(world.system, "Patient", "p")).version == 3
    assert world.run(world.store.pruned(world.system)).history == {"Patient": 2}
    put(world, "Patient/next", 1)
    assert versions(world, "Patient/p") == [3]


def test_two_versions_of_one_piece_of_work_are_both_accounted(world):
    def work(tx):
        for number in (1, 2, 3):
            tx.put(NewVersion(world.version("Patient/p", number, updated=world.now - 9 * DAY)))

    world.submit(work)
    prune(world, Shelf.HISTORY, 5)
    assert versions(world, "Patient/p") == [3]


def test_slices_are_bounded_and_go_on_behind_what_stays(world):
    waiting = [arrive(world, 50 + number, MessageState.PARKED) for number in range(5)]
    going = [arrive(world, 20 + number % 7) for number in range(11)]
    staying = [arrive(world, 1) for _ in range(3)]
    slices = prune(world, Shelf.ARCHIVE, 5, limit=4)
    assert [len(each.keys) for each in slices] == [0, 3, 4, 4, 0]
    assert slices[1].counts == {"lab": 3}
    assert bodies(world, *going) == [None] * 11
    assert None not in bodies(world, *waiting, *staying)


def test_a_slice_that_is_removed_twice_is_counted_once(world):
    """Two hubs had found the same."""
    arrive(world, 10)
    found = world.run(world.store.expired(world.system, Shelf.ARCHIVE, before=world.now))
    assert [world.submit(lambda tx: tx.prune(found)) for _ in range(2)] == [1, 0]
    assert world.run(world.store.pruned(world.system)).archive == {"lab": 1}


def test_a_removal_that_is_taken_back_is_none(world):
    receipt = arrive(world, 10)
    found = world.run(world.store.expired(world.system, Shelf.ARCHIVE, before=world.now))

    def work(tx):
        tx.prune(found)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        world.submit(work)
    assert bodies(world, receipt) == [b"MSH|^~\\&|"]
    assert world.run(world.store.pruned(world.system)).archive == {}


def test_retention_is_not_a_matter_of_one_person(world):
    arrive(world, 10)
    limited = world.seen_by(people={"p"})
    assert world.run(world.store.expired(limited, Shelf.ARCHIVE, before=world.now)).keys == ()
    assert world.run(world.store.pruned(limited)).archive == {}


def test_a_turn_is_taken_by_one(world):
    def take(days, work="retention"):
        return world.submit(lambda tx: tx.take_turn(work, world.now + days * DAY, DAY))

    assert [take(0), take(0.5), take(0, "another"), take(1), take(1.5)] == [True, False, True, True, False]
    assert take(-30)  # it had been taken by a clock that was wrong
