"""The sender's end of one connection: bytes from the socket to the decoder, answers to the socket, both bounded.

It is read while its message is not complete and there is memory for it (connectors.mllp.memory), and a little ahead while a message is
being answered; then no longer. TCP tells the sender.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import cast

from connectors.mllp.memory import Memory
from hub.codec.mllp import Decoder, Event, Frame, encode

__all__ = ["Inflow"]

_AHEAD = 32_768  # bytes that may be read while a message is being answered
_RESET_SHOWS = 0.05  # seconds in which a sender that has gone says so
_KEEPALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}  # a peer that vanished is noticed after two minutes


class Inflow(asyncio.BufferedProtocol):
    """opened: called when the connection stands. It is a Holder of memory."""

    def __init__(self, memory: Memory, largest_message: int, answer: float, opened: Callable[[Inflow], None]) -> None:
        self._memory = memory
        self._decoder = Decoder(limit=largest_message)
        self._answer = answer
        self._opened = opened
        self._transport: asyncio.Transport | None = None
        self._stirred: asyncio.Future[bool] | None = None
        self._taken = 0  # bytes of the message that is being answered
        self._is_read = True
        self._waits_for_memory = False
        self._room = asyncio.Event()  # the socket takes what is written
        self._room.set()
        self.received = 0
        self.is_ended = False  # nothing more comes
        self.is_lost = False  # nothing more goes either
        self.was_closed_for_memory = False

    # --- what the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A listener's transports are TCP streams; uvloop's are not of asyncio's class.
        self._transport = stream = cast("asyncio.Transport", transport)
        stream.set_write_buffer_limits(high=0)  # at most one answer stands here, whatever the sender reads
        _watch(stream.get_extra_info("socket"), self._answer)
        self._opened(self)

    def get_buffer(self, _hint: int) -> memoryview:
        return self._memory.scratch[: max(1, self._memory.allowance(self))]

    def buffer_updated(self, count: int) -> None:
        self.received += count
        self._decoder.receive(self._memory.scratch[:count])
        self._memory.note(self)
        self._regulate()
        self._stir()

    def eof_received(self) -> bool:
        self.is_ended = True
        self._stir()
        return True  # it may still read

    def connection_lost(self, _error: Exception | None) -> None:
        self.is_ended = self.is_lost = True
        self._memory.forget(self)
        self._room.set()
        self._stir()

    def pause_writing(self) -> None:
        self._room.clear()

    def resume_writing(self) -> None:
        self._room.set()

    # --- what its memory calls

    @property
    def held(self) -> int:
        return self._decoder.held + self._taken

    @property
    def is_receiving(self) -> bool:
        return not self._taken

    def may_read(self) -> None:
        self._waits_for_memory = False
        self._regulate()

    def close_for_memory(self) -> None:
        self.was_closed_for_memory = True
        self.abort()

    # --- what the connection calls

    @property
    def peer(self) -> str:
        name = self._transport.get_extra_info("peername") if self._transport is not None else None
        return f"{name[0]}:{name[1]}" if name else "?"

    @property
    def unfinished(self) -> int | None:
        """Bytes of the message that is not complete; None where there is none."""
        truncated = self._decoder.at_end()
        return None if truncated is None else truncated.count

    def next_event(self) -> Event:
        """The message of a Frame counts as held until the next event is asked for."""
        self._taken = 0
        event = self._decoder.next_event()
        if isinstance(event, Frame):
            self._taken = len(event.payload)
        self._memory.note(self)
        self._regulate()
        return event

    async def stirs(self, seconds: float) -> bool:
        """Whether anything happens in that time: bytes come, or the end, or `finish` is called. Of one caller at a time."""
        loop = asyncio.get_running_loop()
        stirred = self._stirred = loop.create_future()
        timer = loop.call_later(seconds, _resolve, stirred, False)
        try:
            return bool(await stirred)
        finally:
            timer.cancel()
            self._stirred = None

    def finish(self) -> None:
        """Wake whoever waits for more."""
        self._stir()

    async def write(self, answer: bytes) -> bool:
        """Whether the sender took it, as far as can be known. OSError when it cannot be written; TimeoutError: nothing is read there."""
        if self._transport is not None and not self.is_lost:
            self._transport.write(encode(answer))
            if not self._room.is_set():
                await asyncio.wait_for(self._room.wait(), self._answer)
        if self.is_lost:
            raise ConnectionResetError
        return not await self._has_gone()

    async def close(self) -> None:
        """What is written still goes out, for as long as an answer may take."""
        if self._transport is None:
            return
        self._transport.close()
        loop = asyncio.get_running_loop()
        until = loop.time() + self._answer
        while not self.is_lost and await self.stirs(until - loop.time()):
            pass
        self.abort()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    async def _has_gone(self) -> bool:
        """Whether a sender that has closed its side took the answer: one that only shut down its writing still reads."""
        if not self.is_ended:
            return False
        await asyncio.sleep(_RESET_SHOWS)
        held = self._transport.get_extra_info("socket") if self._transport is not None else None
        return held is None or self.is_lost or bool(held.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))

    def _regulate(self) -> None:
        """Read, or do not."""
        if self._transport is None or self.is_ended:
            return
        if not self._waits_for_memory and not self._memory.allowance(self):
            self._waits_for_memory = True
            self._memory.wait(self)  # it may come back through `may_read` at once
        is_busy = bool(self._taken) and self._decoder.held >= _AHEAD
        read = not self._waits_for_memory and not is_busy
        if read is not self._is_read:
            self._is_read = read
            (self._transport.resume_reading if read else self._transport.pause_reading)()

    def _stir(self) -> None:
        if self._stirred is not None:
            _resolve(self._stirred, True)


def _resolve(stirred: asyncio.Future[bool], something: bool) -> None:
    if not stirred.done():
        stirred.set_result(something)


def _watch(held: socket.socket | None, answer: float) -> None:
    """Let the kernel notice a sender that has vanished without a word."""
    if held is None:
        return
    held.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, seconds in _KEEPALIVE.items():
        if hasattr(socket, name):
            held.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), seconds)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        held.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(answer * 1000))
