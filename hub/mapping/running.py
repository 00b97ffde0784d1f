"""What one run of a map carries: the message's delimiters, the params, what was found, and the trace.

A *frame* is one map at work: on the fields of a segment, on the components of a value, or on an instance of a group.
A *place* says where a raw text stands: (segment, field, repetition), or (place, component) below it. It is rendered only
when something is reported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from hub.codec.hl7v2 import HL7_NULL, Message, Path, Segment, escape, span_of, unescape
from hub.codec.hl7v2.encoding import EncodingCharacters
from hub.core.diagnostics import Code, Diagnostic, Span
from hub.core.json import Json
from hub.mapping.conversion import Step, Unmade
from hub.mapping.values.primitives import DEFAULT_ZONE, Misread

if TYPE_CHECKING:
    from hub.mapping.forward.making import Making

__all__ = ["Frame", "LeaveOut", "Place", "Run", "render_place", "span_at"]

# (Segment, field, repetition) or (Place, component): recursive, so without exact types.
Place: TypeAlias = Any


class LeaveOut(Exception):
    """The item that is being made is left out. Already reported."""


class Frame:
    """source: raw texts, of fields (a segment) or of components (a value). level: what divides a text of `source`, 1 `^`, 2 `&`."""

    __slots__ = ("items", "level", "names", "node", "out", "place", "source")

    def __init__(self, source: list[str], level: int, place: Place, names: dict[str, str], node: Any = None) -> None:
        self.source = source
        self.level = level
        self.place = place
        self.names = names
        self.node = node
        self.out: dict[str, Json] = {}
        self.items: dict[tuple[int, str, object], Json] = {}


@dataclass(slots=True)
class Run:
    """One conversion. separators: by level; level 3 is never divided. cleared: elements that HL7 null takes from the resource in the
    making. left_out: (segment index, field) of each `drop … when` that held. setting: the same object for runs with the same delimiters,
    charset and params. unmade, unread: for a trace, the rows that made nothing, and the last value that could not be read.
    """

    message: Message | None
    encoding: EncodingCharacters
    charset: str
    params: Mapping[str, str]
    zone: str
    separators: tuple[str, str, str, str]
    diagnostics: list[Diagnostic]
    cleared: set[str]
    steps: list[Step]
    defaults: dict[str, dict[str, str]]
    left_out: set[tuple[int, int]]
    making: Making
    setting: object
    unmade: list[Unmade]
    unread: Misread | None

    @classmethod
    def start(cls, message: Message | None, encoding: EncodingCharacters, charset: str, params: Mapping[str, str], making: Making) -> Run:
        separators = (encoding.repetition, encoding.component, encoding.subcomponent, "\0")
        zone = params.get("timezone") or DEFAULT_ZONE
        setting = _setting(encoding, charset, tuple(params.items()))
        return cls(message, encoding, charset, params, zone, separators, [], set(), [], {}, set(), making, setting, [], None)

    def report(self, code: Code, detail: str, place: Place = None, span: Span | None = None) -> None:
        self.diagnostics.append(Diagnostic(code, detail, span=span, place=render_place(place)))

    def report_misread(self, error: Misread, place: Place, span: Span | None) -> None:
        self.report(error.code, error.detail, place, span)

    def text_of(self, raw: str) -> str:
        """The first leaf of a raw text, unescaped; HL7 null says nothing."""
        encoding = self.encoding
        if encoding.component in raw:
            raw = raw.partition(encoding.component)[0]
        if encoding.subcomponent in raw:
            raw = raw.partition(encoding.subcomponent)[0]
        if raw == HL7_NULL:
            return ""
        return unescape(raw, encoding, self.charset) if encoding.escape in raw else raw

    def raw_of(self, text: str) -> str:
        return escape(text, self.encoding)


@lru_cache(maxsize=256)
def _setting(_encoding: EncodingCharacters, _charset: str, _params: tuple[tuple[str, str], ...]) -> object:
    return object()


def render_place(place: Place) -> str | None:
    """`OBX[3]-5[2].1`; a segment's number only where it is not the first, a repetition's likewise."""
    if place is None or isinstance(place, str):
        return place
    if isinstance(place, Segment):
        return place.name if place.occurrence == 1 else f"{place.name}[{place.occurrence}]"
    if not isinstance(place, tuple):
        return None  # an instance of a group
    if len(place) == 3:
        segment, field, repetition = place
        return f"{render_place(segment)}-{field}" + (f"[{repetition + 1}]" if repetition else "")
    parent, component = place
    return f"{render_place(parent)}.{component}"


def span_at(message: Message | None, place: Place) -> tuple[int, int] | None:
    """The bytes of the message in which a place stands."""
    components: list[int] = []
    while isinstance(place, tuple) and len(place) == 2:
        place, component = place
        components.insert(0, component)
    if message is None or not isinstance(place, tuple | Segment):
        return None
    if isinstance(place, Segment):
        return span_of(message, place, Path(place.name))
    segment, field, repetition = place
    if not isinstance(segment, Segment):
        return None
    component, subcomponent = ([*components, None, None])[:2]
    return span_of(message, segment, Path(segment.name, field, repetition + 1, component, subcomponent))
