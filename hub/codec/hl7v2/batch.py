"""Files of many messages.

HL7 v2 chapter 2, section 2.10.3 "Batch protocol": [FHS] { [BHS] { message } [BTS] } [FTS]. The envelope is optional here,
blank lines may stand anywhere, and MLLP framing is taken off. What is neither envelope nor message comes out as an item of its own: its
parser refuses it, so nothing is passed over in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from hub.codec.hl7v2.charset import find_wide_charset

__all__ = ["find_parts", "split_batch"]

_START: Final = re.compile(rb"(?:\A(?:\xef\xbb\xbf)?|(?<=[\r\n\x0b]))(?=(MSH|FHS|BHS|BTS|FTS)(?:[^A-Za-z0-9 ]|\Z))")
_MARGIN: Final = b" \t\r\n\x0b\x1c\x1a"
_ENVELOPE: Final = frozenset({b"FHS", b"BHS", b"BTS", b"FTS"})
_FRAME_END: Final = re.compile(rb"\x1c(?:\r|\Z)")


def split_batch(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(index, bytes) of each message, from 0. A message keeps the terminator of its last segment and loses blank lines after it."""
    wide = find_wide_charset(data)
    yield from enumerate(_parts(data) if wide is None else _wide_parts(data, wide))


def _wide_parts(data: bytes, wide: str) -> Iterator[bytes]:
    """UTF-16: each message gets the byte order mark of the file. What cannot be decoded is left whole, for the parser to refuse."""
    try:
        text = data.decode(wide)
    except UnicodeDecodeError:
        yield data
        return
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    for part in _parts(text.removeprefix(mark).encode("utf-8")):
        yield (mark + part.decode("utf-8")).encode(wide)


def find_parts(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(name, bytes) of each message and each line of the envelope, in their order; `b""` names what is neither."""
    starts = list(_START.finditer(data))
    first = starts[0].start() if starts else len(data)
    if data[:first].strip(_MARGIN):
        yield b"", data[:first]
    for position, start in enumerate(starts):
        end = starts[position + 1].start() if position + 1 < len(starts) else len(data)
        yield from _region(data[start.start() : end], start[1])


def _parts(data: bytes) -> Iterator[bytes]:
    return (part for name, part in find_parts(data) if name not in _ENVELOPE)


def _region(region: bytes, name: bytes) -> Iterator[tuple[bytes, bytes]]:
    """One message, or one line of the envelope; then whatever stands after it."""
    if name == b"MSH":
        framed = _FRAME_END.search(region)
        body, rest = (region[: framed.start()], region[framed.end() :]) if framed else (region, b"")
        yield name, _trim(body)
    else:
        line_end = re.search(rb"[\r\n]", region)
        line, rest = (region[: line_end.start()], region[line_end.end() :]) if line_end else (region, b"")
        yield name, line.rstrip(_MARGIN)
    if rest.strip(_MARGIN):
        yield b"", rest.strip(b"\x0b\x1c")


def _trim(body: bytes) -> bytes:
    """Without blank lines at the end, but with the terminator of the last segment."""
    text = body.rstrip(_MARGIN)
    tail = body[len(text) :]
    for terminator in (b"\r\n", b"\r", b"\n"):
        if tail.startswith(terminator):
            return text + terminator
    return text
