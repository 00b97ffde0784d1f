"""Receipts, their bytes and their states; what one piece of work may do to another."""

import asyncio
import threading

import pytest

from hub.core.errors import StoreBusy, StoreClosed, StoreError
from hub.core.lifecycle import AckOutcome, MessageState
from hub.store.rows import NewVersion, Receipt


@pytest.mark.parametrize("body", [b"", b"MSH|^~\\&|\r", bytes(range(256)), b"PID|1\r" * 5000, b"\x00" * 20_000])
def test_the_archive_gives_back_the_very_bytes(world, body):
    receipt = world.submit(lambda tx: tx.archive(world.arrival(body=body)))
    assert world.submit(lambda tx: tx.body_of(receipt)) == body
    assert world.run(world.store.archived(world.system, receipt)) == body


def test_a_receipt_says_what_is_known_of_it(world):
    receipt = world.receive(
        MessageState.COMMITTED,
        answer=b"MSA|AA",
        ack_code="AA",
        ack_outcome=AckOutcome.DELIVERED,
        map_set="f00d",
        person="p1",
        lane="p1/lab",
    )
    arrival = world.arrival()
    assert world.run(world.store.receipt(world.system, receipt)) == Receipt(
        id=receipt, source="lab", control_id="1", message_type="ORU^R01", digest=arrival.digest, received=world.now,
        state=MessageState.COMMITTED, reason=None, answer=b"MSA|AA", ack_code="AA", ack_outcome=AckOutcome.DELIVERED, map_set="f00d",
        person="p1", lane="p1/lab",
    )  # fmt: skip


@pytest.mark.parametrize("written_before", [False, True])
def test_conclude_leaves_what_it_is_not_told(world, written_before):
    """In the work that archives, and in a later one."""

    def archive(tx):
        receipt = tx.archive(world.arrival())
        tx.conclude(receipt, answer=b"A", ack_code="AA", ack_outcome=AckOutcome.DELIVERED, map_set="m", person="p", lane="l")
        return receipt

    if written_before:
        receipt = world.submit(archive)
        world.submit(lambda tx: tx.conclude(receipt, person="q"))
    else:

        def both(tx):
            receipt = archive(tx)
            tx.conclude(receipt, person="q")
            return receipt

        receipt = world.submit(both)
    found = world.run(world.store.receipt(world.system, receipt))
    assert (found.answer, found.ack_code, found.ack_outcome, found.map_set, found.person, found.lane) == (
        b"A", "AA", AckOutcome.DELIVERED, "m", "q", "l",
    )  # fmt: skip


def test_illegal_moves_are_refused_in_the_work_that_archives_too(world):
    def work(tx):
        receipt = tx.archive(world.arrival())
        tx.move(receipt, MessageState.COMMITTED)
        tx.move(receipt, MessageState.PENDING)

    with pytest.raises(StoreError):
        world.submit(work)
    assert world.run(world.store.receipts(world.system)) == []


@pytest.mark.parametrize("call", ["get_receipt", "body_of", "conclude"])
def test_a_receipt_that_is_not_there(world, call):
    with pytest.raises(StoreError):
        world.submit(lambda tx: getattr(tx, call)(77))
    with pytest.raises(StoreError):
        world.submit(lambda tx: tx.move(77, MessageState.PARKED))
    assert world.run(world.store.receipt(world.system, 77)) is None
    assert world.run(world.store.archived(world.system, 77)) is None


def test_find_receipt_gives_the_newest_that_is_no_duplicate(world):
    first = world.receive(control_id="7")
    second = world.receive(MessageState.COMMITTED, control_id="7")
    world.receive(MessageState.DUPLICATE, control_id="7")
    world.receive(control_id="8")
    world.receive(control_id="7", source="ward")
    assert first < second
    assert world.submit(lambda tx: tx.find_receipt("lab", "7")).id == second
    assert world.submit(lambda tx: tx.find_receipt("lab", "9")) is None
    assert world.submit(lambda tx: tx.find_receipt("nobody", "7")) is None


def test_a_work_reads_what_it_wrote(world):
    def work(tx):
        receipt = tx.archive(world.arrival("7"))
        tx.conclude(receipt, lane="l")
        assert tx.find_receipt("lab", "7").id == receipt
        assert tx.lane_is_blocked("l")
        assert tx.first_in_lane("l").id == receipt
        assert tx.body_of(receipt) == world.arrival().body
        tx.move(receipt, MessageState.COMMITTED)
        assert not tx.lane_is_blocked("l")
        return tx.get_receipt(receipt).state

    assert world.submit(work) is MessageState.COMMITTED


def test_lanes_are_held_by_parked_and_pending_messages(world):
    parked = world.receive(MessageState.PARKED, lane="l")
    waiting = [world.receive(lane="l"), world.receive(lane="l")]
    world.receive(MessageState.COMMITTED, lane="m")
    assert world.submit(lambda tx: tx.lane_is_blocked("l"))
    assert not world.submit(lambda tx: tx.lane_is_blocked("m"))
    for turn, then in ((parked, MessageState.SKIPPED), *((receipt, MessageState.COMMITTED) for receipt in waiting)):
        assert world.submit(lambda tx: tx.first_in_lane("l")).id == turn
        world.submit(lambda tx, turn=turn, then=then: tx.move(turn, then))
    assert world.submit(lambda tx: tx.first_in_lane("l")) is None
    assert not world.submit(lambda tx: tx.lane_is_blocked("l"))


def test_unprocessed_counts_parked_and_pending_messages_of_a_person(world):
    for state in MessageState:
        world.receive(state, person="p")
    world.receive(person="q")
    count = world.store.unprocessed
    assert world.run(count(world.system, "p")) == 2
    assert world.run(count(world.system, "nobody")) == 0
    assert world.run(count(world.seen_by(people={"q"}), "p")) == 0
    assert world.run(count(world.seen_by(people=set()), "p")) == 0


def test_receipts_are_listed_newest_first_in_pages(world):
    numbers = [world.receive(state, source=source) for source in ("lab", "ward") for state in MessageState]
    listed = world.store.receipts
    assert [receipt.id for receipt in world.run(listed(world.system))] == numbers[::-1]
    first = world.run(listed(world.system, limit=5))
    assert [receipt.id for receipt in world.run(listed(world.system, before=first[-1].id))] == numbers[::-1][5:]
    for state in MessageState:
        found = world.run(listed(world.system, state=state))
        assert [(receipt.state, receipt.source) for receipt in found] == [(state, "ward"), (state, "lab")]
        assert [receipt.source for receipt in world.run(listed(world.system, state=state, source="lab"))] == ["lab"]


# --- pieces of work beside each other


def test_a_work_that_raises_takes_only_itself_back(world):
    """All in one batch: its caller hears its own exception, the others are kept."""

    class Mine(Exception):
        pass

    def good(number):
        def work(tx):
            tx.bind_keys(f"p{number}", [("nhs", str(number))])
            return tx.archive(world.arrival(str(number)))

        return work

    def bad(tx):
        tx.archive(world.arrival("bad", source="only-bad"))
        tx.put(world_version)
        tx.bind_keys("px", [("new-system", "x")])
        raise Mine

    world_version = NewVersion(world.version("Patient/bad"))

    async def together():
        works = [good(1), bad, good(2), bad, good(3)]
        return await asyncio.gather(*(world.store.submit(work) for work in works), return_exceptions=True)

    outcomes = world.run(together())
    assert [type(outcome) for outcome in outcomes] == [int, Mine, int, Mine, int]
    assert {receipt.control_id for receipt in world.run(world.store.receipts(world.system))} == {"1", "2", "3"}
    assert world.run(world.store.read(world.system, "Patient", "bad")) is None
    assert world.run(world.store.find_people(world.system, [("nhs", "1"), ("nhs", "3"), ("new-system", "x")])) == {"p1", "p3"}
    # names that were taken back are given anew
    world.submit(lambda tx: tx.bind_keys("py", [("new-system", "y")]))
    assert world.run(world.store.find_people(world.system, [("new-system", "y")])) == {"py"}
    assert world.run(world.store.ledger(world.system)).balanced


def test_a_value_the_store_cannot_keep_fails_alone(world):
    """A lone surrogate has no UTF-8."""

    async def together():
        works = [
            lambda tx: tx.archive(world.arrival("1")),
            lambda tx: tx.archive(world.arrival("\ud800")),
            lambda tx: tx.archive(world.arrival("3")),
        ]
        return await asyncio.gather(*(world.store.submit(work) for work in works), return_exceptions=True)

    one, two, three = world.run(together())
    assert isinstance(one, int)
    assert isinstance(two, Exception)
    assert isinstance(three, int)
    assert len(world.run(world.store.receipts(world.system))) == 2
    assert world.run(world.store.ledger(world.system)).balanced


def test_a_wrong_receipt_number_fails_alone(world):
    async def together():
        works = [lambda tx: tx.archive(world.arrival("1")), lambda tx: tx.put(NewVersion(world.version("Patient/p", receipt=999)))]
        return await asyncio.gather(*(world.store.submit(work) for work in works), return_exceptions=True)

    one, two = world.run(together())
    assert isinstance(one, int)
    assert isinstance(two, StoreError)


def test_a_full_queue_says_busy(opening):
    store = opening(queue_limit=2)

    async def overload():
        hold = threading.Event()
        first = asyncio.create_task(store.submit(lambda _: hold.wait(5)))
        await asyncio.sleep(0.05)  # the writer is at it now
        queued = [asyncio.create_task(store.submit(lambda _: None)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(StoreBusy):
            await store.submit(lambda _: None)
        hold.set()
        await asyncio.gather(first, *queued)
        assert await store.submit(lambda _: "again") == "again"
        await store.close()

    asyncio.run(overload())


def test_close_finishes_what_was_submitted_and_then_refuses(opening, world):
    store = world.store

    async def closing():
        tasks = [asyncio.create_task(store.submit(lambda tx, n=n: tx.archive(world.arrival(str(n))))) for n in range(50)]
        await asyncio.sleep(0)
        await store.close()
        await asyncio.gather(*tasks)
        with pytest.raises(StoreClosed):
            await store.submit(lambda _: None)
        with pytest.raises(StoreClosed):
            await store.read(world.system, "Patient", "p")
        with pytest.raises(StoreClosed):
            await store.receipts(world.system)
        await store.close()

    world.run(closing())
    again = opening()
    assert len(world.run(again.receipts(world.system))) == 50
    world.run(again.close())


def test_a_cancelled_caller_does_not_stop_its_work(world):
    async def cancel():
        task = asyncio.create_task(world.store.submit(lambda tx: tx.archive(world.arrival())))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await world.store.submit(lambda _: None)
        return len(await world.store.receipts(world.system))

    assert world.run(cancel()) == 1


def test_what_was_left_pending_is_in_hand_after_a_restart(world, opening):
    first, second = world.receive(), world.receive()
    world.receive(lane="l")  # waits behind something
    world.receive(MessageState.COMMITTED)
    world.run(world.store.close())
    world.store = opening()
    world.run(world.store.adopt())
    third = world.receive()
    assert world.run(world.store.in_hand(0, 10)) == [first, second, third]
    assert world.run(world.store.in_hand(0, 1)) == [first]
    assert world.run(world.store.in_hand(first, 10)) == [second, third]
    assert world.run(world.store.adopt()) == 0
