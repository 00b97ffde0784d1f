"""Paths on the v2 side, compiled to functions that read raw texts. HL7 v2 chapter 2, section 2.5.

A reader gives (raw text, place) for each populated repetition. What divides the text further is the frame's level and the
reader's `depth`: a field of a segment is divided by `^`, a component of it by `&`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from hub.codec.hl7v2 import dictionary
from hub.mapping.running import Frame, Place, Run
from hub.mapping.syntax import V2Path
from hub.mapping.types.z_segments import NO_SEGMENTS, ZSegments, datatype_of

__all__ = [
    "Found",
    "ItemTest",
    "Pick",
    "Read",
    "Source",
    "is_undivided",
    "read_below",
    "read_part",
    "read_segment_field",
    "source_index",
    "type_in",
    "type_of_component",
    "type_read",
]

Found = Sequence[tuple[str, Place]]
Read = Callable[[Run, Frame], Found]
ItemTest = Callable[[Run, str], bool]  # asked of a whole repetition
Pick = Callable[[Run, list[str], Place], Found]  # from the fields of one segment
_NOTHING: Found = ()
_UNDIVIDED = frozenset({("MSH", 1), ("MSH", 2), ("BHS", 1), ("BHS", 2), ("FHS", 1), ("FHS", 2)})


@dataclass(frozen=True, slots=True)
class Source:
    """A compiled path: how to read it, how much further than its frame its text is divided, and its v2 type where known."""

    read: Read
    depth: int
    v2_type: str | None


def read_part(path: V2Path) -> Read:
    """In a datatype map: `CX`, `CX.4`, `CX.4.1`, from the parts of the value."""
    component, subcomponent = path.component, path.subcomponent
    if component is None:
        return lambda run, frame: ((run.separators[frame.level].join(frame.source), frame.place),)
    at = component - 1

    def read(run: Run, frame: Frame) -> Found:
        source = frame.source
        if at >= len(source) or not (raw := source[at]):
            return _NOTHING
        place: Place = (frame.place, component)
        if subcomponent is None:
            return ((raw, place),)
        parts = raw.split(run.separators[min(frame.level + 1, 3)])
        return (((parts[subcomponent - 1]), (place, subcomponent)),) if subcomponent <= len(parts) and parts[subcomponent - 1] else _NOTHING

    return read


def source_index(path: V2Path) -> int | None:
    """Where in a frame's source a path begins; None for the whole of it, and for a path through groups."""
    if path.field is not None:
        return path.field
    return path.component - 1 if path.component is not None else None


def read_segment_field(path: V2Path, tests: Sequence[ItemTest] = ()) -> Pick:
    """A field of one segment: its repetitions, or the one that is meant, and below it the component."""
    number = path.field or 0
    below = read_below(path)
    choose = _choice(path)
    plain = not tests and below is None
    undivided = is_undivided(path)

    def pick(run: Run, fields: list[str], place: Place) -> Found:
        if number >= len(fields) or not (raw := fields[number]):
            return _NOTHING
        if undivided:
            return ((raw, (place, number, 0)),)
        repetition = run.separators[0]
        if plain and repetition not in raw:
            return ((raw, (place, number, 0)),) if choose is None or choose(1) else _NOTHING
        texts: Iterable[tuple[int, str]] = enumerate(raw.split(repetition))
        if choose is not None:
            listed = list(texts)
            texts = [listed[at] for at in choose(len(listed))]
        found = [(text, (place, number, at)) for at, text in texts if text and all(test(run, text) for test in tests)]
        return found if below is None else below(run, found)

    return pick


def is_undivided(path: V2Path) -> bool:
    """MSH-1 and MSH-2 are the separators themselves."""
    return (path.segment, path.field or 0) in _UNDIVIDED


def _choice(path: V2Path) -> Callable[[int], Sequence[int]] | None:
    match path.repetition:
        case None | "*":
            return None
        case "first":
            return lambda _count: (0,)
        case "last":
            return lambda count: (count - 1,)
        case number:
            return lambda count: (number - 1,) if number <= count else ()


def read_below(path: V2Path) -> Callable[[Run, Found], Found] | None:
    """The component of each repetition; None for the whole of it."""
    component, subcomponent = path.component, path.subcomponent
    if component is None:
        return None

    def read(run: Run, found: Found) -> Found:
        result: list[tuple[str, Place]] = []
        for text, place in found:
            raw = _part(text, run.separators[1], component)
            if raw and subcomponent is not None:
                raw = _part(raw, run.separators[2], subcomponent)
                place = ((place, component), subcomponent)  # noqa: PLW2901 - the place goes down with the text
            elif raw:
                place = (place, component)  # noqa: PLW2901 - the same
            if raw:
                result.append((raw, place))
        return result

    return read


def _part(text: str, separator: str, number: int) -> str:
    if separator not in text:
        return text if number == 1 else ""
    parts = text.split(separator)
    return parts[number - 1] if number <= len(parts) else ""


def type_in(version: str, path: V2Path, local: ZSegments = NO_SEGMENTS) -> str | None:
    """The datatype of a path in a version; None for what the version does not have. local: the Z-segments that are declared."""
    if path.segment is None:
        return None
    if path.field is None:
        return type_of_component(version, path.segment, path.component, path.subcomponent) if path.component else path.segment
    segment = local.find(version, path.segment)
    field = segment.field(path.field) if segment else None
    if field is None:
        return None
    return type_of_component(version, field.datatype, path.component, path.subcomponent)


def type_read(version: str, path: V2Path, local: ZSegments = NO_SEGMENTS) -> str | None:
    """As `type_in`; of a field that only a later version has, what it is there: senders fill fields ahead of the version they name."""
    found = type_in(version, path, local)
    if found is not None or path.field is None or version not in dictionary.VERSIONS:
        return found
    later = dictionary.VERSIONS[dictionary.VERSIONS.index(version) + 1 :]
    return next((kind for each in later if (kind := type_in(each, path, local)) is not None), None)


def type_of_component(version: str, name: str, component: int | None, subcomponent: int | None) -> str | None:
    for number in (component, subcomponent):
        if number is None:
            return name
        definition = datatype_of(version, name)
        if definition is None:
            return None
        if definition.is_primitive:
            return name if number == 1 else None
        part = definition.component(number)
        if part is None:
            return None
        name = part.datatype
    return name
