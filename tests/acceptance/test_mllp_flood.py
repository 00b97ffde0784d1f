"""What senders can do to a hub: thousands of connections, halves of large messages, answers that are never read, refusals never heard."""

import asyncio
import os
import resource
import socket
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from connectors.mllp import MllpClient, MllpSource
from connectors.mllp.limits import Limits
from hub.core.errors import StoreBusy
from hub.sdk import Outcome, Receipt
from tests.acceptance.mllp_hub import SOURCE, code_of, registration, result, run, running, until, wire
from tests.acceptance.mllp_sender import tell

VT, END = b"\x0b", b"\x1c\r"
MANY = 2000


@pytest.fixture
def files():
    """This process holds one end of every connection."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def resident(process):
    """Bytes of memory."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def serve_for_many(serve, tmp_path, more=""):
    file = tmp_path / "hub.yaml"
    file.write_text(f"sources:\n  - {{name: many, connector: mllp, listen: '127.0.0.1:0', connections: 3000{more}}}\n")
    hub = serve("--config", str(file))
    hub.ready["mllp"] = hub.ready["many"]
    return hub


def test_two_thousand_connections_are_served(serve, tmp_path, files):
    """All are open at once, each sends, each is answered; the hub raises its own limit of open files."""
    many = min(MANY, files - 200)
    hub = serve_for_many(serve, tmp_path)

    async def sender(address, number, all_open):
        reader, writer = await asyncio.open_connection(*address)
        await all_open.wait()
        writer.write(VT + registration(f"M{number}", nhs="", local=f"L{number % 50}") + END)
        answer = (await reader.readuntil(END))[1:-2]
        writer.close()
        return code_of(answer)

    async def story():
        all_open = asyncio.Barrier(many)
        return await asyncio.gather(*(sender(hub.mllp, number, all_open) for number in range(many)))

    assert run(story(), 300) == ["AA"] * many
    hub.stop()
    assert hub.ledger()["sources"]["many"]["committed"] == many


def test_five_hundred_halves_of_large_messages_stay_within_the_memory_and_others_are_served(serve, tmp_path, files):
    assert files > 700
    hub = serve_for_many(serve, tmp_path, ", memory: 32MB")
    tell(hub, registration("before"))
    before = resident(hub.process.pid)
    half = VT + b"MSH|^~\\&|" + b"A" * (2 << 20)
    with ExitStack() as stack:
        for _ in range(500):
            each = stack.enter_context(socket.create_connection(hub.mllp))
            each.setblocking(False)
            with suppress(BlockingIOError, ConnectionError):
                each.send(half)
        most = before
        for number in range(20):
            assert tell(hub, result(f"small{number}"), 120).code == "AA"
            most = max(most, resident(hub.process.pid))
            time.sleep(0.05)
    assert most - before < 100 << 20  # a gigabyte was sent; 32 MB, 8 kB each and one message more may stand in frames
    log = hub.stop_and_read()
    assert "slow, and it held the most while memory was short" in log


def test_large_messages_on_many_connections_all_come_through(tmp_path):
    """More at once than the memory holds: they wait for each other, and none is closed."""

    async def sender(address, number):
        reader, writer = await asyncio.open_connection(*address)
        note = f"NTE|1||{'B' * 60_000}\r".encode() * 8
        writer.write(VT + result(f"{number}", order=f"{number}") + note + END)
        answer = (await reader.readuntil(END))[1:-2]
        writer.close()
        return code_of(answer)

    async def story():
        source = MllpSource("127.0.0.1:0", Limits(memory=1 << 20))
        async with running(tmp_path, listeners={SOURCE.name: source}):
            address = source._server.sockets[0].getsockname()[:2]
            assert await asyncio.gather(*(sender(address, number) for number in range(24))) == ["AA"] * 24
            assert source._memory.used == 0

    run(story(), 120)


def test_a_sender_that_reads_no_answer_is_let_go():
    """The hub holds one answer for it; then it waits, and then it closes."""

    async def story():
        async def engine(message):
            return Receipt(Outcome.ACCEPTED, b"A" * 100_000, 1)

        source = MllpSource("127.0.0.1:0", Limits(answer=0.5))
        with capture_logs() as logs:
            host, _, port = (await source.start(engine)).rpartition(":")
            deaf = socket.socket()
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.connect((host, int(port)))
            deaf.setblocking(False)
            deaf.send((VT + b"one" + END) * 500)
            await until(lambda: source._connections)
            await until(lambda: not source._connections)
            deaf.close()
            await source.stop()
        assert [log["event"] for log in logs] == ["connection closed: the answer could not be written"]

    run(story(), 60)


def test_a_sender_that_hears_no_refusal_is_slowed_down(tmp_path, monkeypatch):
    """It sends the same bad message for ever; the archive does not grow with what its loop can do."""
    monkeypatch.setattr("connectors.mllp.connection._SLOW_DOWN", 0.2)

    async def story():
        source = MllpSource("127.0.0.1:0")
        with capture_logs() as logs:
            async with running(tmp_path, listeners={SOURCE.name: source}) as hub:
                reader, writer = await asyncio.open_connection(*source._server.sockets[0].getsockname()[:2])
                bad = VT + wire("MSH|^~\\&|PAS|RCF|CALDER|HUB|20260501140643||ADT^A28|1|T|2.4") + END
                began = asyncio.get_running_loop().time()
                for _ in range(12):
                    writer.write(bad)
                    assert code_of((await reader.readuntil(END))[1:-2]) == "AR"
                assert asyncio.get_running_loop().time() - began > 4 * 0.2
                assert (await hub.states()) == {"received": 12, "refused": 12}
                writer.write(VT + registration("2") + END)
                assert code_of((await reader.readuntil(END))[1:-2]) == "AA"
                writer.close()
        assert sum("refused again and again" in log["event"] for log in logs) == 1

    run(story())


def test_a_full_queue_is_waited_for_and_the_connection_stays(tmp_path, monkeypatch):
    async def story():
        source = MllpSource("127.0.0.1:0")
        async with running(tmp_path, listeners={SOURCE.name: source}) as hub:
            submit, refusals = hub.store.submit, [StoreBusy("too much work is queued")] * 5

            async def busy(work):
                if refusals:
                    raise refusals.pop()
                return await submit(work)

            monkeypatch.setattr(hub.store, "submit", busy)
            host, port = source._server.sockets[0].getsockname()[:2]
            client = MllpClient(f"{host}:{port}", 20)
            assert [(await client.exchange(registration(str(number)))).code for number in range(2)] == ["AA", "AA"]
            assert refusals == []
            assert len(source._connections) == 1
            await client.close()

    run(story())


def test_a_peer_that_vanished_is_noticed_by_the_kernel(tmp_path):
    async def story():
        source = MllpSource("127.0.0.1:0")
        async with running(tmp_path, listeners={SOURCE.name: source}):
            _, writer = await asyncio.open_connection(*source._server.sockets[0].getsockname()[:2])
            await until(lambda: source._connections)
            connection = next(iter(source._connections.values()))
            held = connection._inflow._transport.get_extra_info("socket")
            assert held.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            assert held.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) <= 120
            assert held.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 30_000
            writer.close()

    run(story())


def test_a_flood_on_one_source_leaves_another_its_turn(serve, tmp_path):
    """Sixty connections pour into one source; each message of the quiet one passes within a bounded number of theirs."""
    file = tmp_path / "hub.yaml"
    file.write_text("sources:\n  - {name: quiet, connector: mllp, listen: '127.0.0.1:0'}\n")
    hub = serve("--config", str(file))
    host, _, port = hub.ready["quiet"].rpartition(":")
    counted = {"flood": 0}

    async def flood(number, stop):
        reader, writer = await asyncio.open_connection(*hub.mllp)
        each = 0
        while not stop.is_set():
            writer.write(VT + registration(f"F{number}-{each}", nhs="", local=f"L{number}") + END)
            await reader.readuntil(END)
            counted["flood"] += 1
            each += 1
        writer.close()

    async def story():
        stop = asyncio.Event()
        floods = [asyncio.create_task(flood(number, stop)) for number in range(60)]
        await until(lambda: counted["flood"] >= 200, 60)
        client = MllpClient(f"{host}:{port}", 60)
        passed = []
        for number in range(10):
            before = counted["flood"]
            assert (await client.exchange(registration(f"Q{number}", nhs="", local="Q"))).code == "AA"
            passed.append(counted["flood"] - before)
        stop.set()
        await asyncio.gather(*floods)
        await client.close()
        assert max(passed) <= 4 * 60

    run(story(), 120)
