"""The memory that connections share: never over its bound, something always moves, and who holds much and sends nothing is closed."""

import asyncio

from connectors.mllp.memory import OWN, Memory

KB = 1024
LIMIT, LARGEST = 256 * KB, 512 * KB


class Sender:
    """A connection whose other side has `rest` bytes to send; it reads when it may, as the event loop would."""

    def __init__(self, memory, rest):
        self.memory, self.rest = memory, rest
        self.held = self.received = 0
        self.is_receiving = True
        self.is_paused = self.is_closed = False

    def turn(self):
        """One read. False when nothing was read."""
        if self.is_closed or self.is_paused or not self.rest:
            return False
        count = min(self.rest, 64 * KB, max(1, self.memory.allowance(self)))
        self.rest -= count
        self.held += count
        self.received += count
        self.memory.note(self)
        if not self.memory.allowance(self):
            self.is_paused = True
            self.memory.wait(self)
        return True

    def may_read(self):
        self.is_paused = False

    def close_for_memory(self):
        self.is_closed = True
        self.held = 0
        self.memory.forget(self)

    def answered(self):
        self.held = 0
        self.memory.note(self)


def pour(senders, size):
    """Until nothing moves; messages of `size` are answered when they are complete. Gives the most that was held at once."""
    most = 0
    while sum(sender.turn() for sender in senders):
        most = max(most, sum(sender.held for sender in senders))
        for sender in senders:
            if sender.held >= size:
                sender.answered()
    return most


def bound(senders):
    return LIMIT + LARGEST + len(senders) * (OWN + 1) + 64 * KB


def test_large_messages_of_many_all_come_through_within_the_bound():
    async def story():
        memory = Memory(LIMIT, LARGEST)
        senders = [Sender(memory, LARGEST) for _ in range(40)]
        most = pour(senders, LARGEST)
        assert [sender.rest for sender in senders] == [0] * 40
        assert most <= bound(senders)
        assert memory.used == 0

    asyncio.run(story())


def test_halves_that_never_end_stay_within_the_bound_and_small_messages_go_by():
    async def story():
        memory = Memory(LIMIT, LARGEST)
        halves = [Sender(memory, LARGEST // 2) for _ in range(100)]
        assert pour(halves, LARGEST) <= bound(halves)
        assert memory.used >= LIMIT
        small = [Sender(memory, 4 * KB) for _ in range(50)]
        pour(small, 4 * KB)
        assert [sender.rest for sender in small] == [0] * 50

    asyncio.run(story())


def test_the_largest_that_send_nothing_are_closed_and_the_others_go_on():
    async def story():
        memory = Memory(LIMIT, LARGEST)
        halves = [Sender(memory, LARGEST // 2 - number * KB) for number in range(3)]
        pour(halves, LARGEST)
        honest = Sender(memory, LARGEST)
        pour([*halves, honest], LARGEST)
        for _ in range(20):
            memory._close_the_slow()
            pour([*halves, honest], LARGEST)
        assert honest.rest == 0
        assert not honest.is_closed
        assert any(half.is_closed for half in halves)

    asyncio.run(story())


def test_a_sender_that_sends_is_not_closed_for_being_large():
    async def story():
        memory = Memory(LIMIT, LARGEST)
        busy, goes_on, waits = (Sender(memory, LIMIT) for _ in range(3))
        pour([busy], LARGEST)
        for other in (goes_on, waits):
            while other.turn():
                pass
        for _ in range(5):
            for sender in (busy, goes_on):
                sender.received += 8 * KB  # between two looks
            memory._close_the_slow()
            assert not busy.is_closed
            assert not goes_on.is_closed
        memory._look.cancel()

    asyncio.run(story())


def test_what_a_closed_connection_held_is_given_back():
    async def story():
        memory = Memory(LIMIT, LARGEST)
        one, other = Sender(memory, LIMIT), Sender(memory, LIMIT)
        pour([one, other], LARGEST)
        assert other.rest or one.rest
        for sender in (one, other):
            sender.close_for_memory()
        assert memory.used == 0

    asyncio.run(story())
