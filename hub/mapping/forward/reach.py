"""What a path of a map can reach: parts of a value, fields of a segment, or segments of a group and of those around it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from hub.codec.hl7v2 import Segment, dictionary
from hub.mapping.codes.run import UNKNOWN_NAME
from hub.mapping.forward.coverage import Coverage
from hub.mapping.forward.nodes import Node, instances
from hub.mapping.forward.plain_reads import FindNode, Plain, ask_general, plain_above, plain_in_tree
from hub.mapping.forward.read_v2 import Found, ItemTest, Pick, Read, Source, read_part, read_segment_field, type_of_component, type_read
from hub.mapping.program import Program
from hub.mapping.running import Frame, Run
from hub.mapping.syntax import Condition, V2Path
from hub.mapping.types.structures import find_group_path, locate_group, locate_segment, single_ways
from hub.mapping.types.z_segments import is_z_segment

__all__ = ["GroupReach", "Levels", "PartReach", "Reach", "SegmentReach", "Test", "path_key"]

Test = Callable[[Run, Frame], bool]
FindNodes = Callable[[Run, Node], list[Node]]
FindSegments = Callable[[Run, Frame], Sequence[Segment]]
Levels = tuple[tuple[str, ...], ...]
_NOT_ASKED: Final = object()


class Reach(Protocol):
    """How the paths of one map are read. tests: asked of each repetition of the field."""

    def source(self, path: V2Path, tests: Sequence[ItemTest] = ()) -> Source: ...


def path_key(path: V2Path) -> str:
    """Two paths that read the same have the same key, wherever they stand in the file."""
    steps = [
        f"{step.name}[{path_key(where.subject) if isinstance(where.subject, V2Path) else where.subject} {where.test} {where.values}]"
        if (where := step.where) is not None
        else step.name
        for step in path.groups
    ]
    return ".".join([*steps, f"{path.segment}-{path.field}[{path.repetition}].{path.component}.{path.subcomponent}"])


@dataclass(frozen=True, slots=True)
class PartReach:
    """A datatype map: `CX.4.1`. The names of the map share their positions; the version decides whose types they are."""

    version: str
    names: tuple[str, ...]

    def source(self, path: V2Path, tests: Sequence[ItemTest] = ()) -> Source:
        del tests  # a value has no repetitions
        kinds = (type_of_component(self.version, name, path.component, path.subcomponent) for name in self.names)
        kind = next((kind for kind in kinds if kind), None)
        return Source(read_part(path), (path.component is not None) + (path.subcomponent is not None), kind)


@dataclass(frozen=True, slots=True)
class SegmentReach:
    version: str
    segment: str
    program: Program

    def source(self, path: V2Path, tests: Sequence[ItemTest] = ()) -> Source:
        if path.segment != self.segment or path.groups:
            self.program.report(UNKNOWN_NAME, f"this map reads {self.segment} only", path.span)
            return Source(lambda _run, _frame: (), 0, None)
        kind = type_read(self.version, path, self.program.segments)
        if path.field is None:
            return Source(lambda _run, frame: ((self.segment, frame.place),), 0, kind)
        pick = read_segment_field(path, tests)
        depth = (path.component is not None) + (path.subcomponent is not None)
        return Source(lambda run, frame: pick(run, frame.source, frame.place), depth, kind)


@dataclass(frozen=True, slots=True)
class GroupReach:
    """A message or group map, at one `each`. levels: the group paths around, outermost first, in the vocabulary of 2.5.

    tests: makes a condition inside `MEMBER[…]`, for a frame on the member.
    """

    version: str
    structure: str
    levels: Levels
    program: Program
    compile_test: Callable[[Condition, GroupReach], Test]
    coverage: Coverage

    def source(self, path: V2Path, tests: Sequence[ItemTest] = ()) -> Source:
        kind = type_read(self.version, path, self.program.segments)
        if path.segment is None:
            nodes, _ = self._nodes(path)
            return Source(_whole_groups(nodes), 0, None)
        find, level = self._segments(path)
        if path.field is None:
            return Source(_whole_segments(find), 0, kind)
        self._cover(level, path.segment, path.field)
        pick = read_segment_field(path, tests)
        depth = (path.component is not None) + (path.subcomponent is not None)
        key = f"#{path_key(path)}"
        single = None if tests or path.groups else self._single(path.segment)
        if single is not None:
            return Source(_field_of_single(key, path.segment, single, pick), depth, kind)
        read = _fields(find, pick)
        return Source(read if tests else _keep(key, read), depth, kind)

    def plain(self, path: V2Path, general: Plain = ask_general) -> Plain | None:
        """The same without lists, where the path is a usual one. general: asked where it turns out to be none."""
        if path.segment is None:
            return None
        if not path.groups:
            up = self._single(path.segment)
            return plain_above(path, up, general) if up is not None else None
        if path.groups[0].name not in {"PARENT", "MEMBER"} or self._way(self._tree_level(), path.segment):
            return None
        return plain_in_tree(path, self._tree_node(path), general)

    def cover(self, path: V2Path) -> None:
        """For `drop` and `keep`: a field, a whole segment, or a whole group."""
        if path.segment is None:
            place = locate_group(self.version, self.structure, self._nodes(path)[1])
            if place is not None and place.bare is None:
                self.coverage.add_group(place.names)
            elif place is not None:
                self.coverage.add(place.names[:-1], place.names[-1], None)
            return
        _, level = self._segments(path)
        if level is None:  # a Z-segment, wherever it stands
            self.coverage.add(None, path.segment, path.field)
        else:
            self._cover(level, path.segment, path.field)

    def cover_fields(self, path: V2Path, fields: Iterable[int | None]) -> None:
        """What the segment map called for a whole segment reads; None: all of it."""
        _, level = self._segments(path)
        for field in fields:
            self._cover(level, path.segment or "", field)

    def segments_at(self, path: V2Path) -> FindSegments:
        """For a `drop … when`: the segments that it is about, now."""
        if path.segment is None:
            nodes, _ = self._nodes(path)
            return lambda run, frame: [segment for node in nodes(run, frame.node) for segment in node.group.walk()]
        find, _ = self._segments(path)
        return find

    def is_single(self, path: V2Path) -> bool:
        """Is it this instance itself, or a segment that stands in it directly and at most once?"""
        if path.segment is None:
            return len(path.groups) == 1 and self.levels[-1][-1:] == (path.groups[0].name,)
        if path.groups:
            return False
        place = locate_segment(self.version, self.structure, self.levels[-1], path.segment)
        return place is not None and place.most == 1

    def level_of(self, path: V2Path) -> tuple[str, ...]:
        """Where a whole segment or group is in the structure."""
        if path.segment is None:
            return self._nodes(path)[1]
        level = self._segments(path)[1]
        return (*(level or self.levels[-1]), path.segment)

    def _cover(self, level: tuple[str, ...] | None, segment: str, field: int | None) -> None:
        if level is None and is_z_segment(segment):
            level = self.levels[-1]
        place = locate_group(self.version, self.structure, level) if level is not None else None
        if level is None or place is None:
            self.coverage.add(None, segment, field)
            return
        names = place.names[:-1] if place.bare is not None else place.names
        ways = single_ways(self.version, self.structure, level) if is_z_segment(segment) else (self._way(level, segment),)
        for way in ways:
            self.coverage.add((*names, *way), segment, field)

    def _segments(self, path: V2Path) -> tuple[FindSegments, tuple[str, ...] | None]:
        """The segments of a path, and the group they stand in; None where that is not in the structure."""
        name = path.segment or ""
        if not path.groups:
            # a segment that the version has not (PRT in 2.5.1) stands like a Z-segment where it was sent
            if is_z_segment(name):
                return self._z_segments(name, outward=False)
            unknown = dictionary.segment(self.version, name) is None
            return self._z_segments(name, outward=path.field is not None) if unknown else self._outward(name)
        nodes, level = self._nodes(path)
        ways = single_ways(self.version, self.structure, level) if is_z_segment(name) else (self._way(level, name),)

        def find(run: Run, frame: Frame) -> list[Segment]:
            return [segment for node in nodes(run, frame.node) for way in ways for segment in node.segments(way, name)]

        return find, level

    def _outward(self, name: str) -> tuple[FindSegments, tuple[str, ...] | None]:
        """From this instance outward until the structure has the segment."""
        for up, level in enumerate(reversed(self.levels)):
            place = locate_segment(self.version, self.structure, level, name)
            if place is not None:
                return _segments_up(up, place.inner, name), level
        return (lambda _run, _frame: []), None

    def _z_segments(self, name: str, *, outward: bool) -> tuple[FindSegments, tuple[str, ...] | None]:
        """Of this instance, with the groups in it that stand at most once. outward: else of the nearest around it that has one.

        Never outward for a Z-segment: one of the same name may stand after PID and after OBX, and they say it of different things.
        """
        levels = [single_ways(self.version, self.structure, level) for level in reversed(self.levels)][: None if outward else 1]

        def find(_run: Run, frame: Frame) -> Sequence[Segment]:
            node: Node | None = frame.node
            for ways in levels:
                if node is None:
                    break
                if found := [segment for way in ways for segment in node.segments(way, name)]:
                    return found
                node = node.outer
            return []

        return find, None

    def _single(self, name: str) -> int | None:
        """How many instances outward the segment stands, where it stands in one directly and at most once."""
        for up, level in enumerate(reversed(self.levels)):
            place = locate_segment(self.version, self.structure, level, name)
            if place is not None:
                return up if place.most == 1 and not place.inner else None
        return None

    def _way(self, level: tuple[str, ...], name: str) -> tuple[str, ...]:
        place = locate_segment(self.version, self.structure, level, name)
        return place.inner if place is not None else ()

    def _nodes(self, path: V2Path) -> tuple[FindNodes, tuple[str, ...]]:
        """The instances a path's groups lead to, and where they are in the structure."""
        names = tuple(step.name for step in path.groups)
        if names[0] in {"PARENT", "MEMBER"}:
            return self._tree_nodes(path), self._tree_level()
        for up, around in enumerate(reversed(self.levels)):
            if around and around[-1] == names[0]:
                return self._below(up, around, names[1:]), (*around, *names[1:])
            if locate_group(self.version, self.structure, (*around, *names)) is not None:
                return self._below(up, around, names), (*around, *names)
        whole = find_group_path(self.structure, names[0])
        if whole is not None and locate_group(self.version, self.structure, (*whole, *names[1:])) is not None:
            return self._below(len(self.levels) - 1, (), (*whole, *names[1:])), (*whole, *names[1:])
        return (lambda _run, _node: []), (*self.levels[-1], *names)

    def _tree_level(self) -> tuple[str, ...]:
        """Of the group that makes the tree; a row on a segment of it stands one level further in."""
        level = self.levels[-1]
        place = locate_group(self.version, self.structure, level)
        return self.levels[-2] if place is not None and place.bare is not None and len(self.levels) > 2 else level

    def _below(self, up: int, around: tuple[str, ...], names: tuple[str, ...]) -> FindNodes:
        if not names:
            return lambda _run, node: [_up(node, up)]
        start = locate_group(self.version, self.structure, around)
        end = locate_group(self.version, self.structure, (*around, *names))
        way = end.names[len(start.names) :] if start is not None and end is not None else names

        def find(_run: Run, node: Node) -> list[Node]:
            outer = _up(node, up)
            return [Node(group, outer) for group in instances(outer.group, way)] if way else [outer]

        return find

    def _tree_nodes(self, path: V2Path) -> FindNodes:
        find_one = self._tree_node(path)

        def find(run: Run, node: Node) -> list[Node]:
            found = find_one(run, node)
            return [found] if found is not None else []

        return find

    def _tree_node(self, path: V2Path) -> FindNode:
        moves: list[tuple[str, Test | None]] = [
            (step.name, self.compile_test(step.where, self._at_tree()) if step.where else None) for step in path.groups
        ]
        key = f">{path_key(replace(path, segment=None, field=None, repetition=None, component=None, subcomponent=None))}"
        begins_below = moves[0][0] == "MEMBER"

        def follow(run: Run, node: Node) -> Node | None:
            here: Node | None = node
            for name, test in moves:
                if here is not None:
                    here = here.above if name == "PARENT" else _member(run, here, test)
            return here

        def find(run: Run, node: Node) -> Node | None:
            if begins_below and not node.below:
                return None
            found = node.known.get(key, _NOT_ASKED)
            if found is _NOT_ASKED:
                found = node.known[key] = follow(run, node)
            return found  # type: ignore[no-any-return]  # what is known of a node is of every kind

        return follow if all(name == "PARENT" for name, _ in moves) else find

    def _at_tree(self) -> GroupReach:
        return replace(self, levels=self.levels[: self.levels.index(self._tree_level()) + 1])


def _field_of_single(key: str, name: str, up: int, pick: Pick) -> Read:
    """The usual path of a message map: a field of the one segment of this instance, or of one around it."""

    def read(run: Run, frame: Frame) -> Found:
        node: Node = frame.node
        for _ in range(up):
            node = node.outer or node
        known = node.known
        found: Found | None = known.get(key)
        if found is None:
            fields = node.fields[name]
            found = known[key] = pick(run, fields, node.fields.firsts[name]) if fields else ()
        return found

    return read


def _keep(key: str, read: Read) -> Read:
    """What was read at an instance once is kept with it."""

    def read_once(run: Run, frame: Frame) -> Found:
        known: dict[str, Found] = frame.node.known
        found = known.get(key)
        if found is None:
            found = known[key] = read(run, frame)
        return found

    return read_once


def _segments_up(up: int, inner: tuple[str, ...], name: str) -> FindSegments:
    key = "@" + ".".join((*inner, name))

    def find(_run: Run, frame: Frame) -> Sequence[Segment]:
        node: Node = frame.node
        for _ in range(up):
            node = node.outer or node
        if not inner:
            return node.segments(inner, name)
        found: Sequence[Segment] | None = node.known.get(key)
        if found is None:
            found = node.known[key] = node.segments(inner, name)
        return found

    return find


def _member(run: Run, node: Node, test: Test | None) -> Node | None:
    return next((each for each in node.members() if test is None or test(run, Frame([], 1, None, {}, each))), None)


def _up(node: Node, levels: int) -> Node:
    for _ in range(levels):
        node = node.outer or node
    return node


def _whole_groups(nodes: FindNodes) -> Read:
    return lambda run, frame: [(node.group.name, node) for node in nodes(run, frame.node)]


def _whole_segments(find: FindSegments) -> Read:
    return lambda run, frame: [(segment.name, segment) for segment in find(run, frame)]


def _fields(find: FindSegments, pick: Callable[[Run, list[str], Segment], Found]) -> Read:
    def read(run: Run, frame: Frame) -> Found:
        segments = find(run, frame)
        if len(segments) == 1:
            return pick(run, segments[0].fields, segments[0])
        return [each for segment in segments for each in pick(run, segment.fields, segment)]

    return read
