"""Places on the v2 side, compiled to functions that write raw text: the components of a value, or the fields of a segment.

HL7 v2 chapter 2, section 2.5.3. Nothing that is empty is written after the last that is not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hub.core.json import Json
from hub.mapping.backward.unwritten import Seen
from hub.mapping.codes.run import LEFT_UNWRITTEN
from hub.mapping.running import Run
from hub.mapping.syntax import Row, V2Path
from hub.mapping.values.primitives import Misread

__all__ = ["BackFrame", "Fields", "PutRaw", "compile_put_raw", "finish", "render_segment", "trimmed"]


class Fields:
    """One segment in the making: its fields, their repetitions, and the raw components of each.

    guarded: what stands only so that a guard holds (OBX-2), by field and component, with the texts that would do as well.
    owners: the resources it was written of, by their ids as objects. as_it_came: it was filled from the archived one, so nothing is added.
    """

    __slots__ = ("as_it_came", "by_number", "guarded", "name", "owners")

    def __init__(self, name: str) -> None:
        self.name = name
        self.by_number: dict[int, list[list[str]]] = {}
        self.guarded: dict[tuple[int, int], frozenset[str]] = {}
        self.owners: list[int] = []
        self.as_it_came = False


class BackFrame:
    """One map at work backward. value: of the FHIR side. parts: for a datatype map, divided by `level`. taken: items that are written.

    written, failed: elements by path. What one row cannot write and another row can is no failure. reserved: places that the guard of a
    row that has written wants to stay empty.
    """

    __slots__ = ("failed", "fields", "level", "names", "parts", "reserved", "seen", "taken", "value", "written")

    def __init__(self, value: Json, level: int, names: dict[str, str], fields: Fields | None, seen: Seen) -> None:
        self.value = value
        self.seen = seen
        self.level = level
        self.names = names
        self.parts: list[str] = []
        self.fields = fields
        self.taken: set[int] = set()
        self.written: set[str] = set()
        self.reserved: set[tuple[int, ...]] = set()
        self.failed: list[tuple[str, Misread, Row]] = []


def finish(run: Run, frame: BackFrame) -> None:
    """Report what no row could write."""
    for element, error, row in frame.failed:
        if element in frame.written:
            continue
        if row.clauses.policy == "skip":
            run.report(LEFT_UNWRITTEN, error.detail, None, row.span)
        else:
            run.report(error.code, error.detail, None, row.span)


PutRaw = Callable[[Run, BackFrame, str, int], int]  # gives the repetition it wrote, from 0


def compile_put_raw(path: V2Path) -> PutRaw:
    if path.field is None:
        return _put_part(path.component, path.subcomponent)
    return _put_field(path)


def _put_part(component: int | None, subcomponent: int | None) -> PutRaw:
    def put(run: Run, frame: BackFrame, raw: str, _number: int) -> int:
        if component is None:
            frame.parts = raw.split(run.separators[frame.level])
        elif subcomponent is None:
            _set(frame.parts, component, raw)
        else:
            _set_inner(frame.parts, component, subcomponent, raw, run.separators[min(frame.level + 1, 3)])
        return 0

    return put


def _put_field(path: V2Path) -> PutRaw:
    number, component, subcomponent = path.field or 0, path.component, path.subcomponent
    repetition = path.repetition

    def put(run: Run, frame: BackFrame, raw: str, item: int) -> int:
        if frame.fields is None:
            return 0
        repetitions = frame.fields.by_number.setdefault(number, [])
        if component is None and repetition in {None, "*"}:
            repetitions.extend(text.split(run.separators[1]) for text in raw.split(run.separators[0]))
            return len(repetitions) - 1
        at = _position(repetition, len(repetitions), item)
        repetitions.extend([] for _ in range(at + 1 - len(repetitions)))
        _put_in_repetition(run, repetitions[at], component, subcomponent, raw)
        return at

    return put


def _put_in_repetition(run: Run, parts: list[str], component: int | None, subcomponent: int | None, raw: str) -> None:
    """A whole repetition leaves what is there where it has nothing itself."""
    if component is None:
        for offset, part in enumerate(raw.split(run.separators[1]), 1):
            if part:
                _set(parts, offset, part)
    elif subcomponent is None:
        _set(parts, component, raw)
    else:
        _set_inner(parts, component, subcomponent, raw, run.separators[2])


def _position(repetition: Any, count: int, item: int) -> int:
    match repetition:
        case "*":
            return item
        case "last":
            return max(count - 1, 0)
        case int():
            return repetition - 1
        case _:
            return 0


def _set(parts: list[str], number: int, raw: str) -> None:
    while len(parts) < number:
        parts.append("")
    parts[number - 1] = raw


def _set_inner(parts: list[str], component: int, subcomponent: int, raw: str, separator: str) -> None:
    known = parts[component - 1] if component <= len(parts) else ""
    inner = known.split(separator)
    _set(inner, subcomponent, raw)
    _set(parts, component, trimmed(separator, inner))


def trimmed(separator: str, parts: list[str]) -> str:
    """Joined, without the empty ones at the end."""
    last = len(parts)
    while last and not parts[last - 1]:
        last -= 1
    return separator.join(parts[:last])


def render_segment(run: Run, fields: Fields) -> str:
    """The segment's text. MSH-1 and MSH-2 are the message's own delimiters."""
    repetition, component, _, _ = run.separators
    own = fields.name in {"MSH", "BHS", "FHS"}
    last = max(fields.by_number, default=0)
    texts = [
        trimmed(repetition, [trimmed(component, parts) for parts in fields.by_number.get(number, [])])
        for number in range(3 if own else 1, last + 1)
    ]
    head = [fields.name, run.encoding.msh2] if own else [fields.name]
    return trimmed(run.encoding.field, head + texts)
