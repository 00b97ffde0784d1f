"""Segments into the groups of a structure, forgiving and in one pass.

HL7 v2 chapter 2, section 2.12 "Abstract message syntax". Each segment goes, in this order of preference:
1. where the structure expects it next, looking from the innermost open group outwards and passing over only what is optional;
2. the same, passing over required segments too (they are reported in `missing`);
3. into the innermost open group that knows its name, else into the innermost open group (both reported in `unexpected`).
Nothing is dropped, and nothing is moved: items keep the order of the message within their group.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from typing import Final

from hub.codec.hl7v2.dictionary import GroupDef
from hub.codec.hl7v2.message import Message, Segment

__all__ = ["Group", "Grouped", "group"]

_UNLIMITED: Final = 1 << 60
_USUAL_LENGTH: Final = 200  # segments; the layout of a longer message is not kept
_Way = tuple[int, ...]  # child positions, from an open group down to the segment
_Move = tuple[int, tuple[str, ...], int]  # how many groups stay open, which are opened, and which of all takes the segment


@dataclass(slots=True, eq=False)
class Group:
    """One instance of a group. The outermost has the name of the structure."""

    name: str
    items: list[Segment | Group] = field(default_factory=list)

    def segments(self, name: str) -> list[Segment]:
        """Segments of that name in this group itself."""
        return [item for item in self.items if isinstance(item, Segment) and item.name == name]

    def groups(self, name: str) -> list[Group]:
        return [item for item in self.items if isinstance(item, Group) and item.name == name]

    def walk(self) -> Iterator[Segment]:
        """Every segment in this group and in those inside it."""
        for item in self.items:
            if isinstance(item, Segment):
                yield item
            else:
                yield from item.walk()


@dataclass(frozen=True, slots=True)
class Grouped:
    """root: everything. unexpected: segments that the structure has no place for there. missing: paths of what it requires."""

    root: Group
    unexpected: tuple[Segment, ...]
    missing: tuple[str, ...]


class _Plan:
    """A GroupDef made ready for looking up. A way is the child positions that lead from a group down to a segment.

    starts: names that may come first here, with nothing required before them. strict: for each name, its ways through children that it
    may begin. ways: its ways through any child.
    """

    __slots__ = ("children", "limits", "name", "names", "required_before", "required_names", "single", "starts", "strict", "ways")

    def __init__(self, definition: GroupDef) -> None:
        self.name = definition.name
        self.single = definition.is_choice
        self.names = [child.name for child in definition.children]
        self.children = [_Plan(child) if isinstance(child, GroupDef) else None for child in definition.children]
        self.limits = [_UNLIMITED if child.max is None else child.max for child in definition.children]
        required = [child.min > 0 and not definition.is_choice for child in definition.children]
        self.required_before = [0, *accumulate(required)]
        self.required_names = frozenset(name for name, needed in zip(self.names, required, strict=True) if needed)
        self.starts: dict[str, _Way] = {}
        self.strict: dict[str, list[_Way]] = {}
        self.ways: dict[str, list[_Way]] = {}
        for position, child in enumerate(self.children):
            own: dict[str, _Way] = {self.names[position]: ()}
            self._add(position, own if child is None else child.starts, self.strict)
            self._add(position, own if child is None else {name: ways[0] for name, ways in child.ways.items()}, self.ways)
        for name, ways in self.strict.items():
            if not self.required_before[ways[0][0]]:
                self.starts[name] = ways[0]

    @staticmethod
    def _add(position: int, inner: dict[str, _Way], ways: dict[str, list[_Way]]) -> None:
        for name, way in inner.items():
            ways.setdefault(name, []).append((position, *way))


class _Open:
    """A group that segments can still go into."""

    __slots__ = ("count", "filled", "number", "outer", "plan", "position")

    def __init__(self, plan: _Plan, outer: _Open | None = None, number: int = 1) -> None:
        self.plan = plan
        self.outer = outer
        self.number = number  # of the groups of its name in the outer one
        self.position = -1  # child that was filled last
        self.count = 0  # how often
        self.filled: dict[str, int] = {}

    def find_way(self, name: str, *, strict: bool) -> _Way | None:
        """The next place for a segment. strict: nothing required is passed over."""
        plan = self.plan
        for way in (plan.strict if strict else plan.ways).get(name, ()):
            at = way[0]
            if at == self.position:
                if self.count < plan.limits[at] and (strict or plan.children[at] is None):
                    return way
            elif at > self.position and not (plan.single and self.count) and not (strict and self._skips_required(at)):
                return way
        return None

    def _skips_required(self, at: int) -> bool:
        return self.plan.required_before[at] > self.plan.required_before[self.position + 1]

    def fill(self, position: int) -> None:
        self.count = self.count + 1 if position == self.position else 1
        self.position = position
        self.keep(self.plan.names[position])

    def keep(self, name: str) -> None:
        self.filled[name] = self.filled.get(name, 0) + 1

    def open(self, position: int) -> _Open:
        """A new instance of a child group."""
        plan = self.plan.children[position]
        if plan is None:
            raise AssertionError("a way ends at its segment")
        inner = _Open(plan, self, self.filled.get(plan.name, 0) + 1)
        self.fill(position)
        return inner

    def missing(self) -> list[str]:
        if self.plan.required_names <= self.filled.keys():
            return []
        path = self.path()
        return [path + name for name in self.plan.names if name in self.plan.required_names and name not in self.filled]

    def path(self) -> str:
        return "" if self.outer is None else f"{self.outer.path()}{self.plan.name}[{self.number}]."


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the segments of a message go, by their names alone. unexpected: positions in the message."""

    moves: tuple[_Move, ...]
    unexpected: tuple[int, ...]
    missing: tuple[str, ...]


def group(message: Message, structure: GroupDef) -> Grouped:
    """Every segment of the message, in the groups of its structure."""
    segments = message.segments
    names = tuple([segment.name for segment in segments])
    layout = _known_layout(structure, names) if len(names) <= _USUAL_LENGTH else _lay_out(structure, names)
    root = Group(structure.name)
    stack = [root]
    for segment, (still_open, opened, at) in zip(segments, layout.moves, strict=True):
        del stack[still_open:]
        for name in opened:
            inner = Group(name)
            stack[-1].items.append(inner)
            stack.append(inner)
        stack[at].items.append(segment)
    return Grouped(root, tuple([segments[position] for position in layout.unexpected]), layout.missing)


def _lay_out(structure: GroupDef, names: tuple[str, ...]) -> _Layout:
    root = _Open(_plan(structure))
    opened = [root]
    stack = [root]
    moves: list[_Move] = []
    unexpected: list[int] = []
    for position, name in enumerate(names):
        found = _find(stack, name)
        if found is None:
            unexpected.append(position)
            at = _nearest(stack, name)
            stack[at].keep(name)
            moves.append((len(stack), (), at))
            continue
        depth, way = found
        del stack[depth + 1 :]
        for step in way[:-1]:
            stack.append(stack[-1].open(step))
            opened.append(stack[-1])
        stack[-1].fill(way[-1])
        moves.append((depth + 1, tuple(each.plan.name for each in stack[depth + 1 :]), -1))
    return _Layout(tuple(moves), tuple(unexpected), tuple(path for each in opened for path in each.missing()))


@lru_cache(maxsize=512)  # a sender's messages are mostly of a few shapes
def _known_layout(structure: GroupDef, names: tuple[str, ...]) -> _Layout:
    return _lay_out(structure, names)


def _find(stack: list[_Open], name: str) -> tuple[int, _Way] | None:
    for strict in (True, False):
        for depth in range(len(stack) - 1, -1, -1):
            way = stack[depth].find_way(name, strict=strict)
            if way is not None:
                return depth, way
    return None


def _nearest(stack: list[_Open], name: str) -> int:
    """The innermost open group that knows the name, else the innermost."""
    last = len(stack) - 1
    return next((depth for depth in range(last, -1, -1) if name in stack[depth].plan.names), last)


@lru_cache(maxsize=512)
def _plan(structure: GroupDef) -> _Plan:
    return _Plan(structure)
