"""Instances of groups at run time: what a row of a message map reads from, and what it has made there.

`each … tree OBX-4` orders the instances of one group by dotted numbers. `1.0.1` holds `1.0.1.1`; a number whose own parent
is not there hangs below the nearest that is; trailing zeros do not count (`1.1.0.0` is the second level of PCD-01, IHE PCD TF-2 B.8).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from hub.codec.hl7v2 import Segment
from hub.codec.hl7v2.grouping import Group

if TYPE_CHECKING:
    from hub.mapping.forward.making import Draft

__all__ = ["Node", "SegmentFields", "arrange_tree", "instances"]


class SegmentFields(dict[str, list[str]]):
    """The fields of the first segment of a name that stands in a group itself. doubled: names that stand there again.

    firsts: the segments whose fields these are. Both are there once a name has been asked for.
    """

    __slots__ = ("_group", "doubled", "firsts")

    def __init__(self, group: Group) -> None:
        super().__init__()
        self._group: Group | None = group

    def __missing__(self, name: str) -> list[str]:
        """All are gathered when the first is asked for."""
        group, self._group = self._group, None
        if group is None:
            return self.setdefault(name, [])
        self.doubled: set[str] = set()
        self.firsts: dict[str, Segment] = {}
        for item in group.items:
            if not isinstance(item, Segment):
                continue
            if item.name in self.firsts:
                self.doubled.add(item.name)
            else:
                self.firsts[item.name] = item
                self[item.name] = item.fields
        return self.setdefault(name, [])


class Node:
    """One instance. outer: the instance around it. above, below: in a tree. made: by row name. known: what
    was read here already, since rows ask the same again and again.
    """

    __slots__ = ("above", "below", "fields", "group", "known", "made", "outer")

    def __init__(self, group: Group, outer: Node | None) -> None:
        self.group = group
        self.outer = outer
        self.above: Node | None = None
        self.below: list[Node] = []
        self.made: dict[str, Draft] = {}
        self.known: dict[str, Any] = {}
        self.fields = SegmentFields(group)

    def find_made(self, row: str) -> Draft | None:
        """The resource of a row (or ":Patient", the last of a type): of this instance, else of the nearest above or around it."""
        node: Node | None = self
        while node is not None:
            draft = node.made.get(row)
            if draft is not None:
                return draft
            node = node.above or node.outer
        return None

    def members(self) -> Iterator[Node]:
        """Everything below in the tree, each before what it holds."""
        for node in self.below:
            yield node
            yield from node.members()

    def segments(self, inner: tuple[str, ...], name: str) -> list[Segment]:
        if not inner:
            if not self.fields[name]:
                return []
            return self.group.segments(name) if name in self.fields.doubled else [self.fields.firsts[name]]
        groups = [self.group]
        for step in inner:
            groups = [found for group in groups for found in group.groups(step)]
        if len(groups) == 1:
            return groups[0].segments(name)
        return [segment for group in groups for segment in group.segments(name)]


def instances(group: Group, names: Sequence[str]) -> list[Group]:
    """The groups at a path below a group. The last name may be a segment: then each of those is an instance of its own."""
    groups = [group]
    for at, name in enumerate(names):
        found = [inner for outer in groups for inner in outer.groups(name)]
        if not found and at == len(names) - 1 and len(name) == 3:
            return [Group(name, [segment]) for outer in groups for segment in outer.segments(name)]
        groups = found
    return groups


def arrange_tree(nodes: Sequence[Node], numbers: Sequence[str]) -> list[int]:
    """Sets `above` and `below`. Gives the positions of those that have no number, or one that was there before."""
    places: dict[tuple[str, ...], Node] = {}
    stray: list[int] = []
    for at, (node, number) in enumerate(zip(nodes, numbers, strict=True)):
        path = _path(number)
        if path is None or path in places:
            stray.append(at)
        else:
            places[path] = node
    for path, node in places.items():
        above = next((places[path[:depth]] for depth in range(len(path) - 1, 0, -1) if path[:depth] in places), None)
        if above is not None:
            node.above = above
            above.below.append(node)
    return stray


@lru_cache(maxsize=1024)
def _path(number: str) -> tuple[str, ...] | None:
    steps = [step.strip() for step in number.split(".")]
    if not all(step.isascii() and step.isdigit() for step in steps):
        return None
    while len(steps) > 1 and not steps[-1].strip("0"):
        steps.pop()
    return tuple(step.lstrip("0") or "0" for step in steps)
