"""The usual path of a message map, read without ceremony: one text of one field, in the one segment of an instance.

A plain read gives the raw text, "" where there is none, and None where the general reader is to be asked: several repetitions, or a
second segment of that name. Lets, keys and guards ask so many of these that they decide what a message costs.
"""

from __future__ import annotations

from collections.abc import Callable

from hub.codec.hl7v2 import Segment
from hub.mapping.forward.nodes import Node
from hub.mapping.forward.read_v2 import is_undivided
from hub.mapping.running import Frame, Run
from hub.mapping.syntax import V2Path

__all__ = ["FindNode", "Plain", "plain_above", "plain_in_tree"]

Plain = Callable[[Run, Frame], str | None]
FindNode = Callable[[Run, Node], Node | None]
_Part = Callable[[Run, Segment], str | None]


def plain_above(path: V2Path, up: int) -> Plain | None:
    """Of the segment in this instance, or in the one so many levels around it. Only the first of its name counts."""
    part, name = _part_of_field(path), path.segment or ""
    if part is None:
        return None

    def read_here(run: Run, frame: Frame) -> str | None:
        node: Node = frame.node
        segments = node.directly(name)
        return part(run, segments[0]) if segments else ""

    def read_above(run: Run, frame: Frame) -> str | None:
        node: Node = frame.node
        for _ in range(up):
            node = node.outer or node
        segments = node.directly(name)
        return part(run, segments[0]) if segments else ""

    return read_above if up else read_here


def plain_in_tree(path: V2Path, find: FindNode) -> Plain | None:
    """Of the segment in the node that PARENT and MEMBER lead to."""
    part, name = _part_of_field(path), path.segment or ""
    if part is None:
        return None

    def read(run: Run, frame: Frame) -> str | None:
        node = find(run, frame.node)
        if node is None:
            return ""
        segments = node.directly(name)
        if len(segments) > 1:
            return None
        return part(run, segments[0]) if segments else ""

    return read


def _part_of_field(path: V2Path) -> _Part | None:
    number, component = path.field, path.component
    if number is None or path.subcomponent is not None or path.repetition not in {None, "*", "first", "last", 1} or is_undivided(path):
        return None
    at = 0 if component is None else component - 1

    def part(run: Run, segment: Segment) -> str | None:
        fields = segment.fields
        if number >= len(fields):
            return ""
        raw = fields[number]
        if not raw or raw.isalnum():
            return "" if at else raw
        separators = run.separators
        if separators[0] in raw:
            return None
        if component is None:
            return raw
        parts = raw.split(separators[1], component)
        return parts[at] if component <= len(parts) else ""

    return part
