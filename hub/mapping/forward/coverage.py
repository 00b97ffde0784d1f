"""Which fields a map reads, drops or keeps, gathered while it is compiled; and what a message has beyond that, found cheaply.

A place in a structure is the names of the groups down to a segment. For each there is a mask of the fields nobody reads, so that one
pass of `compress` over a segment's fields says whether anything is left.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import compress
from typing import Final

from hub.codec.hl7v2 import Segment
from hub.codec.hl7v2.grouping import Group, Grouped
from hub.mapping.codes.run import FIELD_NOT_READ, SEGMENT_NOT_READ, SEGMENT_OUT_OF_PLACE
from hub.mapping.running import Run
from hub.mapping.syntax import (
    Call,
    Condition,
    Each,
    Expression,
    Item,
    LeftOut,
    Let,
    MapDeclaration,
    Row,
    V2Path,
)

__all__ = ["Coverage", "left_out_unless_guarded", "paths_of_map"]

_LONGEST: Final = 128
_USUAL_LENGTH: Final = 200  # segments
_MOST_LAYOUTS: Final = 500  # they come from messages
_Placed = tuple[tuple[str, ...], Segment]
_ENVELOPE: Final = frozenset({"MSH", "BHS", "FHS"})


class Coverage:
    """fields: None is the whole segment."""

    __slots__ = ("_groups", "_layouts", "_masks", "_read")

    def __init__(self) -> None:
        self._read: dict[tuple[tuple[str, ...] | None, str], set[int] | None] = {}
        self._groups: set[tuple[str, ...]] = set()
        self._masks: dict[tuple[tuple[str, ...], str], tuple[bool, ...] | None] = {}
        self._layouts: dict[tuple[str, ...], list[tuple[int, tuple[bool, ...]]]] = {}

    def add(self, names: tuple[str, ...] | None, segment: str, field: int | None) -> None:
        """Names None: wherever it stands (Z-segments)."""
        known = self._read.setdefault((names, segment), set())
        if field is None:
            self._read[names, segment] = None
        elif known is not None:
            known.add(field)
        self._masks.clear()
        self._layouts.clear()

    def add_group(self, names: tuple[str, ...]) -> None:
        """Everything in it."""
        self._groups.add(names)
        self._layouts.clear()

    def report(self, run: Run, grouped: Grouped, left_out: set[tuple[int, int]]) -> None:
        """Once for each field and for each segment name. left_out: (segment index, field) of a `drop … when` that held."""
        segments = run.message.segments if run.message is not None else ()
        names = tuple([segment.name for segment in segments])
        known = self._layouts.get(names)
        if known is not None and not any(_has_more(segments[at].fields, mask) for at, mask in known):
            return
        self._report(run, grouped, left_out)
        if known is None and len(names) <= _USUAL_LENGTH:
            self._remember(names, grouped)

    def _report(self, run: Run, grouped: Grouped, left_out: set[tuple[int, int]]) -> None:
        unexpected = {id(segment) for segment in grouped.unexpected}
        reported: set[tuple[str, int]] = set()
        for names, segment in self._gather(grouped.root, (), []):
            mask = self._mask(names, segment.name)
            if mask is None:
                self._report_segment(run, segment, id(segment) in unexpected, reported, left_out)
            elif _has_more(segment.fields, mask):
                self._report_fields(run, segment, mask, reported, left_out)

    def _remember(self, names: tuple[str, ...], grouped: Grouped) -> None:
        """Where segments go is decided by their names: the masks of a layout in which every segment is read by somebody."""
        masks = [(segment.index, self._mask(place, segment.name)) for place, segment in self._gather(grouped.root, (), [])]
        if len(self._layouts) >= _MOST_LAYOUTS:
            self._layouts.clear()
        whole = [(at, mask) for at, mask in masks if mask is not None]
        if len(whole) == len(masks):
            self._layouts[names] = whole

    def _gather(self, group: Group, names: tuple[str, ...], found: list[_Placed]) -> list[_Placed]:
        """Every segment with its place, but those of groups that are covered as a whole."""
        if names not in self._groups:
            for item in group.items:
                if isinstance(item, Segment):
                    found.append((names, item))
                else:
                    self._gather(item, (*names, item.name), found)
        return found

    def _mask(self, names: tuple[str, ...], segment: str) -> tuple[bool, ...] | None:
        """None: no row reads the segment here. True: nobody reads the field."""
        key = (names, segment)
        if key not in self._masks:
            self._masks[key] = self._make_mask(names, segment)
            if len(self._masks) > 5000:  # names may come from messages
                self._masks.clear()
                return self._make_mask(names, segment)
        return self._masks[key]

    def _make_mask(self, names: tuple[str, ...], segment: str) -> tuple[bool, ...] | None:
        read: set[int] = set()
        found = False
        for key in ((names, segment), (None, segment)):
            if key in self._read:
                found = True
                fields = self._read[key]
                if fields is None:
                    return (False,) * _LONGEST
                read |= fields
        if segment in _ENVELOPE:
            read |= {1, 2}
        return tuple(number > 0 and number not in read for number in range(_LONGEST)) if found else None

    def _report_segment(
        self, run: Run, segment: Segment, out_of_place: bool, reported: set[tuple[str, int]], left_out: set[tuple[int, int]]
    ) -> None:
        if (segment.name, 0) in reported or (segment.index, 0) in left_out:
            return
        reported.add((segment.name, 0))
        if out_of_place and not segment.name.startswith("Z"):
            run.report(SEGMENT_OUT_OF_PLACE, "not where the structure has it", segment)
        else:
            run.report(SEGMENT_NOT_READ, "no row reads it", segment.name)

    def _report_fields(
        self, run: Run, segment: Segment, mask: tuple[bool, ...], reported: set[tuple[str, int]], left_out: set[tuple[int, int]]
    ) -> None:
        for number, text in enumerate(segment.fields):
            if not text or (number < _LONGEST and not mask[number]):
                continue
            key = (segment.name, number)
            if key not in reported and (segment.index, number) not in left_out and (segment.index, 0) not in left_out:
                reported.add(key)
                run.report(FIELD_NOT_READ, "no row reads it, drops it or keeps it", f"{segment.name}-{number}")


def _has_more(fields: list[str], mask: tuple[bool, ...]) -> bool:
    return any(compress(fields, mask)) or any(fields[_LONGEST:])


def paths_of_map(declaration: MapDeclaration) -> Iterator[V2Path]:
    """Every v2 path the map reads, drops or keeps; those of a `drop … when` only while it runs."""
    yield from _paths_of_conditions(declaration.when)
    yield from _paths_of_items(declaration.body)


def left_out_unless_guarded(item: LeftOut) -> tuple[V2Path, ...]:
    return () if item.when else item.paths


def _paths_of_items(items: tuple[Item, ...]) -> Iterator[V2Path]:
    for item in items:
        match item:
            case Row():
                yield from _paths_of_row(item)
            case Let():
                yield from _paths_of(item.value)
            case LeftOut():
                yield from left_out_unless_guarded(item)
                yield from _paths_of_conditions(item.when)
            case Each():
                yield from _paths_of_conditions(item.where)
                yield from _paths_of_items(item.body)


def _paths_of_row(row: Row) -> Iterator[V2Path]:
    clauses = row.clauses
    yield from _paths_of(row.left)
    yield from _paths_of_conditions((*clauses.when, *clauses.unless))
    for expression in (*clauses.key, *(binding.value for binding in (*clauses.with_, *clauses.giving))):
        yield from _paths_of(expression)
    if clauses.by is not None:
        for argument in clauses.by.arguments:
            yield from _paths_of(argument)


def _paths_of(expression: Expression) -> Iterator[V2Path]:
    for alternative in expression.alternatives:
        atom = alternative.atom
        if isinstance(atom, V2Path):
            yield atom
        elif isinstance(atom, Call):
            for argument in atom.arguments:
                yield from _paths_of(argument)


def _paths_of_conditions(conditions: tuple[Condition, ...]) -> Iterator[V2Path]:
    for condition in conditions:
        if isinstance(condition.subject, V2Path):
            yield condition.subject
            for step in condition.subject.groups:
                if step.where is not None:
                    yield from _paths_of_conditions((step.where,))
