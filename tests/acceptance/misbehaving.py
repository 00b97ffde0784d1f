"""Listeners that do one thing wrong, on real sockets: each plays its part on every connection that is made to it."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

VT, END = b"\x0b", b"\x1c\r"

Part = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def ack(code: str, of: bytes | str, *, asks: str = "", error: str = "") -> bytes:
    named = of if isinstance(of, str) else of.decode()
    lines = [f"MSH|^~\\&|PAS|RCF|HUB|HUB|20260501||ACK^T02^ACK|77|P|2.5|||{asks}".rstrip("|"), f"MSA|{code}|{named}"]
    return ("\r".join([*lines, f"ERR|||{error}|E"] if error else lines) + "\r").encode()


def framed(body: bytes) -> bytes:
    return VT + body + END


async def message(reader: asyncio.StreamReader) -> bytes:
    return (await reader.readuntil(END))[1:-2]


def control_id(body: bytes) -> str:
    return body.split(b"|")[9].decode()


def reset(writer: asyncio.StreamWriter) -> None:
    """Ends the connection with RST, as a process that is killed with unread bytes does."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def answering(*answers: Callable[[str], bytes] | bytes, then: Part | None = None) -> Part:
    """Takes messages; after each writes these bytes, made from its control id."""

    async def part(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            body = await message(reader)
            for each in answers:
                writer.write(each if isinstance(each, bytes) else each(control_id(body)))
                await writer.drain()
            if then is not None:
                return await then(reader, writer)

    return part


async def closes(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def resets(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    reset(writer)


async def stays(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def reads_a_little_and_resets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readexactly(1000)
    reset(writer)


def drips(seconds: float) -> Part:
    """Answers right, a byte at a time."""

    async def part(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for byte in framed(ack("AA", control_id(await message(reader)))):
            writer.write(bytes([byte]))
            await asyncio.sleep(seconds)

    return part


@asynccontextmanager
async def listening(part: Part, port: int = 0) -> AsyncIterator[int]:
    """Gives the port. port: one that `nobody` holds."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())  # type: ignore[arg-type]  # it has one: it runs in it
        try:
            await part(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port, limit=1 << 20, reuse_port=True)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def nobody() -> AsyncIterator[int]:
    """A port where nobody listens, until somebody does (with reuse_port)."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@asynccontextmanager
async def never_accepting() -> AsyncIterator[int]:
    """A listener whose queue is full: a further connection is neither taken nor refused."""
    loop = asyncio.get_running_loop()
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        try:
            for each in waiting:
                each.setblocking(False)
                asyncio.ensure_future(loop.sock_connect(each, held.getsockname())).add_done_callback(lambda done: done.exception())
            await asyncio.sleep(0.1)
            yield held.getsockname()[1]
        finally:
            for each in waiting:
                loop.remove_writer(each)
                each.close()
