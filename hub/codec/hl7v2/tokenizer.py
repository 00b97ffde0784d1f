"""From bytes to a Message, or to the one Diagnostic that says why not. Never raises.

HL7 v2 chapter 2, section 2.5: segments end with CR. Files come with LF and CR LF too, and those are kept as they came.
Where a message uses CR, a lone LF that no segment follows is text with a line feed in it, kept with a warning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from hub.codec.codes import (
    CHARSET_MISMATCH,
    CHARSET_SWITCHING,
    ENCODING_CHARACTERS,
    LINE_FEED_IN_FIELD,
    NOT_HL7,
    SECOND_HEADER,
    SEGMENT_NAME,
)
from hub.codec.hl7v2.charset import Decoded, decode, find_wide_charset, undecodable_at
from hub.codec.hl7v2.encoding import EncodingCharacters, find_encoding
from hub.codec.hl7v2.message import Message, Segment
from hub.core.diagnostics import Diagnostic

__all__ = ["parse_header", "parse_message"]

_LEAD: Final = " \t\r\n\x0b\ufeff"
_NAME: Final = re.compile(r"[A-Z][A-Z0-9]{2}", re.ASCII)
_BREAK: Final = re.compile(r"[\r\n]+")
_Line = tuple[int, str, str]  # offset, text, terminator


def parse_message(data: bytes) -> Message | Diagnostic:
    """One message, framing already taken off. A diagnostic that is not an error comes with the message, in `diagnostics`."""
    opened = _open(data)
    if isinstance(opened, Diagnostic):
        return opened
    lead, encoding, decoded, notes = opened
    segments = _segments(decoded.text, lead, encoding)
    if isinstance(segments, Diagnostic):
        return segments
    if "\n" in decoded.text:
        notes += _line_feeds(segments)
    return Message(data, decoded.text, decoded.text[:lead], encoding, decoded.charset, segments, notes)


def parse_header(data: bytes) -> Message | Diagnostic:
    """The MSH segment alone, of a message that may be unreadable further on: enough to answer it."""
    wide = find_wide_charset(data)
    charset = wide or "iso8859-1"
    text = data.decode(charset, errors="replace").lstrip(_LEAD + "\u00ef\u00bb\u00bf")  # a UTF-8 mark, seen as Latin-1
    line = _BREAK.split(text, maxsplit=1)[0]
    return parse_message(line.encode(charset)) if wide else _parse_narrow_header(line)


def _parse_narrow_header(line: str) -> Message | Diagnostic:
    raw = line.encode("iso8859-1")
    message = parse_message(raw)
    if isinstance(message, Message) or not line.startswith("MSH"):
        return message
    encoding = find_encoding(line)
    if encoding is None:
        return message
    return Message(raw, line, "", encoding, "iso8859-1", (Segment("MSH", 0, 1, line, start=0, terminator="", separator=encoding.field),))


def _open(data: bytes) -> tuple[int, EncodingCharacters, Decoded, tuple[Diagnostic, ...]] | Diagnostic:
    """Length of the lead, encoding characters, text, warnings. MSH-18 stands in text of its own charset, so MSH is read twice."""
    wide = find_wide_charset(data)
    header = _header_line(data, wide)
    if not header.startswith("MSH"):
        return Diagnostic(NOT_HL7, "the first line does not begin with MSH", place="segment 1")
    encoding = find_encoding(header)
    if encoding is None:
        return Diagnostic(ENCODING_CHARACTERS, "four or five different punctuation marks are needed", place="MSH-2")
    fields = header.split(encoding.field, 18)
    declared, *others = (fields[17] if len(fields) > 17 else "").split(encoding.repetition)
    decoded = decode(data, declared, wide)
    if isinstance(decoded, Diagnostic):
        return _placed(decoded, data, declared, encoding)
    notes = decoded.diagnostics
    if others:
        notes += (Diagnostic(CHARSET_SWITCHING, "the first one was used", place="MSH-18"),)
    lead = len(decoded.text) - len(decoded.text.lstrip(_LEAD))
    return lead, encoding, decoded, notes


def _header_line(data: bytes, wide: str | None) -> str:
    if wide is not None:
        return _BREAK.split(data.decode(wide, errors="replace").lstrip(_LEAD), maxsplit=1)[0]
    start = data.find(b"MSH")
    if start < 0 or data[:start].strip(b" \t\r\n\x0b\xef\xbb\xbf"):
        return ""
    ends = [end for end in (data.find(b"\r", start), data.find(b"\n", start)) if end >= 0]
    return data[start : min(ends, default=len(data))].decode("iso8859-1")


def _placed(refusal: Diagnostic, data: bytes, declared: str, encoding: EncodingCharacters) -> Diagnostic:
    """Where the charset is known but a byte is not in it, the place is the field of that byte."""
    from_table = decode(b"", declared, None)
    at = undecodable_at(data, from_table.charset) if isinstance(from_table, Decoded) else None
    if refusal.code is not CHARSET_MISMATCH or at is None:
        return refusal
    before = _BREAK.split(data[:at].decode("iso8859-1").lstrip(_LEAD))
    name = before[-1][:3] if len(before[-1]) > 3 else ""
    if not _NAME.fullmatch(name):
        return Diagnostic(refusal.code, refusal.detail, place=f"segment {len(before)}")
    occurrence = sum(line.startswith(name) for line in before)
    number = before[-1].count(encoding.field) + (name == "MSH")
    return Diagnostic(refusal.code, refusal.detail, place=f"{name}[{occurrence}]-{number}")


def _segments(text: str, lead: int, encoding: EncodingCharacters) -> tuple[Segment, ...] | Diagnostic:
    separator = encoding.field
    seen: dict[str, int] = {}
    segments: list[Segment] = []
    after_name = {separator, ""}
    for start, line, terminator in _lines(text, lead, separator):
        name = line[:3]
        if line[3:4] not in after_name or (name not in seen and not _NAME.fullmatch(name)):
            return Diagnostic(SEGMENT_NAME, "the line has no segment name", place=f"segment {len(segments) + 1}")
        occurrence = seen[name] = seen.get(name, 0) + 1
        segments.append(Segment(name, len(segments), occurrence, line, start=start, terminator=terminator, separator=separator))
    if seen["MSH"] > 1:
        return Diagnostic(SECOND_HEADER, "one message has one header", place="MSH[2]")
    return tuple(segments)


def _lines(text: str, lead: int, separator: str) -> Iterator[_Line]:
    if "\n" in text or "\r\r" in text:
        return _ragged_lines(text, lead, separator)
    return _cr_lines(text, lead)


def _cr_lines(text: str, start: int) -> Iterator[_Line]:
    """The usual case: CR after each segment, with or without one after the last."""
    lines = text[start:].split("\r")
    last = lines.pop()
    for line in lines:
        yield start, line, "\r"
        start += len(line) + 1
    if last:
        yield start, last, ""


def _ragged_lines(text: str, start: int, separator: str) -> Iterator[_Line]:
    """LF, CR LF, blank lines, and line feeds inside fields."""
    has_cr = "\r" in text
    is_segment = re.compile(rf"[A-Z][A-Z0-9]{{2}}(?:{re.escape(separator)}|[\r\n]|\Z)", re.ASCII)
    begin = start
    for found in _BREAK.finditer(text, start):
        following = found.end()
        is_end = following == len(text)
        if has_cr and "\r" not in found[0] and not is_end and not is_segment.match(text, following):
            continue
        yield begin, text[begin : found.start()], found[0]
        begin = following
    if begin < len(text):
        yield begin, text[begin:], ""


def _line_feeds(segments: tuple[Segment, ...]) -> tuple[Diagnostic, ...]:
    """One warning for the message, at the first place."""
    broken = [segment for segment in segments if "\n" in segment.text]
    if not broken:
        return ()
    first = broken[0]
    number = next(number for number, field in enumerate(first.fields) if "\n" in field)
    detail = f"kept as text, in {len(broken)} segment(s)"
    return (Diagnostic(LINE_FEED_IN_FIELD, detail, place=f"{first.name}[{first.occurrence}]-{number}"),)
