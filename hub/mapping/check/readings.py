"""What each map reads or leaves out, with the maps it hands whole segments and groups to: each map is looked at once."""

from __future__ import annotations

from collections.abc import Iterator

from hub.codec.hl7v2 import EncodingCharacters, split_components, split_repetitions
from hub.mapping.forward.coverage import paths_of_map
from hub.mapping.syntax import LeftOut, Row, V2Path
from hub.mapping.types.declared import Declared, KnownMap
from hub.mapping.types.scope import MapKind
from hub.mapping.types.structures import locate_group

__all__ = ["MapReadings", "Readings"]


class Readings:
    """What a map reads or leaves out: whole segments, fields, components. In a datatype map the segment is empty and the field None."""

    def __init__(self) -> None:
        self._segments: set[str] = set()
        self._fields: set[tuple[str, int | None]] = set()
        self._parts: set[tuple[str, int | None, int]] = set()

    def add(self, segment: str, field: int | None, component: int | None, *, datatype: bool) -> None:
        if component is not None:
            self._parts.add((segment, field, component))
        elif field is not None or datatype:
            self._fields.add((segment, field))
        else:
            self._segments.add(segment)

    def join(self, other: Readings) -> None:
        self._segments |= other._segments
        self._fields |= other._fields
        self._parts |= other._parts

    def unread(self, segment: str, field: int | None, value: str, encoding: EncodingCharacters) -> Iterator[str]:
        """The places of a populated field that nothing reads: the field, or the components that are left of it."""
        if not value or segment in self._segments or (segment, field) in self._fields:
            return
        place = segment if field is None else f"{segment}-{field}"
        known = {part for of, number, part in self._parts if of == segment and number == field}
        if not known:
            yield place
            return
        items = [split_components(item, encoding) for item in split_repetitions(value, encoding)]
        populated = {number for item in items for number, text in enumerate(item, 1) if text}
        yield from (f"{place}.{number}" for number in sorted(populated - known))


class MapReadings:
    """By map. None where it is not known: a mistake stands in a map on the way, or maps call each other in a circle."""

    def __init__(self, declared: Declared, sound: frozenset[str]) -> None:
        self._declared = declared
        self._sound = sound
        self._done: dict[int, Readings | None] = {}

    def of(self, known: KnownMap) -> Readings | None:
        """Depth first, without recursion: maps call maps as deep as there are maps."""
        called: dict[int, tuple[KnownMap, ...]] = {}
        circles: set[int] = set()
        waiting = [known]
        while waiting:
            top = waiting[-1]
            if id(top) in self._done:
                waiting.pop()
            elif id(top) not in called:
                called[id(top)] = tuple({id(one): one for _, one in self._handing(top)}.values())
                further = [one for one in called[id(top)] if id(one) not in self._done]
                if any(id(one) in called for one in further):
                    circles.add(id(top))
                waiting += (one for one in further if id(one) not in called)
            else:
                known_all = top.name in self._sound and id(top) not in circles
                self._done[id(top)] = self._join(top, called[id(top)]) if known_all else None
        return self._done[id(known)]

    def _join(self, known: KnownMap, called: tuple[KnownMap, ...]) -> Readings | None:
        readings = self._own(known)
        for one in called:
            theirs = self._done[id(one)]
            if theirs is None:
                return None
            readings.join(theirs)
        return readings

    def _own(self, known: KnownMap) -> Readings:
        readings = Readings()
        datatype = known.kind is MapKind.DATATYPE
        handed = {id(path) for row, _ in self._handing(known) for path in _whole(row)}
        left_out = (path for item, _ in known.items if isinstance(item, LeftOut) for path in item.paths)
        around = tuple(dict.fromkeys(scope.groups for _, scope in known.items))
        for path in (*paths_of_map(known.declaration), *left_out):
            if id(path) not in handed:
                for segment in _segments(path, known, around):
                    readings.add("" if datatype else segment, path.field, path.component, datatype=datatype)
        return readings

    def _handing(self, known: KnownMap) -> Iterator[tuple[Row, KnownMap]]:
        """The rows that hand a whole segment or group to another map."""
        for row, _ in known.rows():
            called = self._declared.by_name.get(row.clauses.by.function) if row.clauses.by else _by_type(row, self._declared)
            if called is not None and called.kind in {MapKind.SEGMENT, MapKind.GROUP}:
                yield row, called


def _whole(row: Row) -> Iterator[V2Path]:
    return (one.atom for one in row.left.alternatives if isinstance(one.atom, V2Path) and one.atom.field is None)


def _by_type(row: Row, declared: Declared) -> KnownMap | None:
    left = row.left.alternatives[0].atom if row.left.alternatives else None
    if not isinstance(left, V2Path) or left.segment is None or left.field is not None or not row.right.steps:
        return None
    return declared.between(left.segment, row.right.steps[-1].name)


def _segments(path: V2Path, known: KnownMap, around: tuple[tuple[str, ...], ...]) -> Iterator[str]:
    """The segment of the path, or every segment of the group it names."""
    if path.segment is not None:
        yield path.segment
        return
    names = tuple(step.name for step in path.groups)
    whole = known.scope
    for version in whole.versions if whole else ():
        for source in whole.served(version) if whole else ():
            places = (locate_group(version, source.partition(".")[0], (*groups, *names)) for groups in around)
            yield from (segment for place in places if place is not None for segment in place.segments)
