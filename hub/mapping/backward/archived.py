"""An archived message with what its maps make of it: which places two-way rows read, and which resources its segments became.

The places come from a trace of the two-way maps (`two_way`): each of its steps is a place that is written back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from hub.codec.hl7v2 import Message, Segment
from hub.codec.hl7v2.grouping import Group
from hub.core.json import Resource
from hub.mapping.conversion import Conversion, Step
from hub.mapping.items import iter_rows
from hub.mapping.program import Program
from hub.mapping.syntax import Call, Expression, Row, V2Path

__all__ = ["Archived", "ReadPlaces", "Reading", "archive"]

_PLACE: Final = re.compile(r"([A-Z][A-Z0-9]{2})(?:\[(\d+)\])?(?:-(\d+)(?:\[(\d+)\])?((?:\.\d+)*))?")
_EVERY: Final = -1

Way = tuple[int, ...]  # component, subcomponent; empty for the whole repetition
Reading = frozenset[Way]  # what a row reads at once: several ways for a function of several components
Reps = dict[int, set[Reading]]  # by repetition from 0; EVERY: all of them


@dataclass(frozen=True, slots=True)
class ReadPlaces:
    """What two-way rows read of one segment, by field."""

    by_field: dict[int, Reps]

    def of_repetition(self, field: int, repetition: int) -> set[Reading]:
        reps = self.by_field.get(field, {})
        return reps.get(repetition, set()) | reps.get(_EVERY, set())


@dataclass(frozen=True, slots=True)
class Archived:
    """root: the message in its groups. made, both_ways: resources by full url, of all rows and of two-way rows.

    rows: by full url, the row that made it. read: by the segment's place in the message. owners, makers: full urls by the same, of
    two-way rows and of all.
    """

    message: Message
    root: Group
    made: Mapping[str, Resource]
    both_ways: Mapping[str, Resource]
    rows: Mapping[str, str]
    read: Mapping[int, ReadPlaces]
    owners: Mapping[int, frozenset[str]]
    makers: Mapping[int, frozenset[str]]


def archive(message: Message, root: Group, everything: Conversion, both_ways: Conversion, program: Program) -> Archived:
    segments = {(segment.name, segment.occurrence): segment for segment in message.segments}
    rows = {f"{name}.{row.name}": row for name, declaration in program.maps.items() for row in iter_rows(declaration.body)}
    read: dict[int, ReadPlaces] = {}
    for step in both_ways.trace:
        for segment, field, repetition, reading in _places(step, rows, segments):
            places = read.setdefault(segment.index, ReadPlaces({}))
            places.by_field.setdefault(field, {}).setdefault(repetition, set()).add(reading)
    return Archived(
        message,
        root,
        {each.full_url: each.resource for each in everything.produced},
        {each.full_url: each.resource for each in both_ways.produced},
        {each.full_url: each.rule.partition(".")[2] for each in both_ways.produced},
        read,
        _by_segment(both_ways.trace, segments),
        _by_segment(everything.trace, segments),
    )


def _by_segment(steps: Iterable[Step], segments: Mapping[tuple[str, int], Segment]) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = {}
    for step in steps:
        place = _PLACE.fullmatch(step.source)
        segment = segments.get((place[1], int(place[2] or 1))) if place else None
        if segment is not None and step.made_by is not None:
            found.setdefault(segment.index, set()).add(step.made_by)
    return {index: frozenset(urls) for index, urls in found.items()}


def _places(
    step: Step, rows: Mapping[str, Row], segments: Mapping[tuple[str, int], Segment]
) -> Iterator[tuple[Segment, int, int, Reading]]:
    place = _PLACE.fullmatch(step.source)
    segment = segments.get((place[1], int(place[2] or 1))) if place else None
    if place is None or segment is None:
        return
    row = rows.get(step.rule)
    paths = _paths_of(row) if row is not None else []
    if place[3] is None:
        for path in paths:  # of a function over fields of the segment
            if path.segment == segment.name and path.field is not None:
                yield segment, path.field, _repetition(path), frozenset({_way(path)})
        return
    way = tuple(int(number) for number in place[5].split(".") if number) if place[5] else ()
    ways = {way} if row is None or not _is_call(row) else set()
    around = way[: len(way) - len(_way_of_row(row))] if row is not None else way
    ways |= {(*around, *_way(path)) for path in paths if path.field is None}
    yield segment, int(place[3]), int(place[4] or 1) - 1, frozenset(ways)


def _is_call(row: Row) -> bool:
    return isinstance(row.left.alternatives[0].atom, Call)


def _paths_of(row: Row) -> list[V2Path]:
    """The arguments of the functions that the row calls."""
    calls = [each.atom for each in row.left.alternatives if isinstance(each.atom, Call)]
    if row.clauses.by is not None:
        calls.append(row.clauses.by)
    return [path for call in calls for argument in call.arguments for path in _paths_in(argument)]


def _paths_in(expression: Expression) -> Iterator[V2Path]:
    for alternative in expression.alternatives:
        if isinstance(alternative.atom, V2Path):
            yield alternative.atom
        elif isinstance(alternative.atom, Call):
            for argument in alternative.atom.arguments:
                yield from _paths_in(argument)


def _way_of_row(row: Row) -> Way:
    atom = row.left.alternatives[0].atom
    return _way(atom) if isinstance(atom, V2Path) and atom.field is None else ()


def _way(path: V2Path) -> Way:
    return tuple(number for number in (path.component, path.subcomponent) if number is not None)


def _repetition(path: V2Path) -> int:
    match path.repetition:
        case int(number):
            return number - 1
        case "first":
            return 0
        case _:
            return _EVERY
