"""One sender's connection: frames in, answers out, bounded in size and time."""

from __future__ import annotations

import asyncio
import socket

from connectors.mllp.events import report
from connectors.mllp.limits import Limits
from hub.codec.mllp import Decoder, Frame, NeedData, Noise, TooLarge, encode
from hub.sdk import Intake, Message, Outcome

__all__ = ["Connection"]

_READ = 65_536
_SLOW_DOWN = 1.0  # seconds before a sender that could not be served is let go
_RESET_SHOWS = 0.05  # seconds in which a sender that has gone says so


class Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, intake: Intake, limits: Limits, peer: str) -> None:
        self._reader = reader
        self._writer = writer
        self._intake = intake
        self._limits = limits
        self._peer = peer
        self._decoder = Decoder(limit=limits.largest_message)
        self._finishing = asyncio.Event()
        self._frame_began: float | None = None

    def finish(self) -> None:
        """Answer what is being processed, read nothing more."""
        self._finishing.set()

    async def serve(self) -> None:
        try:
            while not self._finishing.is_set() and await self._next():
                pass
        except (ConnectionError, TimeoutError):
            report("connection closed: the answer could not be written", peer=self._peer)
        except Exception:  # noqa: BLE001 -- one connection must not take the listener down; the text might hold anything, so it is not logged
            report("connection closed: the listener failed", peer=self._peer)
        finally:
            await self._close()

    async def _next(self) -> bool:
        """One event of the decoder. False: the connection is to be closed."""
        event = self._decoder.next_event()
        match event:
            case Frame(payload):
                self._frame_began = None
                return await self._answer(payload)
            case Noise(count):
                report("bytes outside a frame were skipped", peer=self._peer, count=count)
                return True
            case TooLarge(count):
                report("connection closed: message too large", peer=self._peer, count=count)
                return False
            case NeedData():
                return await self._read()

    async def _answer(self, payload: bytes) -> bool:
        receipt = await self._intake(Message(payload, peer=self._peer))
        if receipt.outcome is Outcome.UNAVAILABLE:
            report("connection closed: the hub could not keep the message", peer=self._peer)
            await asyncio.sleep(_SLOW_DOWN)
            return False
        if receipt.answer is None:
            return True
        written = False
        try:
            self._writer.write(encode(receipt.answer))
            await asyncio.wait_for(self._writer.drain(), self._limits.answer)
            written = not await self._has_gone()
        finally:
            if receipt.told is not None:
                receipt.told(written)
        return True

    async def _has_gone(self) -> bool:
        """Whether a sender that has closed its side took the answer: one that only shut down its writing still reads."""
        if not self._reader.at_eof():
            return False
        await asyncio.sleep(_RESET_SHOWS)
        held = self._writer.get_extra_info("socket")
        return held is None or self._writer.is_closing() or held.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0

    async def _read(self) -> bool:
        now = asyncio.get_running_loop().time()
        if self._decoder.at_end() is None:
            self._frame_began = None
        elif self._frame_began is None:
            self._frame_began = now
        left = self._limits.idle
        if self._frame_began is not None:
            left = min(left, self._frame_began + self._limits.frame - now)
        data = await self._receive(max(0.0, left))
        if data is None:
            open_frame = self._frame_began is not None
            report("connection closed: message not complete in time" if open_frame else "connection closed: nothing came", peer=self._peer)
            return False
        if data:
            self._decoder.receive(data)
            return True
        truncated = self._decoder.at_end()
        if truncated is not None and not self._finishing.is_set():
            report("connection closed: it ended inside a message", peer=self._peer, count=truncated.count)
        return False

    async def _receive(self, seconds: float) -> bytes | None:
        """None after so long; b"" at the end of the stream, or when the listener is to stop."""
        reading = asyncio.ensure_future(self._reader.read(_READ))
        finishing = asyncio.ensure_future(self._finishing.wait())
        try:
            done, _ = await asyncio.wait({reading, finishing}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if reading in done:
                return reading.result()
            return b"" if finishing in done else None
        finally:
            for task in (reading, finishing):
                task.cancel()

    async def _close(self) -> None:
        self._writer.close()
        try:
            await asyncio.wait_for(self._writer.wait_closed(), self._limits.answer)
        except (OSError, TimeoutError):
            self._writer.transport.abort()
