"""The beginning of a map for a segment, a structure or a Z-segment: what HL7 says may stand there, each place as a row to be filled in.

Every row is a comment until a person has written its FHIR side. With messages only the places that they populate are listed, with
counts, and never a value: what a field means, and of what type a Z-segment's is, is not guessed from them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from hub.codec.hl7v2 import Message, dictionary
from hub.codec.hl7v2.dictionary import FieldDef, GroupDef, SegmentDef, SegmentRef
from hub.mapping.parse.clauses import CLAUSE_WORDS
from hub.mapping.syntax import MapDeclaration

__all__ = ["FieldUse", "Usage", "segment_skeleton", "structure_skeleton", "usage_of", "z_skeleton"]

_INDENT = "  "


@dataclass(slots=True)
class FieldUse:
    """components: the most that one of its repetitions has."""

    populated: int = 0
    repeats: bool = False
    components: int = 1


@dataclass(slots=True)
class Usage:
    """What messages populate, by segment and field."""

    messages: int = 0
    segments: dict[str, int] = field(default_factory=dict)
    fields: dict[tuple[str, int], FieldUse] = field(default_factory=dict)


def usage_of(messages: Iterable[Message]) -> Usage:
    usage = Usage()
    for message in messages:
        usage.messages += 1
        encoding = message.encoding
        for segment in message.segments:
            usage.segments[segment.name] = usage.segments.get(segment.name, 0) + 1
            for number, text in enumerate(segment.fields):
                if number == 0 or not text:
                    continue
                use = usage.fields.setdefault((segment.name, number), FieldUse())
                use.populated += 1
                repetitions = text.split(encoding.repetition)
                use.repeats |= len(repetitions) > 1
                use.components = max(use.components, *(each.count(encoding.component) + 1 for each in repetitions))
    return usage


# --- a segment


def segment_skeleton(
    name: str, segment: str, target: str, *, version: str, maps: Mapping[str, MapDeclaration], usage: Usage | None
) -> str | None:
    """None for a segment that the version does not have."""
    known = dictionary.segment(version, segment)
    if known is None:
        return None
    readers = _readers(maps, segment)
    notes = [f"-- `{each.name}` reads {segment} already: `overlay {each.name}` changes rows of it." for each in readers]
    lines = [
        *_opening(usage),
        *notes,
        "",
        f"map {name} : v2 {segment} <-> fhir {target}",
        *_field_lines(known, usage),
        *_unknown_fields(known, usage),
    ]
    return "\n".join(lines) + "\n"


def _opening(usage: Usage | None) -> list[str]:
    counted = []
    if usage is not None:
        counted = [
            "-- Listed is what one message populates." if usage.messages == 1 else f"-- Listed is what {usage.messages} messages populate."
        ]
    return [
        "-- A beginning. For each row: write an element in the place of ELEMENT and take the first -- away;",
        '-- or write `drop FIELD because "…"`, or `keep FIELD because "…"`. Then `calder map check` says what is wrong.',
        *counted,
    ]


def _field_lines(known: SegmentDef, usage: Usage | None) -> Iterator[str]:
    taken: set[str] = set()
    rows = [each for each in known.fields if each.datatype != "WD" and (usage is None or (known.name, each.number) in usage.fields)]
    cells = [(_row_name(each, taken), f"{known.name}-{each.number}", _right_side(each)) for each in rows]
    widths = [max((len(cell[at]) for cell in cells), default=0) for at in range(3)]
    for each, (name, path, right) in zip(rows, cells, strict=True):
        said = [f"{each.name} ({each.datatype})", "required" if each.min else "", "repeats" if each.max is None else ""]
        use = usage.fields.get((known.name, each.number)) if usage is not None else None
        said += [_times(use.populated) if use is not None else "", f"table {each.table}" if each.table else ""]
        yield f"{_INDENT}-- {name:<{widths[0]}} {path:<{widths[1]}} <-> {right:<{widths[2]}}   -- {', '.join(filter(None, said))}"


def _right_side(each: FieldDef) -> str:
    return "ELEMENT[*]" if each.max is None else "ELEMENT"


def _unknown_fields(known: SegmentDef, usage: Usage | None) -> Iterator[str]:
    if usage is not None:
        last = max((each.number for each in known.fields), default=0)
        for (segment, number), use in sorted(usage.fields.items()):
            if segment == known.name and number > last:
                yield f"{_INDENT}-- {segment}-{number} is not in this version of HL7, and stands there {_times(use.populated)}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _row_name(each: FieldDef, taken: set[str]) -> str:
    """From the field's own name; a row of its own for each."""
    words = re.sub(r"[^a-z0-9]+", "_", each.name.lower()).strip("_")
    plain = words if words[:1].isalpha() and words not in CLAUSE_WORDS else f"field_{each.number}"
    name = plain if plain not in taken else f"{plain}_{each.number}"
    taken.add(name)
    return name


def _readers(maps: Mapping[str, MapDeclaration], source: str) -> list[MapDeclaration]:
    return [each for each in maps.values() if source in each.left.names]


# --- a structure


def structure_skeleton(name: str, structure: str, *, version: str, maps: Mapping[str, MapDeclaration], usage: Usage | None) -> str | None:
    """None for a structure that the version does not have."""
    root = dictionary.structure(version, structure)
    if root is None:
        return None
    notes = [f"-- `{each.name}` reads {structure} already: `overlay {each.name}` changes rows of it." for each in _readers(maps, structure)]
    lines = [
        *_opening(usage),
        *notes,
        "",
        f"map {name} : v2 {structure} <-> fhir Bundle",
        f'{_INDENT}drop MSH because "the envelope"',
        *_group_lines(root, maps, usage, "", set()),
        *_local_segments(usage),
    ]
    return "\n".join(lines) + "\n"


def _group_lines(group: GroupDef, maps: Mapping[str, MapDeclaration], usage: Usage | None, margin: str, taken: set[str]) -> Iterator[str]:
    for child in group.children:
        if isinstance(child, SegmentRef):
            if child.name != "MSH" and (usage is None or child.name in usage.segments):
                yield _segment_line(child, maps, usage, margin, taken)
        else:
            inner = [*_group_lines(child, maps, usage, margin + _INDENT, taken)]
            if inner:
                yield f"{_INDENT}-- {margin}each {child.name}"
                yield from inner


def _segment_line(child: SegmentRef, maps: Mapping[str, MapDeclaration], usage: Usage | None, margin: str, taken: set[str]) -> str:
    readers = sorted(_readers(maps, child.name), key=lambda each: each.name != child.name.lower())
    target, by = (readers[0].right.names[0], readers[0].name) if readers else ("RESOURCE", "MAP")
    name = child.name.lower() if child.name.lower() not in taken else f"{child.name.lower()}_{len(taken)}"
    taken.add(name)
    said = ["required" if child.min else "", "repeats" if child.max is None else ""]
    said += [_times(usage.segments[child.name]) if usage is not None else "", "" if readers else "no map reads it yet: `calder map new`"]
    note = ", ".join(filter(None, said))
    return f"{_INDENT}-- {margin}{name} {child.name} <-> {target} by {by}" + (f"   -- {note}" if note else "")


def _local_segments(usage: Usage | None) -> Iterator[str]:
    for name, count in sorted(usage.segments.items()) if usage is not None else ():
        if name.startswith("Z"):
            yield f"{_INDENT}-- {name.lower()} {name} <-> RESOURCE by MAP   -- {_times(count)}; `calder map new {name.lower()} --z {name}`"


# --- a Z-segment


def z_skeleton(name: str, segment: str, target: str, usage: Usage | None) -> str:
    """Its block and its map. The datatypes are for the one who knows the sender's specification to say."""
    fields = {number: use for (own, number), use in sorted(usage.fields.items()) if own == segment} if usage is not None else {1: None}
    numbers = fields or {1: None}
    lines = [
        *_opening(usage),
        "-- The title and datatype of each field are in the sender's specification: ST stands here for what is not said yet.",
        f"-- In the message map, or in an overlay of it, call the map: `extras {segment} <-> patient by {name}`.",
        "",
        f'segment {segment} "what it is"',
        *(_z_field(number, use) for number, use in numbers.items()),
        "",
        f"map {name} : v2 {segment} <-> fhir {target}",
        *(f"{_INDENT}-- field_{number} {segment}-{number} <-> ELEMENT" for number in numbers),
    ]
    return "\n".join(lines) + "\n"


def _z_field(number: int, use: FieldUse | None) -> str:
    mark = "[*]" if use is not None and use.repeats else ""
    seen = [_times(use.populated) if use else "", f"up to {use.components} components" if use and use.components > 1 else ""]
    note = ", ".join(filter(None, seen))
    return f'{_INDENT}{number} ST{mark} "field {number}"' + (f"   -- {note}" if note else "")
