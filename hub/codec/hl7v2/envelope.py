"""A batch as one transmission: its envelope, its messages, and the batch of answers.

HL7 v2 chapter 2, section 2.10.3 "Batch protocol": [FHS] { [BHS] { message } [BTS] } [FTS]. Every byte is in a message or in the envelope.
What the trailers count is compared with what came; a difference is said, and nothing is left out for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from hub.codec.codes import BATCH_COUNT, BATCH_TRAILER_MISSING
from hub.codec.hl7v2.batch import find_parts
from hub.codec.hl7v2.charset import find_wide_charset
from hub.core.diagnostics import Diagnostic

__all__ = ["Batch", "Transmission", "answer_batches", "read_transmission"]

_BEFORE: Final = b" \t\r\n\x0b\xef\xbb\xbf"
_CR: Final = b"\r"


@dataclass(slots=True)
class Batch:
    """header, trailer: BHS and BTS, None where they are not there."""

    header: bytes | None = None
    messages: list[bytes] = field(default_factory=list)
    trailer: bytes | None = None

    @property
    def is_open(self) -> bool:
        return self.trailer is None


@dataclass(slots=True)
class Transmission:
    """header, trailer: FHS and FTS. envelope: all lines that are no message, as they came."""

    header: bytes | None = None
    batches: list[Batch] = field(default_factory=list)
    trailer: bytes | None = None
    envelope: bytes = b""

    @property
    def messages(self) -> int:
        return sum(len(batch.messages) for batch in self.batches)

    @property
    def findings(self) -> tuple[Diagnostic, ...]:
        """Where the trailers and what came differ."""
        return tuple(self._find())

    def _find(self) -> Iterator[Diagnostic]:
        for number, batch in enumerate(self.batches, 1):
            yield from _compare(batch.header, batch.trailer, len(batch.messages), f"BTS[{number}]-1")
        yield from _compare(self.header, self.trailer, len(self.batches), "FTS-1")


def read_transmission(data: bytes) -> Transmission | None:
    """None for what is no batch: it does not begin with FHS or BHS, or is UTF-16 (whose envelope has no charset of its own)."""
    if data[:64].lstrip(_BEFORE)[:3] not in {b"FHS", b"BHS"} or find_wide_charset(data) is not None:
        return None
    read = Transmission()
    lines: list[bytes] = []
    for name, part in find_parts(data):
        if name in {b"FHS", b"BHS", b"BTS", b"FTS"}:
            lines.append(part + _CR)
        _place(read, name, part)
    read.envelope = b"".join(lines)
    return read


def _place(read: Transmission, name: bytes, part: bytes) -> None:
    if name == b"FHS" and read.header is None:
        read.header = part
    elif name == b"FTS":
        read.trailer = part
    elif name == b"BHS":
        read.batches.append(Batch(part))
    elif name == b"BTS" and read.batches and read.batches[-1].is_open:
        read.batches[-1].trailer = part
    elif name not in {b"BTS", b"FHS"}:
        if not read.batches or not read.batches[-1].is_open:
            read.batches.append(Batch())
        read.batches[-1].messages.append(part)


def _compare(header: bytes | None, trailer: bytes | None, count: int, place: str) -> Iterator[Diagnostic]:
    if trailer is None:
        if header is not None:
            yield Diagnostic(BATCH_TRAILER_MISSING, "the header is there and its trailer is not", place=place)
        return
    said = _field(trailer, 1)
    if said and said != str(count):
        yield Diagnostic(BATCH_COUNT, f"{count} came", place=place)


def _field(line: bytes, number: int) -> str:
    """Of a trailer; of a header from its second field on, with one less."""
    fields = line.decode("iso8859-1").split(chr(line[3]) if len(line) > 3 else "|")
    return fields[number] if number < len(fields) else ""


def answer_batches(read: Transmission, answers: Sequence[Sequence[bytes]], *, control_id: str, at: datetime) -> bytes:
    """A batch of answers for each batch: sender and receiver change places, and the reference (BHS-12, FHS-12) names what is answered."""
    findings = "; ".join(f"{each.code.name} {each.place}: {each.detail}" for each in read.findings)
    parts: list[bytes] = []
    if read.header is not None:
        parts.append(_header(b"FHS", read.header, control_id, at))
    for batch, several in zip(read.batches or [Batch()], answers or [()], strict=True):
        parts += [
            _header(b"BHS", batch.header, control_id, at),
            *several,
            f"BTS|{len(several)}|{findings}".rstrip("|").encode("ascii") + _CR,
        ]
    if read.header is not None:
        parts.append(f"FTS|{len(read.batches)}".encode("ascii") + _CR)
    return b"".join(parts)


def _header(name: bytes, line: bytes | None, control_id: str, at: datetime) -> bytes:
    received = [_field(line, number) for number in range(12)] if line is not None else ["", "^~\\&", *[""] * 10]
    _, encoding, application, facility, *others = received
    fields = [encoding, *others[:2], application, facility, at.strftime("%Y%m%d%H%M%S%z"), "", "", "", control_id, received[10]]
    return b"|".join((name, *(each.encode("iso8859-1") for each in fields))).rstrip(b"|") + _CR
