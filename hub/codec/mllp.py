"""MLLP framing, without I/O.

    <VT> payload <FS><CR>          HL7 v2 Transport Specification: MLLP, Release 1, section 2

Feed bytes with `receive`, take events with `next_event` until it says NeedData; the caller owns the socket.
A VT inside a frame is not data: its sender broke off and began again, so what stood before it is noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["Decoder", "Event", "Frame", "NeedData", "Noise", "TooLarge", "Truncated", "encode"]

_VT: Final = 0x0B
_END: Final = b"\x1c\r"
_SILENT: Final = b"\r\n "  # between frames: some senders end a frame with CR LF


@dataclass(frozen=True, slots=True)
class Frame:
    payload: bytes


@dataclass(frozen=True, slots=True)
class Noise:
    """Bytes outside any frame, or a frame that was broken off: report, skip, keep the connection."""

    count: int


@dataclass(frozen=True, slots=True)
class TooLarge:
    """A frame went over the limit. The decoder takes nothing more: close the connection."""

    count: int


@dataclass(frozen=True, slots=True)
class NeedData:
    """Nothing more to say until more bytes come."""


@dataclass(frozen=True, slots=True)
class Truncated:
    """The stream ended inside a frame."""

    count: int


Event = Frame | Noise | TooLarge | NeedData


class Decoder:
    """Holds at most one unfinished frame, and searches each byte once however the bytes are cut."""

    def __init__(self, *, limit: int = 4 << 20) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._inside = False  # the buffer begins with payload, just after a VT
        self._no_end = 0  # no end of frame begins before this offset of the buffer
        self._no_start = 0  # no VT stands before this one
        self._finished = False

    @property
    def held(self) -> int:
        """Bytes that have come and are not part of an event yet."""
        return len(self._buffer)

    def receive(self, data: bytes | memoryview) -> None:
        if not self._finished:
            self._buffer += data

    def next_event(self) -> Event:
        if not self._inside:
            noise = self._skip_to_frame()
            if noise:
                return Noise(noise)
        while self._inside:
            event = self._read_frame()
            if event is not None:
                return event
        return NeedData()

    def at_end(self) -> Truncated | None:
        """What the end of the stream means here: None where no frame is open."""
        return Truncated(len(self._buffer)) if self._inside else None

    def _skip_to_frame(self) -> int:
        """Drop what stands before the next VT; the number of its bytes that are worth a report."""
        at = self._buffer.find(_VT)
        self._inside = at >= 0
        skipped = bytes(self._buffer[:at] if self._inside else self._buffer)
        self._drop(len(skipped) + self._inside)
        return len(skipped.translate(None, _SILENT))

    def _read_frame(self) -> Event | None:
        """The next event inside a frame; None where the frame began anew and nothing was lost."""
        buffer = self._buffer
        end = buffer.find(_END, self._no_end)
        known = end if end >= 0 else len(buffer)
        self._no_end = end if end >= 0 else max(0, known - 1)  # the last byte may be the FS of an end
        restart = buffer.find(_VT, self._no_start, known)
        length = restart if restart >= 0 else known
        if length > self._limit and not self._may_fit(end, restart):
            return self._refuse(length)
        if restart >= 0:
            self._drop(restart + 1)
            return Noise(restart) if restart else None
        self._no_start = known
        if end < 0:
            return NeedData()
        with memoryview(buffer) as view:
            payload = bytes(view[:end])
        self._drop(end + len(_END))
        self._inside = False
        return Frame(payload)

    def _may_fit(self, end: int, restart: int) -> bool:
        """One byte over the limit, and it may be the FS of the end."""
        return end < 0 and restart < 0 and len(self._buffer) == self._limit + 1 and self._buffer.endswith(b"\x1c")

    def _drop(self, count: int) -> None:
        del self._buffer[:count]
        self._no_end = max(0, self._no_end - count)
        self._no_start = 0

    def _refuse(self, count: int) -> TooLarge:
        self._finished, self._inside = True, False
        self._buffer.clear()
        return TooLarge(count)


def encode(payload: bytes) -> bytes:
    r"""One frame. The payload must hold neither VT nor FS CR (HL7 text escapes them as \X0B\ and \X1C\)."""
    return b"\x0b" + payload + _END
