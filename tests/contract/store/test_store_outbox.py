"""What is owed: lanes, claims, how deliveries end."""

import pytest

from hub.core.errors import StoreError
from hub.core.lifecycle import DeliveryState
from hub.store.rows import Delivery


def settle(world, delivery, state, **options):
    world.submit(lambda tx: tx.settle(delivery, state, now=world.now, **options))


def found(world, delivery):
    return next(row for row in world.run(world.store.deliveries(world.system)) if row.id == delivery)


def test_a_delivery_says_what_is_owed(world):
    receipt = world.receive()
    number = world.owe(lane="p/lab", person="p", receipt=receipt)
    assert found(world, number) == Delivery(
        id=number, destination="ward", type="Observation", resource_id="o", version=1, map_name="oru", lane="p/lab",
        state=DeliveryState.DUE, attempts=0, not_before=world.now, first_due=world.now, reason=None, receipt=receipt,
    )  # fmt: skip


def test_a_lane_is_first_in_first_out(world):
    first, second, third = (world.owe(lane="a") for _ in range(3))
    other, free, also_free = world.owe(lane="b"), world.owe(), world.owe()
    world.owe("gp", lane="a")
    assert world.claim() == [first, other, free, also_free]
    assert world.claim() == []
    settle(world, first, DeliveryState.DELIVERED)
    assert world.claim() == [second]
    settle(world, second, DeliveryState.WAITING, not_before=world.at(60))
    assert world.claim(seconds=59) == []  # the third stands behind it
    assert world.claim(seconds=60) == [second]
    settle(world, second, DeliveryState.DEAD, reason="AE")
    assert world.claim() == [third]  # a dead one does not hold its lane
    assert found(world, second).attempts == 2
    assert world.claim("gp") != []


def test_claim_keeps_to_its_limit_oldest_first(world):
    numbers = [world.owe(lane=lane) for lane in ("a", "b", None, "c")]
    assert world.claim(limit=3) == numbers[:3]
    assert world.claim(limit=3) == numbers[3:]
    assert world.claim("nobody") == []


def test_what_is_due_later_is_not_claimed_now(world):
    later = world.owe(lane="a", due=world.at(10))
    behind = world.owe(lane="a")
    assert world.claim(seconds=9) == []
    assert world.claim(seconds=10) == [later]
    settle(world, later, DeliveryState.DELIVERED)
    assert world.claim() == [behind]


def test_claimed_deliveries_show_their_attempt(world):
    number = world.owe(lane="a")
    (claimed,) = world.submit(lambda tx: tx.claim("ward", world.now, 5))
    assert (claimed.id, claimed.state, claimed.attempts) == (number, DeliveryState.IN_FLIGHT, 1)


def test_a_revived_delivery_goes_before_younger_ones(world):
    first, second, third = (world.owe(lane="a") for _ in range(3))
    world.claim()
    settle(world, first, DeliveryState.DEAD, reason="AR")
    settle(world, first, DeliveryState.DUE)
    assert world.claim() == [first]
    settle(world, first, DeliveryState.DEAD)
    assert world.claim() == [second]
    settle(world, first, DeliveryState.DUE)
    assert world.claim() == []  # the second is on its way
    settle(world, second, DeliveryState.DELIVERED)
    assert world.claim() == [first]
    settle(world, first, DeliveryState.DELIVERED)
    assert world.claim() == [third]


def test_a_revived_delivery_waits_for_an_older_one(world):
    first, second = (world.owe(lane="a") for _ in range(2))
    world.claim()
    settle(world, first, DeliveryState.DEAD)
    world.claim()
    settle(world, second, DeliveryState.DEAD)
    settle(world, first, DeliveryState.DUE)
    settle(world, second, DeliveryState.DUE)
    assert world.claim() == [first]
    alone = world.owe()
    world.claim()
    settle(world, alone, DeliveryState.DEAD)
    settle(world, alone, DeliveryState.DUE)
    assert world.claim() == [alone]


def test_a_dead_letter_that_holds_its_lane_holds_what_comes_later_too(world):
    first, second = (world.owe(lane="a") for _ in range(2))
    world.claim()
    settle(world, first, DeliveryState.DEAD, reason="AE", holds=True)
    third = world.owe(lane="a")
    assert (found(world, first).holds, world.claim()) == (True, [])
    other = world.owe(lane="b")
    assert world.claim() == [other]
    settle(world, first, DeliveryState.DUE)
    assert not found(world, first).holds
    for number in (first, second, third):
        assert world.claim() == [number]
        settle(world, number, DeliveryState.DELIVERED)


def test_a_discarded_letter_lets_its_lane_go_on(world):
    first, second = (world.owe(lane="a") for _ in range(2))
    world.claim()
    settle(world, first, DeliveryState.DEAD, holds=True)
    world.submit(lambda tx: tx.discard(first, reason="discarded: AE"))
    row = found(world, first)
    assert (row.state, row.holds, row.discarded, row.reason) == (DeliveryState.DEAD, False, True, "discarded: AE")
    assert world.claim() == [second]
    for number in (first, second, 77):
        with pytest.raises(StoreError):
            world.submit(lambda tx, number=number: tx.discard(number, reason="again"))
    settle(world, first, DeliveryState.DUE)  # a person may think again
    assert not found(world, first).discarded


def test_discarding_beside_a_lane_that_goes_on_makes_no_second_head(world):
    first, second, third = (world.owe(lane="a") for _ in range(3))
    world.claim()
    settle(world, first, DeliveryState.DEAD)
    assert world.claim() == [second]
    world.submit(lambda tx: tx.discard(first, reason="x"))
    assert world.claim() == []
    settle(world, second, DeliveryState.DELIVERED)
    assert world.claim() == [third]


def test_what_waits_beyond_the_horizon_was_put_off_by_a_wrong_clock(world):
    """The clock was an hour ahead and has been put right: nothing waits for an hour."""
    far = world.owe(lane="a", due=world.at(3600))
    near = world.owe(lane="b", due=world.at(60))
    claimed = world.submit(lambda tx: tx.claim("ward", world.now, 10, horizon=world.at(400)))
    assert [row.id for row in claimed] == [far]
    assert world.claim() == []
    assert world.claim(seconds=60) == [near]


def test_dead_letters_are_found_by_whether_a_person_has_looked(world):
    numbers = [world.owe() for _ in range(3)]
    world.claim()
    for number in numbers:
        settle(world, number, DeliveryState.DEAD)
    world.submit(lambda tx: tx.discard(numbers[1], reason="x"))

    def listed(**options):
        return [row.id for row in world.run(world.store.deliveries(world.system, state=DeliveryState.DEAD, **options))]

    assert listed() == numbers[::-1]
    assert listed(discarded=False) == [numbers[2], numbers[0]]
    assert listed(discarded=True) == [numbers[1]]
    assert listed(before=numbers[2], limit=1) == [numbers[1]]
    assert world.run(world.store.delivery(world.system, numbers[0])).id == numbers[0]
    assert world.run(world.store.delivery(world.system, 77)) is None
    assert world.submit(lambda tx: tx.find_delivery(numbers[0])).id == numbers[0]


def test_a_delivery_that_is_not_there(world):
    with pytest.raises(StoreError):
        settle(world, 77, DeliveryState.DELIVERED)


def restarted(world, opening):
    world.run(world.store.close())
    world.store = opening()


def test_recover_makes_what_was_in_flight_waiting(world, opening):
    first, second, third = world.owe(lane="a"), world.owe(lane="a"), world.owe(lane="b")
    world.claim(limit=1)
    restarted(world, opening)
    assert world.run(world.store.recover(world.at(5))) == 1
    states = {row.id: (row.state, row.not_before) for row in world.run(world.store.deliveries(world.system))}
    assert states == {
        first: (DeliveryState.WAITING, world.at(5)),
        second: (DeliveryState.DUE, world.now),
        third: (DeliveryState.DUE, world.now),
    }
    assert world.claim(seconds=5) == [first, third]
    assert world.run(world.store.recover(world.at(6))) == 0  # what this hub has in flight is its own


def test_recover_buries_what_may_not_go_out_twice(world, opening):
    first, second, other = world.owe(lane="a"), world.owe(lane="a"), world.owe("gp")
    world.claim()
    world.claim("gp")
    restarted(world, opening)
    assert world.run(world.store.recover(world.at(5), lambda destination: destination == "gp")) == 2
    assert (found(world, first).state, found(world, other).state) == (DeliveryState.DEAD, DeliveryState.WAITING)
    assert found(world, first).reason.startswith("ambiguous")
    assert world.claim() == [second]  # its lane goes on


def test_deliveries_are_listed_newest_first(world):
    numbers = [world.owe(), world.owe("gp"), world.owe(person="p"), world.owe(id="secret")]
    world.put("Observation/secret", labels=frozenset({"R"}))
    world.claim("gp")

    def listed(visibility=world.system, **options):
        return [row.id for row in world.run(world.store.deliveries(visibility, **options))]

    assert listed() == numbers[::-1]
    assert listed(limit=1) == numbers[3:]
    assert listed(destination="gp") == numbers[1:2]
    assert listed(state=DeliveryState.IN_FLIGHT) == numbers[1:2]
    assert listed(state=DeliveryState.DUE, destination="ward") == [numbers[3], numbers[2], numbers[0]]
    assert listed(state=DeliveryState.DELIVERED) == []
    assert numbers[2] not in listed(world.seen_by(people={"q"}))
    assert listed(world.seen_by(types={"Patient"})) == []
    assert numbers[3] not in listed(world.seen_by(denied={"R"}))
