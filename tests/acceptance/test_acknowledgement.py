"""What a sender is told, and when: every row of docs/acknowledgement.md, and what goes wrong between two answers."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.mllp import MllpSource
from hub.core.lifecycle import AckOutcome
from hub.engine.configuration import Acknowledge, Mode
from hub.engine.settlement import Settlement
from tests.acceptance.mllp_hub import EYE, SOURCE, code_of, msh, pid, registration, run, running, until, wire

VT, END = b"\x0b", b"\x1c\r"
TABLE = Path(__file__).parents[2] / "docs" / "acknowledgement.md"


def rows():
    lines = [line for line in TABLE.read_text().splitlines() if line.startswith("|")][2:]
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]


def asking(accept, application, message):
    """The same message with MSH-15 and MSH-16."""
    header, _, rest = message.partition(b"\r")
    fields = header.split(b"|")
    fields += [b""] * (16 - len(fields))
    fields[14], fields[15] = accept.encode(), application.encode()
    return b"|".join(fields).rstrip(b"|") + b"\r" + rest


def good(control_id):
    return registration(control_id)


def refused(control_id):
    """There is no map for it."""
    return wire(msh("ZZZ^Z01", control_id), pid())


def shut_out(control_id):
    return wire(msh("ADT^A28", control_id, processing="T"), pid())


class Sender:
    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    def send(self, *messages):
        self.writer.write(b"".join(VT + each + END for each in messages))

    async def answer(self, seconds=20):
        return (await asyncio.wait_for(self.reader.readuntil(END), seconds))[1:-2]

    async def codes(self, count):
        return [code_of(await self.answer()) for _ in range(count)]

    async def is_silent(self):
        try:
            await self.answer(0.3)
        except TimeoutError:
            return True
        return False


@asynccontextmanager
async def sender(source):
    each = Sender(*await asyncio.open_connection(*source._server.sockets[0].getsockname()[:2]))
    try:
        yield each
    finally:
        each.writer.close()
        await asyncio.gather(each.writer.wait_closed(), return_exceptions=True)


@asynccontextmanager
async def hub_with(folder, **settings):
    listener = MllpSource("127.0.0.1:0")
    async with running(folder, sources=(replace(SOURCE, **settings),), listeners={SOURCE.name: listener}) as hub:
        yield hub, listener


def answers(cell):
    return [] if cell == "-" else cell.split(", ")


async def stands_as(hub, control_id, state):
    """Once it is settled."""

    async def settled():
        found = [each.state for each in await hub.store.receipts(EYE) if each.control_id == control_id]
        return found == [state]

    await until(settled)


@pytest.mark.parametrize("row", rows(), ids="-".join)
def test_every_row_of_the_table(tmp_path, row):
    mode, acknowledge, accept, application, *expected = row

    async def story():
        async with hub_with(tmp_path, mode=Mode(mode), acknowledge=Acknowledge(acknowledge)) as (hub, listener), sender(listener) as each:
            cases = (
                (good, "G", expected[0], "committed"),
                (refused, "R", expected[1], expected[2]),
                (shut_out, "S", expected[3], expected[4]),
            )
            for make, control_id, told, state in cases:
                each.send(asking(accept, application, make(control_id)))
                assert await each.codes(len(answers(told))) == answers(told), control_id
                await stands_as(hub, control_id, state)
            assert await each.is_silent()
            assert (await hub.store.ledger(EYE)).balanced

    run(story(), 60)


def test_both_answers_stand_with_the_message_and_the_same_again_gets_the_same(tmp_path):
    async def story():
        async with hub_with(tmp_path, mode=Mode.ENHANCED) as (hub, listener), sender(listener) as each:
            each.send(good("1"))
            first = [await each.answer(), await each.answer()]
            each.send(good("1"))
            again = [await each.answer(), await each.answer()]
            assert first == again
            duplicate, receipt = await hub.store.receipts(EYE)
            assert (receipt.ack_code, receipt.answer, duplicate.state) == ("CA", first[0], "duplicate")
            second = await hub.store.application_answer(EYE, receipt.id)
            assert (second.code, second.answer) == ("AA", first[1])
            assert first[0].split(b"|")[9] != first[1].split(b"|")[9]  # two messages, two control ids
            await hub.engine._around.told.flush()
            for each_id in (receipt.id, duplicate.id):
                assert (await hub.store.application_answer(EYE, each_id)).outcome is AckOutcome.DELIVERED

    run(story())


def test_messages_in_a_row_are_answered_in_their_order(tmp_path):
    async def story():
        async with hub_with(tmp_path, mode=Mode.ENHANCED) as (_, listener), sender(listener) as each:
            each.send(*[good(str(number)) for number in range(100)])
            heard = [await each.answer() for _ in range(200)]
            for kept in ("CA", "AA"):
                named = [each.split(b"MSA|")[1].split(b"|")[1].strip() for each in heard if code_of(each) == kept]
                assert named == [str(number).encode() for number in range(100)]

    run(story(), 60)


class Held:
    """Maps that wait until they are let go."""

    def __init__(self, transform):
        self.transform, self.go = transform, asyncio.Event()

    async def __call__(self, *given):
        await self.go.wait()
        return await self.transform(*given)


def hold(hub):
    held = Held(hub.engine._around.transform)
    object.__setattr__(hub.engine._around, "transform", held)
    return held


@pytest.mark.parametrize(("make", "state"), [(good, "committed"), (refused, "parked")])
def test_a_connection_that_ends_between_the_two_answers(tmp_path, make, state):
    """Settled all the same; what is refused then is parked, since nobody hears of it. The sender that comes again is told."""

    async def story():
        async with hub_with(tmp_path, mode=Mode.ENHANCED) as (hub, listener):
            held = hold(hub)
            async with sender(listener) as each:
                each.send(make("1"))
                assert await each.codes(1) == ["CA"]
            await until(lambda: not hub.engine._around.awaited.is_awaited(1))
            held.go.set()
            await stands_as(hub, "1", state)
            assert (await hub.store.application_answer(EYE, 1)).outcome is AckOutcome.UNDELIVERED
            async with sender(listener) as each:
                each.send(make("1"))
                assert await each.codes(2) == ["CA", "AA"]
                assert await each.is_silent()

    run(story())


def test_a_hub_that_refuses_what_nobody_hears_of_is_caught(tmp_path, monkeypatch):
    """The planted fault: whether anybody still waits makes no difference."""
    refuse = Settlement._refuse
    monkeypatch.setattr(Settlement, "_refuse", lambda settlement, *given: refuse(replace(settlement, told=False), *given))
    with pytest.raises(AssertionError):
        test_a_connection_that_ends_between_the_two_answers(tmp_path, refused, "parked")


def test_the_same_message_while_the_first_waits_for_its_second_answer(tmp_path):
    async def story():
        async with hub_with(tmp_path, mode=Mode.ENHANCED) as (hub, listener):
            held = hold(hub)
            async with sender(listener) as each, sender(listener) as other:
                each.send(good("1"))
                assert await each.codes(1) == ["CA"]
                other.send(good("1"))
                assert await other.codes(1) == ["CA"]
                held.go.set()
                assert await each.codes(1) == await other.codes(1) == ["AA"]
            assert await hub.states() == {"received": 2, "committed": 1, "duplicate": 1}

    run(story())


def test_a_hub_that_is_started_again_between_the_two_answers(tmp_path):
    async def story():
        async with hub_with(tmp_path, mode=Mode.ENHANCED) as (hub, listener):
            hold(hub)
            async with sender(listener) as each:
                each.send(good("1"), refused("2"))
                assert await each.codes(2) == ["CA", "CA"]
        async with hub_with(tmp_path, mode=Mode.ENHANCED) as (hub, listener):
            await stands_as(hub, "1", "committed")
            await stands_as(hub, "2", "parked")
            async with sender(listener) as each:
                each.send(good("1"))
                assert await each.codes(2) == ["CA", "AA"]
                assert await each.is_silent()
            assert await hub.states() == {"received": 3, "committed": 1, "duplicate": 1, "parked": 1}

    run(story(), 60)
