"""One open connection to a listener: whole frames written, whole frames read."""

from __future__ import annotations

import asyncio

from connectors.mllp.limits import parse_address
from hub.codec.mllp import Decoder, Frame, NeedData, TooLarge, encode

__all__ = ["Wire", "open_wire"]

_READ = 65_536
_LARGEST = 4 << 20


class Wire:
    """largest: a frame over it closes the connection. Nothing is read ahead of `read`, but for the reader's own 64 kB."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wait: float, largest: int) -> None:
        self._reader = reader
        self._writer = writer
        self._wait = wait
        self._decoder = Decoder(limit=largest)
        self._used = _now()
        # drain() then returns when the last byte has left for the kernel, and not before.
        writer.transport.set_write_buffer_limits(high=0)

    @property
    def is_closed(self) -> bool:
        """By the other side, or here."""
        return self._reader.at_eof() or self._writer.is_closing()

    @property
    def idle(self) -> float:
        """Seconds since something was last written or read."""
        return _now() - self._used

    async def write(self, body: bytes) -> None:
        """Returns when the end block has been handed to the kernel, from where it may arrive whatever happens here. Raises OSError when
        it provably has not been: then the other side cannot have a message (MLLP Release 1, section 2: none without its end block).

        `drain` fails only before the buffer was emptied, as long as nothing comes between it and `write`: a task of its own (wait_for)
        would let the connection break in between, and a message that has left would be taken for one that has not.
        """
        self._used = _now()
        self._writer.write(encode(body))
        try:
            async with asyncio.timeout(self._wait):
                await self._writer.drain()
        except TimeoutError:
            if self._writer.transport.get_write_buffer_size():
                raise

    async def read(self) -> bytes | None:
        """The next frame; None at the end of the stream, or when it is closed for a frame without measure."""
        while True:
            event = self._decoder.next_event()
            if isinstance(event, Frame):
                self._used = _now()
                return event.payload
            if isinstance(event, TooLarge):
                self.abort()
                return None
            if isinstance(event, NeedData):
                data = await self._reader.read(_READ)
                if not data:
                    return None
                self._decoder.receive(data)

    async def close(self) -> None:
        self._writer.close()
        try:
            await asyncio.wait_for(self._writer.wait_closed(), self._wait)
        except OSError:
            self.abort()

    def abort(self) -> None:
        """Drop it: whatever still comes belongs to nobody."""
        self._writer.transport.abort()


def _now() -> float:
    return asyncio.get_running_loop().time()


async def open_wire(address: str | tuple[str, int], wait: float, *, largest: int = _LARGEST) -> Wire:
    """wait: seconds for the connection, and for each write. Raises OSError (TimeoutError is one)."""
    host, port = parse_address(address)
    reader, writer = await asyncio.wait_for(asyncio.open_connection(host, port), wait)
    return Wire(reader, writer, wait, largest)
