"""A message as a view over its bytes: nothing stripped, nothing unescaped, nothing reordered.

HL7 v2 chapter 2, sections 2.5 "Message construction rules" and 2.14.9 "MSH". A field's text is raw: split it with
`split_repetitions` and the like, and `unescape` the last piece.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hub.codec.hl7v2.encoding import EncodingCharacters
from hub.codec.hl7v2.event import find_structure
from hub.core.diagnostics import Diagnostic

__all__ = ["Message", "Segment", "render"]

_NUMBERED_FROM_SEPARATOR = frozenset({"MSH", "FHS", "BHS"})


class Segment:
    """One segment. `fields` is divided on first use, since most segments of most messages are never asked.

    name: "PID". index: position in the message, from 0. occurrence: nth of its name, from 1.
    text: the whole segment, still escaped. terminator: what stood between it and the next (CR, LF, CR LF, blank lines, or
    nothing). start: offset in the message's text.
    """

    __slots__ = ("_fields", "_separator", "index", "name", "occurrence", "start", "terminator", "text")

    def __init__(self, name: str, index: int, occurrence: int, text: str, *, start: int, terminator: str, separator: str) -> None:
        self.name = name
        self.index = index
        self.occurrence = occurrence
        self.text = text
        self.start = start
        self.terminator = terminator
        self._separator = separator
        self._fields: list[str] | None = None

    @property
    def fields(self) -> list[str]:
        """In HL7's numbering: fields[3] of PID is PID-3; fields[0] is the name; fields[1] and [2] of MSH are MSH-1 and MSH-2."""
        fields = self._fields
        if fields is None:
            fields = self.text.split(self._separator)
            if self.name in _NUMBERED_FROM_SEPARATOR and len(fields) > 1:
                fields.insert(1, self._separator)
            self._fields = fields
        return fields

    def field(self, number: int) -> str:
        """Raw text of a field; ABSENT where the segment ends before it."""
        fields = self.fields
        return fields[number] if number < len(fields) else ""

    def __repr__(self) -> str:
        return f"Segment({self.name}[{self.occurrence}])"  # never its text: this may be logged


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """What `parse_message` gives. `charset` is a Python codec, and `text.encode(charset) == raw`."""

    raw: bytes = field(repr=False)
    text: str = field(repr=False)
    lead: str = field(repr=False)  # byte order mark and blank lines before MSH
    encoding: EncodingCharacters
    charset: str
    segments: tuple[Segment, ...]
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def msh(self) -> Segment:
        return self.segments[0]

    @property
    def sending_application(self) -> str:
        """MSH-3, raw, with all its components; so are the other three."""
        return self.msh.field(3)

    @property
    def sending_facility(self) -> str:
        return self.msh.field(4)

    @property
    def receiving_application(self) -> str:
        return self.msh.field(5)

    @property
    def receiving_facility(self) -> str:
        return self.msh.field(6)

    @property
    def message_code(self) -> str:
        return self._component(9, 1)

    @property
    def trigger_event(self) -> str:
        return self._component(9, 2)

    @property
    def structure(self) -> str | None:
        """MSH-9.3, or where it is empty or unknown to the version, the structure of the event by HL7's own table."""
        code, event, structure, *_ = (*self._components(9), "", "", "")
        return find_structure(self.version, code, event, structure)

    @property
    def control_id(self) -> str:
        """MSH-10, raw: MSA-2 must give it back byte for byte."""
        return self.msh.field(10)

    @property
    def processing_id(self) -> str:
        return self._component(11, 1)

    @property
    def version(self) -> str:
        return self._component(12, 1)

    @property
    def accept_ack(self) -> str:
        """MSH-15: AL, NE, ER, SU or absent."""
        return self.msh.field(15)

    @property
    def application_ack(self) -> str:
        """MSH-16."""
        return self.msh.field(16)

    def byte_offset(self, offset: int) -> int:
        """Where a character of `text` stands in `raw`."""
        return offset if len(self.raw) == len(self.text) else len(self.text[:offset].encode(self.charset))

    def _components(self, number: int) -> list[str]:
        return self.msh.field(number).partition(self.encoding.repetition)[0].split(self.encoding.component)

    def _component(self, number: int, component: int) -> str:
        components = self._components(number)
        return components[component - 1] if component <= len(components) else ""


def render(message: Message) -> bytes:
    """The bytes of a message, put together again from its fields."""
    parts = [message.lead]
    for segment in message.segments:
        parts.append(_render_fields(segment, message.encoding.field))
        parts.append(segment.terminator)
    return "".join(parts).encode(message.charset)


def _render_fields(segment: Segment, separator: str) -> str:
    fields = segment.fields
    if segment.name in _NUMBERED_FROM_SEPARATOR and len(fields) > 1:
        return fields[0] + separator + separator.join(fields[2:])
    return separator.join(fields)
