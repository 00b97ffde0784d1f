"""Every way in which an MLLP destination can fail, and its class: whether the other side may have the message is what counts.

Mutants of the connector at the end: each must make a line of the table fall.
"""

import asyncio
from contextlib import asynccontextmanager

import pytest

from connectors.mllp import MllpDestination, destination
from connectors.mllp.limits import Limits
from connectors.mllp.wire import Wire
from hub.codec.hl7v2 import AckCode, ask_for_both
from hub.core.errors import DeliveryError, NotSent, Rejected, Unanswered
from hub.core.lifecycle import Failure
from hub.sdk import Outbound, Taken
from tests.acceptance.misbehaving import (
    ack,
    answering,
    closes,
    control_id,
    drips,
    framed,
    listening,
    message,
    never_accepting,
    nobody,
    reads_a_little_and_resets,
    resets,
    stays,
)
from tests.acceptance.mllp_hub import run, until

SMALL = Outbound(b"MSH|^~\\&|HUB|HUB|PAS|RCF|20260501||MDM^T02|C1|P|2.5\rTXA|1|t|x\r", "C1")
LARGE = Outbound(SMALL.body + b"OBX|1|TX|||" + b"x" * (24 << 20) + b"\r", "C1")  # more than the kernel's buffers hold
ENHANCED = Outbound(ask_for_both(SMALL.body), "C1", enhanced=True)
PATIENCE = Limits(answer=0.4, largest_message=4096)
HALF = framed(ack("AA", "C1"))[:30]


def whole(code, **rest):
    return lambda of: framed(ack(code, of, **rest))


def other(code):
    return framed(ack(code, "ANOTHER"))


# what the listener does, what is sent, and what becomes of it
NEVER_THERE = [
    ("nobody listens", nobody, SMALL, NotSent),
    ("the connection is neither taken nor refused", never_accepting, SMALL, NotSent),
]
TRANSIENT = [
    ("takes the connection and never reads", stays, LARGE),
    ("breaks in the middle of the frame", reads_a_little_and_resets, LARGE),
]
AMBIGUOUS = [
    ("reads it and closes", answering(then=closes)),
    ("reads it and resets", answering(then=resets)),
    ("reads it and is silent", answering(then=stays)),
    ("answers another message only", answering(other("AA"), then=stays)),
    ("half an answer, then closes", answering(HALF, then=closes)),
    ("half an answer, then resets", answering(HALF, then=resets)),
    ("half an answer, then silence", answering(HALF, then=stays)),
    ("answers a byte at a time, too slowly", drips(0.1)),
    ("a frame that is not HL7", answering(framed(b"OK"))),
    ("bytes without a frame", answering(b"OK\r\n", then=stays)),
    ("an answer without MSA", answering(framed(b"MSH|^~\\&|PAS|RCF|HUB|HUB|20260501||ACK|1|P|2.4\r"))),
    ("an MSA-1 that is not in table 0008", answering(whole("XX"))),
    ("no MSA-1", answering(whole(""))),
    ("no MSA-2", answering(framed(ack("AA", "")))),
    ("an answer over the limit", answering(framed(ack("AA", "C1") + b"NTE|" + b"x" * 8192))),
]
TAKEN = [
    ("AA", answering(whole("AA"))),
    ("noise, then AA", answering(b"\r\nready\r\n", whole("AA"))),
    ("the answer to another message, then AA", answering(other("AE"), whole("AA"))),
    ("AA in two pieces", answering(lambda of: whole("AA")(of)[:20], lambda of: whole("AA")(of)[20:])),
]


@asynccontextmanager
async def sending(port):
    receiver = MllpDestination(f"127.0.0.1:{port}", PATIENCE)
    try:
        yield receiver
    finally:
        await receiver.close()


async def outcome(place, outbound):
    async with place as port, sending(port) as receiver:
        try:
            return await receiver.send(outbound)
        except DeliveryError as error:
            return error


def named(cases):
    return [pytest.param(*rest, id=name) for name, *rest in cases]


@pytest.mark.parametrize(("place", "outbound", "kind"), named(NEVER_THERE))
def test_where_nobody_is_nothing_was_sent(place, outbound, kind):
    error = run(outcome(place(), outbound))
    assert type(error) is kind
    assert str(error).startswith("no connection")


@pytest.mark.parametrize(("part", "outbound"), named(TRANSIENT))
def test_what_broke_before_its_end_block_was_not_accepted(part, outbound):
    error = run(outcome(listening(part), outbound))
    assert error.failure is Failure.TRANSIENT
    assert str(error).startswith("broken before the end block")


@pytest.mark.parametrize("part", named(AMBIGUOUS))
def test_what_was_written_and_not_answered_may_have_been_accepted(part):
    error = run(outcome(listening(part), SMALL))
    assert type(error) is Unanswered
    assert error.failure is Failure.AMBIGUOUS


@pytest.mark.parametrize("part", named(TAKEN))
def test_what_was_answered_yes(part):
    assert run(outcome(listening(part), SMALL)) is Taken.PROCESSED


@pytest.mark.parametrize("code", ["AE", "AR", "CE", "CR"])
@pytest.mark.parametrize(
    ("error", "said"), [("", ()), ("207^Application internal error^HL70357", ("207",)), ("Greenwood", ()), ("9990000018", ())]
)
def test_what_was_answered_no(code, error, said):
    refused = run(outcome(listening(answering(whole(code, error=error))), SMALL))
    assert type(refused) is Rejected
    assert (refused.code, refused.errors, refused.failure) == (code, said, Failure.PERMANENT)
    assert str(refused) == " ".join(("answered", code, *said))  # nothing that a receiver says goes into a log but codes of the tables


def test_a_frame_that_has_left_is_never_taken_for_one_that_has_not():
    """The receiver takes the message and resets at once, while this side may still be told of its own writing."""

    async def story():
        async with listening(answering(then=resets)) as port, sending(port) as receiver:
            for _ in range(100):
                with pytest.raises(Unanswered):
                    await receiver.send(SMALL)
                with pytest.raises(Unanswered):
                    await receiver.send(Outbound(SMALL.body + b"x" * 300_000, "C1"))

    run(story())


ENHANCED_CASES = [
    ("CA, then AA", answering(whole("CA"), whole("AA")), Taken.PROCESSED),
    ("CA, then silence", answering(whole("CA"), then=stays), Taken.KEPT),
    ("CA, then the connection is closed", answering(whole("CA"), then=closes), Taken.KEPT),
    ("CA twice, then AA", answering(whole("CA"), whole("CA"), whole("AA")), Taken.PROCESSED),
    ("CA, then AA for another", answering(whole("CA"), other("AE"), then=stays), Taken.KEPT),
    ("CA, then what cannot be read", answering(whole("CA"), framed(b"OK")), Taken.KEPT),
    ("CA for another, then nothing", answering(other("CA"), then=stays), Failure.AMBIGUOUS),
    ("CA, then AE", answering(whole("CA"), whole("AE")), Failure.PERMANENT),
    ("CA, then AR", answering(whole("CA"), whole("AR")), Failure.PERMANENT),
    ("CE", answering(whole("CE")), Failure.PERMANENT),
    ("CR", answering(whole("CR")), Failure.PERMANENT),
    ("AA at once, from one that knows the original mode only", answering(whole("AA")), Taken.PROCESSED),
    ("nothing", answering(then=stays), Failure.AMBIGUOUS),
]


@pytest.mark.parametrize(("part", "expected"), named(ENHANCED_CASES))
def test_two_answers_in_enhanced_mode(part, expected):
    found = run(outcome(listening(part), ENHANCED))
    assert (found.failure if isinstance(found, DeliveryError) else found) is expected


def test_the_application_s_answer_is_answered_where_it_asks():
    heard = []

    async def asks(reader, writer):
        writer.write(framed(ack("CA", control_id(await message(reader)))))
        writer.write(framed(ack("AA", "C1", asks="AL")))
        heard.append(await message(reader))
        await stays(reader, writer)

    async def story():
        async with listening(asks) as port, sending(port) as receiver:
            assert await receiver.send(ENHANCED) is Taken.PROCESSED
            await until(lambda: heard)

    run(story())
    (body,) = heard
    assert b"MSA|CA|77" in body


def test_a_late_answer_cannot_come_to_the_next_message():
    """The first is answered too late, on its own connection; the second is refused, and hears that."""
    numbers = []

    async def late(reader, writer):
        numbers.append(len(numbers))
        if numbers[-1] == 0:
            of = control_id(await message(reader))
            await asyncio.sleep(0.6)
            writer.write(framed(ack("AA", of)))
            return
        await answering(whole("AE"))(reader, writer)

    async def story():
        async with listening(late) as port, sending(port) as receiver:
            with pytest.raises(Unanswered):
                await receiver.send(SMALL)
            await asyncio.sleep(0.5)
            with pytest.raises(Rejected):
                await receiver.send(SMALL)
            assert len(numbers) == 2

    run(story())


def test_several_at_once_take_connections_of_their_own():
    async def story():
        open_now, most = 0, 0

        async def part(reader, writer):
            nonlocal open_now, most
            open_now += 1
            most = max(most, open_now)
            await answering(whole("AA"))(reader, writer)

        async with listening(part) as port, sending(port) as receiver:
            for _ in range(3):
                sent = [receiver.send(Outbound(SMALL.body.replace(b"|C1|", f"|C{n}|".encode()), f"C{n}")) for n in range(4)]
                assert await asyncio.gather(*sent) == [Taken.PROCESSED] * 4
            assert most == 4

    run(story())


def test_a_connection_that_was_idle_for_long_is_not_trusted():
    """A firewall may have forgotten it: the bytes would go nowhere, and the message would be ambiguous for nothing."""

    async def story():
        connections = []

        async def part(reader, writer):
            connections.append(writer)
            await answering(whole("AA"))(reader, writer)

        async with listening(part) as port:
            receiver = MllpDestination(f"127.0.0.1:{port}", Limits(answer=1, idle=0.2))
            await receiver.send(SMALL)
            await receiver.send(SMALL)
            assert len(connections) == 1
            await asyncio.sleep(0.3)
            await receiver.send(SMALL)
            assert len(connections) == 2
            await receiver.close()

    run(story())


def test_reach_says_whether_anybody_is_there_and_sends_nothing():
    async def story():
        async with nobody() as port, sending(port) as receiver:
            with pytest.raises(NotSent):
                await receiver.reach()
        async with listening(answering(whole("AA"))) as port, sending(port) as receiver:
            await receiver.reach()
            assert await receiver.send(SMALL) is Taken.PROCESSED

    run(story())


def test_which_answers_are_asked_for():
    body = b"MSH|^~\\&|HUB|HUB|PAS|RCF|20260501||MDM^T02|C1|P|2.5|||NE||||8859/1\rTXA|1|\xe9|x\r"
    expected = b"MSH|^~\\&|HUB|HUB|PAS|RCF|20260501||MDM^T02|C1|P|2.5|||AL|AL|||8859/1\rTXA|1|\xe9|x\r"
    assert ask_for_both(body) == expected
    assert ask_for_both(b"MSH|^~\\&|A||||||MDM^T02|C1|P|2.5\r") == b"MSH|^~\\&|A||||||MDM^T02|C1|P|2.5|||AL|AL\r"
    assert ask_for_both(b"PID|1") == b"PID|1"


# --- mutants


def falls(part, outbound, expected):
    found = run(outcome(listening(part), outbound))
    return (found.failure if isinstance(found, DeliveryError) else found) is not expected


def test_a_connector_that_does_not_match_msa_2_is_caught(monkeypatch):
    async def first_answer(wire, _control_id, *, of_application):
        frame = await wire.read()
        return destination.parse_acknowledgement(frame), frame

    monkeypatch.setattr(destination, "_answer_to", first_answer)
    assert falls(answering(other("AA"), then=stays), SMALL, Failure.AMBIGUOUS)


def test_a_connector_that_takes_unanswered_for_not_sent_is_caught(monkeypatch):
    monkeypatch.setattr(destination, "Unanswered", NotSent)
    assert falls(answering(then=closes), SMALL, Failure.AMBIGUOUS)


def test_a_wire_that_says_written_too_early_is_caught(monkeypatch):
    """Before the end block has left: then nobody could be told that it was not sent."""

    async def write(self, body):
        self._writer.write(b"\x0b" + body + b"\x1c\r")

    monkeypatch.setattr(Wire, "write", write)
    assert falls(reads_a_little_and_resets, LARGE, Failure.TRANSIENT)


def test_a_wire_that_lets_the_connection_break_between_writing_and_waiting_is_caught(monkeypatch):
    """Written whole, then told of the reset: what has left would be taken for what has not."""

    async def write(self, body):
        self._writer.write(b"\x0b" + body + b"\x1c\r")
        await asyncio.sleep(0.1)
        await self._writer.drain()

    monkeypatch.setattr(Wire, "write", write)
    assert falls(answering(then=resets), SMALL, Failure.AMBIGUOUS)


def test_a_connector_that_takes_the_accept_for_the_application_is_caught(monkeypatch):
    monkeypatch.setattr(destination, "_OF_ACCEPTANCE", frozenset[AckCode]())
    assert falls(answering(whole("CA"), whole("CA"), whole("AE")), ENHANCED, Failure.PERMANENT)
