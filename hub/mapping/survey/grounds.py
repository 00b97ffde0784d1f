"""Where the paths of a map lead, in one version of HL7: to parts of the fields that are being accounted for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from hub.mapping.forward.read_v2 import type_of_component, type_read
from hub.mapping.survey.parts import Parts
from hub.mapping.survey.readings import FieldReading, Names, Readings, Repetition
from hub.mapping.syntax import V2Path
from hub.mapping.types.structures import find_group_path, locate_group, locate_segment
from hub.mapping.types.z_segments import ZSegments

__all__ = ["Cursor", "Ground", "GroupGround", "PartGround", "SegmentGround"]

_TREE = frozenset({"PARENT", "MEMBER"})


@dataclass(frozen=True, slots=True)
class Cursor:
    """A value and its type. field: the field it is the whole of, for types that stand in the message."""

    parts: Parts
    v2_type: str | None
    field: tuple[FieldReading, Repetition] | None = None


class Ground(Protocol):
    """What the paths of one map are read from."""

    def cursors(self, path: V2Path) -> Iterator[Cursor]:
        """The values at the path. Nothing where it is a whole segment or group, or the version does not have it."""
        ...

    def segments(self, path: V2Path) -> Iterator[tuple[Names, str]]:
        """The segment the path is in, or is."""
        ...

    def leave_out(self, path: V2Path) -> None:
        """`drop` or `keep`."""
        ...


@dataclass(frozen=True, slots=True)
class PartGround:
    """A datatype map at work on one value. names: of its source, `v2 CWE, CE`; they share their positions."""

    version: str
    names: tuple[str, ...]
    cursor: Cursor

    def cursors(self, path: V2Path) -> Iterator[Cursor]:
        kinds = (type_of_component(self.version, name, path.component, path.subcomponent) for name in self.names)
        yield Cursor(self.cursor.parts.part(path.component, path.subcomponent), next((kind for kind in kinds if kind), None))

    def segments(self, path: V2Path) -> Iterator[tuple[Names, str]]:
        del path
        yield from ()

    def leave_out(self, path: V2Path) -> None:
        self.cursor.parts.part(path.component, path.subcomponent).whole = True


@dataclass(frozen=True, slots=True)
class SegmentGround:
    """A segment map, handed the segments at these places."""

    readings: Readings
    version: str
    local: ZSegments
    places: Sequence[tuple[Names, str]]

    def cursors(self, path: V2Path) -> Iterator[Cursor]:
        for names, segment in self.segments(path):
            yield from _in_segment(self.readings, type_read(self.version, path, self.local), names, segment, path)

    def segments(self, path: V2Path) -> Iterator[tuple[Names, str]]:
        return (place for place in self.places if path.segment in {None, place[1]} and not path.groups)

    def leave_out(self, path: V2Path) -> None:
        for names, segment in self.segments(path):
            _leave_out(self.readings, names, segment, path)


@dataclass(frozen=True, slots=True)
class GroupGround:
    """A message or group map, at one `each`. groups: from the structure down, in the vocabulary of maps."""

    readings: Readings
    version: str
    local: ZSegments
    structure: str
    groups: tuple[str, ...]

    def cursors(self, path: V2Path) -> Iterator[Cursor]:
        for names, segment in self.segments(path):
            yield from _in_segment(self.readings, type_read(self.version, path, self.local), names, segment, path)

    def segments(self, path: V2Path) -> Iterator[tuple[Names, str]]:
        if path.segment is None:
            return
        if path.groups:
            yield self._below(self._whole(path), path.segment), path.segment
            return
        yield self._outward(path.segment), path.segment

    def leave_out(self, path: V2Path) -> None:
        if path.segment is not None:
            for names, segment in self.segments(path):
                _leave_out(self.readings, names, segment, path)
            return
        place = locate_group(self.version, self.structure, self._whole(path))
        if place is not None and place.bare is not None:
            self.readings.segment(place.names[:-1], place.names[-1]).whole = True
        elif place is not None:
            self.readings.groups.add(place.names)

    def _outward(self, segment: str) -> Names:
        for depth in range(len(self.groups), -1, -1):
            if locate_segment(self.version, self.structure, self.groups[:depth], segment) is not None:
                return self._below(self.groups[:depth], segment)
        return None

    def _below(self, groups: tuple[str, ...], segment: str) -> Names:
        group = locate_group(self.version, self.structure, groups)
        place = locate_segment(self.version, self.structure, groups, segment)
        if group is None:
            return None
        around = group.names[:-1] if group.bare is not None else group.names
        return (*around, *(place.inner if place is not None else ()))

    def _whole(self, path: V2Path) -> tuple[str, ...]:
        """The groups of a path from the structure down: from the innermost group around it outward that has them."""
        names = tuple(step.name for step in path.groups if step.name not in _TREE)
        for depth in range(len(self.groups), -1, -1):
            around = self.groups[:depth]
            if names and around[-1:] == names[:1]:
                return (*around, *names[1:])
            if locate_group(self.version, self.structure, (*around, *names)) is not None:
                return (*around, *names)
        whole = find_group_path(self.structure, names[0]) if names else None
        return (*whole, *names[1:]) if whole is not None else (*self.groups, *names)


def _in_segment(readings: Readings, v2_type: str | None, names: Names, segment: str, path: V2Path) -> Iterator[Cursor]:
    if path.field is None:
        return
    field = readings.segment(names, segment).field(path.field)
    parts = field.part(path.repetition).part(path.component, path.subcomponent)
    yield Cursor(parts, v2_type, (field, path.repetition) if path.component is None else None)


def _leave_out(readings: Readings, names: Names, segment: str, path: V2Path) -> None:
    if path.field is None:
        readings.segment(names, segment).whole = True
    for cursor in _in_segment(readings, None, names, segment, path):
        cursor.parts.whole = True
