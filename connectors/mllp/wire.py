"""One open connection to a listener: whole frames written, whole frames read."""

from __future__ import annotations

import asyncio

from connectors.mllp.limits import parse_address
from hub.codec.mllp import Decoder, Frame, NeedData, TooLarge, encode

__all__ = ["Wire", "open_wire"]

_READ = 65_536


class Wire:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wait: float) -> None:
        self._reader = reader
        self._writer = writer
        self._wait = wait
        self._decoder = Decoder()
        # drain() then returns when the last byte has left for the kernel, and not before.
        writer.transport.set_write_buffer_limits(high=0)

    @property
    def is_closed(self) -> bool:
        """By the other side, or here."""
        return self._reader.at_eof() or self._writer.is_closing()

    async def write(self, body: bytes) -> None:
        """Returns when all of it is written; raises OSError when its last byte was not."""
        self._writer.write(encode(body))
        await asyncio.wait_for(self._writer.drain(), self._wait)

    async def read(self) -> bytes | None:
        """The next frame; None at the end of the stream, or for a frame without measure."""
        while True:
            event = self._decoder.next_event()
            if isinstance(event, Frame):
                return event.payload
            if isinstance(event, TooLarge):
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


async def open_wire(address: str | tuple[str, int], wait: float) -> Wire:
    """wait: seconds for the connection, and for each write. Raises OSError (TimeoutError is one)."""
    host, port = parse_address(address)
    reader, writer = await asyncio.wait_for(asyncio.open_connection(host, port), wait)
    return Wire(reader, writer, wait)
