"""The listener on real sockets: with the client of python-hl7, and with senders that behave badly."""

import asyncio
import socket
from contextlib import asynccontextmanager

import hl7
import pytest
from hl7.mllp import open_hl7_connection
from structlog.testing import capture_logs

from connectors.mllp import MllpClient, MllpSource
from connectors.mllp.limits import Limits
from hub.core.lifecycle import AckOutcome
from hub.sdk import Outcome, Receipt
from tests.acceptance.mllp_hub import EYE, code_of, registration, result, run, running, until

VT, END = b"\x0b", b"\x1c\r"


def framed(body):
    return VT + body + END


@asynccontextmanager
async def listening(folder, limits=None):
    """A hub, its address, and what the listener had to report."""
    source = MllpSource("127.0.0.1:0", limits)
    with capture_logs() as logs:
        async with running(folder, listeners={"airedale": source}) as hub:
            host, port = source._server.sockets[0].getsockname()[:2]
            yield hub, (host, port), lambda: [log["event"] for log in logs if "peer" in log]


async def answer_on(reader):
    return (await asyncio.wait_for(reader.readuntil(END), 10))[1:-2]


def test_python_hl7_sends_and_reads_its_answers(tmp_path):
    async def story():
        async with listening(tmp_path) as (hub, address, _):
            reader, writer = await open_hl7_connection(*address, encoding="utf-8")
            for number, body in enumerate((registration("1"), result("2"), result("2"), result("3", order="3")), 1):
                writer.writemessage(hl7.parse(body.decode()))
                await writer.drain()
                answer = await asyncio.wait_for(reader.readmessage(), 10)
                assert str(answer.segment("MSA")(1)) == "AA", number
                assert str(answer.segment("MSA")(2)) == str(hl7.parse(body.decode()).segment("MSH")(10))
            writer.close()
            await writer.wait_closed()
            assert await hub.states() == {"received": 4, "committed": 3, "duplicate": 1}

    run(story())


def test_our_own_client_by_hand(tmp_path):
    async def story():
        async with listening(tmp_path) as (_, address, __):
            client = MllpClient(f"{address[0]}:{address[1]}", 10)
            exchanges = [await client.exchange(body) for body in (registration("1"), b"not a message")]
            await client.close()
            assert [exchange.code for exchange in exchanges] == ["AA", "AR"]
            assert code_of(exchanges[0].answer) == "AA"

    run(story())


def test_many_connections_at_once(tmp_path):
    async def sender(address, number):
        reader, writer = await asyncio.open_connection(*address)
        for each in range(10):
            writer.write(framed(result(f"{number}-{each}", order=f"{number}.{each}")))
            assert code_of(await answer_on(reader)) == "AA"
        writer.close()
        await writer.wait_closed()

    async def story():
        async with listening(tmp_path) as (hub, address, _):
            await asyncio.gather(*(sender(address, number) for number in range(20)))
            assert await hub.states() == {"received": 200, "committed": 200}
            assert len(await hub.all("Patient")) == 1

    run(story())


def test_noise_between_frames_is_skipped(tmp_path):
    async def story():
        async with listening(tmp_path) as (hub, address, troubles):
            reader, writer = await asyncio.open_connection(*address)
            writer.write(
                b"\r\n"
                + framed(registration("1"))
                + b"\r\nhello?"
                + framed(result("2"))
                + VT
                + b"MSH|broken"
                + framed(result("3", order="3"))
            )
            codes = [code_of(await answer_on(reader)) for _ in range(3)]
            writer.close()
            await writer.wait_closed()
            assert codes == ["AA"] * 3
            assert troubles() == ["bytes outside a frame were skipped"] * 2
            assert (await hub.states())["received"] == 3

    run(story())


def test_one_byte_at_a_time(tmp_path):
    async def story():
        async with listening(tmp_path) as (_, address, __):
            reader, writer = await asyncio.open_connection(*address)
            for byte in framed(registration("1")):
                writer.write(bytes([byte]))
                await asyncio.sleep(0)
            assert code_of(await answer_on(reader)) == "AA"
            writer.close()
            await writer.wait_closed()

    run(story())


def test_a_truncated_frame_is_nothing(tmp_path):
    async def story():
        async with listening(tmp_path) as (hub, address, troubles):
            _, writer = await asyncio.open_connection(*address)
            writer.write(framed(registration("1"))[:-2])
            await writer.drain()
            writer.close()
            await writer.wait_closed()
            await until(troubles)
            assert troubles() == ["connection closed: it ended inside a message"]
            assert (await hub.store.ledger(EYE)).sources == {}

    run(story())


def test_64_megabytes_are_refused_in_bounded_memory(tmp_path):
    async def story():
        async with listening(tmp_path) as (_, address, troubles):
            reader, writer = await asyncio.open_connection(*address)
            writer.write(VT)
            sent = 0
            try:
                for _ in range(1024):
                    writer.write(b"A" * 65536)
                    await writer.drain()
                    sent += 65536
            except ConnectionError:
                pass
            with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                await answer_on(reader)
            writer.close()
            await asyncio.gather(writer.wait_closed(), return_exceptions=True)
            assert sent < 32 << 20  # what socket buffers hold beside the limit of 4 MB
            assert troubles() == ["connection closed: message too large"]
            client = MllpClient(f"{address[0]}:{address[1]}", 10)
            assert (await client.exchange(registration("1"))).code == "AA"  # the next one is served
            await client.close()

    run(story())


def test_a_slow_sender_does_not_hold_its_connection_for_ever(tmp_path):
    async def story():
        async with listening(tmp_path, Limits(frame=0.3)) as (_, address, troubles):
            reader, writer = await asyncio.open_connection(*address)
            began = asyncio.get_running_loop().time()
            for byte in framed(registration("1")):
                writer.write(bytes([byte]))
                await asyncio.sleep(0.05)
                if reader.at_eof():
                    break
            assert asyncio.get_running_loop().time() - began < 2
            assert troubles() == ["connection closed: message not complete in time"]
            writer.close()
            await asyncio.gather(writer.wait_closed(), return_exceptions=True)

    run(story())


def test_an_idle_connection_is_closed(tmp_path):
    async def story():
        async with listening(tmp_path, Limits(idle=0.2)) as (_, address, troubles):
            reader, writer = await asyncio.open_connection(*address)
            assert await asyncio.wait_for(reader.read(), 5) == b""
            assert troubles() == ["connection closed: nothing came"]
            writer.close()
            await writer.wait_closed()

    run(story())


def test_more_connections_than_allowed_are_closed(tmp_path):
    async def story():
        async with listening(tmp_path, Limits(connections=2)) as (_, address, troubles):
            held = [await asyncio.open_connection(*address) for _ in range(2)]
            await asyncio.sleep(0.05)
            reader, writer = await asyncio.open_connection(*address)
            assert await asyncio.wait_for(reader.read(), 5) == b""
            assert troubles() == ["connection refused: too many are open"]
            for _, each in [*held, (reader, writer)]:
                each.close()
                await each.wait_closed()

    run(story())


def test_a_sender_that_leaves_before_its_answer(tmp_path):
    """The effect stands, and the receipt says that the sender was not told."""

    async def story():
        async with listening(tmp_path) as (hub, address, _):
            gone = socket.create_connection(address)
            gone.sendall(framed(registration("1")))
            gone.close()

            async def told():
                return [each.ack_outcome for each in await hub.store.receipts(EYE) if each.ack_outcome is not AckOutcome.PENDING]

            await until(told)
            assert await told() == [AckOutcome.UNDELIVERED]
            assert await hub.states() == {"received": 1, "committed": 1}
            staying = MllpClient(f"{address[0]}:{address[1]}", 10)
            assert (await staying.exchange(registration("1"))).code == "AA"  # it comes again: the stored answer
            await staying.close()
            await hub.engine._around.told.flush()
            assert await told() == [AckOutcome.DELIVERED, AckOutcome.UNDELIVERED]

    run(story())


def test_a_sender_that_only_stops_writing_gets_its_answer(tmp_path):
    async def story():
        async with listening(tmp_path) as (_, address, __):
            reader, writer = await asyncio.open_connection(*address)
            writer.write(framed(registration("1")))
            writer.write_eof()
            assert code_of(await answer_on(reader)) == "AA"
            writer.close()
            await writer.wait_closed()

    run(story())


def test_stop_answers_what_was_taken_and_reads_nothing_more(tmp_path):
    """The engine is slow; the sender has written two messages. The first is answered, the second was never taken."""

    async def story():
        taken = []
        release = asyncio.Event()

        async def slow(message):
            taken.append(message.body)
            await release.wait()
            return Receipt(Outcome.ACCEPTED, b"ACK", 1)

        source = MllpSource("127.0.0.1:0")
        host, _, port = (await source.start(slow)).rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(framed(b"one") + framed(b"two"))
        await until(lambda: taken)
        stopping = asyncio.create_task(source.stop())
        await asyncio.sleep(0.05)
        release.set()
        assert await answer_on(reader) == b"ACK"
        assert await reader.read() == b""
        await stopping
        assert taken == [b"one"]
        with pytest.raises(OSError, match="onnect"):
            await asyncio.open_connection(host, int(port))
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)

    run(story())


def test_no_answer_when_the_hub_cannot_keep_it(tmp_path, monkeypatch):
    monkeypatch.setattr("connectors.mllp.connection._SLOW_DOWN", 0.01)

    async def story():
        async with listening(tmp_path) as (hub, address, troubles):
            await hub.store.close()
            client = MllpClient(f"{address[0]}:{address[1]}", 5)
            exchange = await client.exchange(registration("1"))
            await client.close()
            assert (exchange.code, exchange.answer) == (None, None)
            assert troubles() == ["connection closed: the hub could not keep the message"]

    run(story())


async def pour(writer):
    for _ in range(32):
        writer.write(framed(b"A" * (1 << 20)))
        await writer.drain()


def test_back_pressure_reaches_the_sender():
    """One message at a time: while the first is not answered, the hub takes no second one and reads little ahead."""

    async def story():
        taken = []
        never = asyncio.Event()

        async def stuck(message):
            taken.append(message.body)
            await never.wait()
            return Receipt(Outcome.ACCEPTED, b"ACK", 1)

        source = MllpSource("127.0.0.1:0")
        host, _, port = (await source.start(stuck)).rpartition(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.transport.set_write_buffer_limits(high=0)
        pouring = asyncio.create_task(pour(writer))
        await asyncio.sleep(1)
        assert not pouring.done()
        assert len(taken) == 1
        pouring.cancel()
        never.set()
        writer.transport.abort()
        await source.stop()

    run(story())
