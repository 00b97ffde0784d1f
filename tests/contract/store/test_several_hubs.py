"""Several hubs on one PostgreSQL: whatever they do at once comes out as if one had done it after the other."""

import asyncio
import random
import threading
import time
from collections import Counter

import pytest

from hub.core.errors import LeaseLost, StoreError
from hub.core.lifecycle import DeliveryState, MessageState
from hub.fhir.search.entries import TokenEntry
from hub.fhir.search.query import Clause, ParamType, Query, TokenValue
from hub.store.postgresql import open_store
from hub.store.postgresql.statements import SQL
from hub.store.postgresql.work import Work
from hub.store.rows import NewDelivery, NewVersion


@pytest.fixture
def kind():
    return "postgresql"


@pytest.fixture
def other(world, emptied_schema):
    """A second hub on the store of `world`, in this process for the tests' sake: they share nothing but the database."""
    store = open_store(emptied_schema)
    yield store
    asyncio.run(store.close())


def race(world, other, read, write):
    """Two hubs read, and only then does either write. What is run again reads what it finds then."""
    both_have_read = threading.Barrier(2)

    def piece(hub):
        first = [True]

        def work(tx):
            seen = read(tx)
            if first:
                first.clear()
                both_have_read.wait(5)
            return write(tx, seen, hub)

        return work

    async def together():
        return await asyncio.gather(world.store.submit(piece(1)), other.submit(piece(2)), return_exceptions=True)

    return asyncio.run(together())


# Each: what is read, what is written upon it, and whether the outcome is one that hubs could have had one after the other.


def same_resource(world):
    world.put("Patient/p")

    def write(tx, seen, hub):
        tx.put(NewVersion(world.version("Patient/p", seen.version + 1, body=str(hub).encode())))
        return seen.version + 1

    return lambda tx: tx.current(world.system, "Patient", "p"), write, lambda told: sorted(told) == [2, 3]


def new_resource(world):
    def write(tx, seen, hub):
        number = 1 if seen is None else seen.version + 1
        tx.put(NewVersion(world.version("Patient/p", number)))
        return number

    return lambda tx: tx.current(world.system, "Patient", "p"), write, lambda told: sorted(told) == [1, 2]


def same_person(world):
    def write(tx, seen, hub):
        person = next(iter(seen), f"p{hub}")
        tx.bind_keys(person, [("nhs", "1")])
        return person

    return lambda tx: tx.find_people([("nhs", "1")]), write, lambda told: told[0] == told[1]


def same_control_id(world):
    def write(tx, seen, hub):
        receipt = tx.archive(world.arrival("7"))
        tx.move(receipt, MessageState.COMMITTED if seen is None else MessageState.DUPLICATE)
        return seen is None

    return lambda tx: tx.find_receipt("lab", "7"), write, lambda told: sorted(told) == [False, True]


def same_lane(world):
    """One parks, the other goes on only if nothing is parked: then it must have been first."""

    def write(tx, seen, hub):
        receipt = tx.archive(world.arrival(str(hub)))
        tx.conclude(receipt, lane="l")
        tx.move(receipt, MessageState.PARKED)
        return seen

    return lambda tx: tx.lane_is_blocked("l"), write, lambda told: sorted(told) == [False, True]


def conditional_create(world):
    asked = Query("Patient", (Clause("identifier", ParamType.TOKEN, (TokenValue("nhs", "1"),)),))

    def write(tx, seen, hub):
        if not seen.matches:
            tx.put(NewVersion(world.version(f"Patient/p{hub}"), (TokenEntry("identifier", "nhs", "1"),)))
        return len(seen.matches)

    return lambda tx: tx.search(world.system, asked), write, lambda told: sorted(told) == [0, 1]


def same_pending_message(world):
    receipt = world.receive()

    def write(tx, seen, hub):
        if seen.state is MessageState.PENDING:
            tx.move(receipt, MessageState.COMMITTED)
        return seen.state

    return lambda tx: tx.get_receipt(receipt), write, lambda told: set(told) == {MessageState.PENDING, MessageState.COMMITTED}


def same_sequence_number(world):
    def write(tx, seen, hub):
        tx.expect_number("lab", (seen or 0) + 1)
        return seen

    return lambda tx: tx.expected_number("lab"), write, lambda told: set(told) == {None, 1}


def same_entry_of_a_spool(world):
    def write(tx, seen, hub):
        if seen is not None:
            return seen.id
        receipt = tx.archive(world.arrival(None))
        tx.keep_spooled(b"entry", receipt)
        return receipt

    return lambda tx: tx.find_spooled(b"entry"), write, lambda told: told[0] == told[1]


RACES = [
    same_resource,
    new_resource,
    same_person,
    same_control_id,
    same_lane,
    conditional_create,
    same_pending_message,
    same_sequence_number,
    same_entry_of_a_spool,
]


@pytest.mark.parametrize("scene", RACES)
def test_two_hubs_come_out_as_one_after_the_other(world, other, scene):
    read, write, holds = scene(world)
    told = race(world, other, read, write)
    assert holds(told), told
    assert world.run(world.store.ledger(world.system)).balanced


@pytest.mark.parametrize("scene", RACES)
def test_a_hub_that_does_not_remember_what_it_read_is_caught(world, other, scene, monkeypatch):
    """The planted fault: nothing is noted, so nothing is stale. The scene then ends as it may not, or in an error."""
    monkeypatch.setattr(Work, "_now_reading", lambda self, asked: None)
    read, write, holds = scene(world)
    told = race(world, other, read, write)
    assert any(isinstance(each, StoreError) for each in told) or not holds(told)


def test_what_another_hub_writes_elsewhere_makes_nothing_run_again(world, other):
    runs = Counter()

    def read(tx):
        return tx.find_people([("nhs", "1")])

    def write(tx, seen, hub):
        runs[hub] += 1
        tx.put(NewVersion(world.version(f"Observation/{hub}"), (TokenEntry("code", "l", "1"),)))

    race(world, other, read, write)
    assert runs == {1: 1, 2: 1}


def test_hubs_in_opposite_orders_never_wait_for_each_other(world, other):
    """Many batches over few resources, people and lanes: every step is counted, none is lost, none deadlocks."""
    chance = random.Random(3)
    names = [f"Patient/{number}" for number in range(4)]

    def step(chosen):
        def work(tx):
            for name in chosen:
                before = tx.current(world.system, *name.split("/"))
                number = 1 if before is None else before.version + 1
                tx.put(NewVersion(world.version(name, number), (TokenEntry("gender", "", str(number)),)))
                tx.bind_keys(name, [("nhs", name)])
                tx.owe(NewDelivery("ward", "Patient", name, number, "m", world.now, lane=name))

        return work

    chosen = [chance.sample(names, 3) for _ in range(120)]

    async def together():
        works = [(world.store if number % 2 else other).submit(step(each)) for number, each in enumerate(chosen)]
        await asyncio.gather(*works)

    begun = time.monotonic()
    asyncio.run(together())
    assert time.monotonic() - begun < 30
    expected = Counter(name for each in chosen for name in each)
    for name in names:
        found = world.run(world.store.read(world.system, *name.split("/")))
        assert found.version == expected[name]
        gender = Clause("gender", ParamType.TOKEN, (TokenValue(None, str(found.version)),))
        assert f"Patient/{world.ids('Patient', gender)[0]}" in names
    deliveries = world.run(world.store.deliveries(world.system, limit=1000))
    assert Counter(row.lane for row in deliveries) == expected
    assert world.run(world.store.ledger(world.system)).balanced


def test_what_was_answered_before_has_the_lower_number(world, other):
    numbers = []
    for turn in range(6):
        store = (world.store, other)[turn % 2]
        numbers.append(world.run(store.submit(lambda tx: tx.archive(world.arrival(str(len(numbers)))))))
    assert numbers == sorted(numbers)


# --- deliveries and leases


def test_no_delivery_is_claimed_by_two_hubs_and_lanes_keep_their_order(world, other):
    lanes = ["a", "b", "c"]
    numbers = [world.owe(lane=lane) for _ in range(10) for lane in lanes]
    sent = []

    async def deliver(store):
        while len(sent) < len(numbers):
            claimed = await store.submit(lambda tx: tx.claim("ward", world.now, 2))
            for delivery in claimed:
                sent.append((delivery.lane, delivery.id))
                await store.submit(lambda tx, id_=delivery.id: tx.settle(id_, DeliveryState.DELIVERED, now=world.now))

    async def together():
        await asyncio.wait_for(asyncio.gather(*(deliver(store) for store in (world.store, other) for _ in range(2))), 30)

    asyncio.run(together())
    for lane in lanes:
        order = [number for its, number in sent if its == lane]
        assert order == sorted(order)
    assert sorted(number for _, number in sent) == numbers


def stop_lease(monkeypatch):
    monkeypatch.setattr("hub.store.postgresql.registrar.Registrar._keep_alive", lambda self: None)


def claim(store, world):
    return [row.id for row in world.run(store.submit(lambda tx: tx.claim("ward", world.now, 5)))]


def test_what_a_dead_hub_had_in_flight_is_taken_over_once_its_lease_is_out(world, emptied_schema, monkeypatch):
    first, second = world.owe(lane="a"), world.owe(lane="a")
    stop_lease(monkeypatch)
    frozen = open_store(emptied_schema, lease=0.5)
    assert claim(frozen, world) == [first]
    assert world.run(world.store.recover(world.now)) == 0  # it is alive
    time.sleep(0.7)
    assert world.run(world.store.recover(world.at(5))) == 1
    assert world.claim(seconds=5) == [first]
    with pytest.raises(LeaseLost):
        world.run(frozen.submit(lambda tx: tx.settle(first, DeliveryState.DELIVERED, now=world.now)))
    world.submit(lambda tx: tx.settle(first, DeliveryState.DELIVERED, now=world.now))
    with pytest.raises(LeaseLost):  # also when nobody has it any more
        world.run(frozen.submit(lambda tx: tx.settle(first, DeliveryState.WAITING, now=world.now)))
    assert world.claim() == [second]
    world.run(frozen.close())
    assert world.run(world.store.ledger(world.system)).balanced


def test_a_hub_that_is_alive_keeps_what_it_has(world, emptied_schema):
    number = world.owe(lane="a")
    busy = open_store(emptied_schema, lease=0.3)
    assert claim(busy, world) == [number]
    time.sleep(0.8)  # several leases long
    assert world.run(world.store.recover(world.now)) == 0
    world.run(busy.submit(lambda tx: tx.settle(number, DeliveryState.DELIVERED, now=world.now)))
    world.run(busy.close())


def test_what_a_dead_hub_had_pending_is_adopted_by_one(world, other, emptied_schema, monkeypatch):
    stop_lease(monkeypatch)
    frozen = open_store(emptied_schema, lease=0.4)
    left = world.run(frozen.submit(lambda tx: [tx.archive(world.arrival(str(number))) for number in range(5)]))
    mine = world.receive(control_id="mine")
    assert world.run(other.adopt()) == 0
    time.sleep(0.5)

    async def together():
        return await asyncio.gather(*(store.adopt() for store in (world.store, other) for _ in range(3)))

    assert sum(asyncio.run(together())) == len(left)  # each by one of them, and `mine` by nobody
    hands = [list(world.run(store.in_hand(0, 10))) for store in (world.store, other)]
    assert sorted(hands[0] + hands[1]) == sorted([*left, mine])
    assert mine in hands[0]
    world.run(frozen.close())


def test_a_hub_that_signs_off_leaves_nothing_to_wait_for(world, other):
    number = world.owe(lane="a")
    assert claim(other, world) == [number]
    world.run(other.close())
    assert world.run(world.store.recover(world.now)) == 1


def test_a_store_that_forgets_leases_is_caught(world, emptied_schema, monkeypatch):
    """The planted fault: whatever is in flight is taken over. The live hub's delivery goes out twice."""
    number = world.owe(lane="a")
    busy = open_store(emptied_schema)
    assert claim(busy, world) == [number]
    monkeypatch.setitem(SQL, "lapsed", SQL["lapsed"].replace(SQL["alive"], "FALSE"))
    world.run(world.store.recover(world.now))
    assert world.claim() == [number]
    monkeypatch.undo()
    world.run(busy.close())


def test_a_store_that_settles_without_the_lease_is_caught(world, emptied_schema, monkeypatch):
    """The planted fault: it is not looked at whose the delivery is. The frozen hub settles what another has in hand."""
    number = world.owe(lane="a")
    stop_lease(monkeypatch)
    frozen = open_store(emptied_schema, lease=0.1)
    assert claim(frozen, world) == [number]
    time.sleep(0.2)
    world.run(world.store.recover(world.now))
    assert world.claim() == [number]
    monkeypatch.setitem(SQL, "hold_of_delivery", SQL["hold_of_delivery"].replace("lane, hub", "lane, NULL"))
    world.run(frozen.submit(lambda tx: tx.settle(number, DeliveryState.DELIVERED, now=world.now)))
    with pytest.raises(StoreError):
        world.submit(lambda tx: tx.settle(number, DeliveryState.WAITING, now=world.now))
    world.run(frozen.close())
