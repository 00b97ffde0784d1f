"""What waits, for those who ask often: metrics, alerts, `calder top`."""

from dataclasses import replace

from hub.core.lifecycle import DeliveryState, MessageState
from hub.store.rows import NewDelivery, Standing, Unfinished


def _receive(world, state, source, at):
    def work(transaction):
        receipt = transaction.archive(replace(world.arrival(None, source), received=at))
        if state is not MessageState.PENDING:
            transaction.move(receipt, state)

    world.submit(work)


def test_it_counts_what_waits_and_says_since_when(world):
    for seconds, state in enumerate([MessageState.COMMITTED, MessageState.PARKED, MessageState.PARKED, MessageState.PENDING]):
        _receive(world, state, "lab", world.at(seconds))
    _receive(world, MessageState.PENDING, "ward", world.at(9))
    found = world.run(world.store.standing(world.system))
    assert dict(found.received) == {"lab": 4, "ward": 1}
    assert sorted(found.messages, key=str) == [
        Unfinished("lab", "parked", 2, world.at(1)),
        Unfinished("lab", "pending", 1, world.at(3)),
        Unfinished("ward", "pending", 1, world.at(9)),
    ]


def test_deliveries_stand_beside_them(world):
    def owe(transaction, destination, number):
        world_due = world.at(number)
        return transaction.owe(NewDelivery(destination, "CarePlan", "1", 1, "m", world_due, lane=f"l{number}"))

    for number, destination in enumerate(["gp", "gp", "gp", "ward"]):
        world.submit(lambda tx, number=number, destination=destination: owe(tx, destination, number))
    first, second = (each.id for each in world.submit(lambda tx: tx.claim("gp", world.at(60), 2)))
    world.submit(lambda tx: tx.settle(first, DeliveryState.DELIVERED, now=world.at(61)))
    world.submit(lambda tx: tx.settle(second, DeliveryState.DEAD, now=world.at(61), reason="permanent"))
    found = world.run(world.store.standing(world.system))
    assert dict(found.owed) == {"gp": 3, "ward": 1}
    assert sorted(found.deliveries, key=str) == [
        Unfinished("gp", "dead", 1, world.at(1)),
        Unfinished("gp", "due", 1, world.at(2)),
        Unfinished("ward", "due", 1, world.at(3)),
    ]


def test_a_limited_caller_is_told_nothing(world):
    _receive(world, MessageState.PARKED, "lab", world.at(0))
    for limited in (world.seen_by(people={"p1"}), world.seen_by(types={"Observation"})):
        assert world.run(world.store.standing(limited)) == Standing({}, {}, (), ())
