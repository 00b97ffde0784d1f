"""The usual path of a message map, read without ceremony: one text of one field, in the one segment of an instance.

A plain read gives the raw text, "" where there is none, and None where the general reader is to be asked: several repetitions, or a
second segment of that name. With the general reader in hand (`general`) it is asked at once.
Lets, keys and guards ask so many of these that they decide what a message costs.
"""

from __future__ import annotations

from collections.abc import Callable

from hub.mapping.forward.nodes import Node
from hub.mapping.forward.read_v2 import is_undivided
from hub.mapping.running import Frame, Run
from hub.mapping.syntax import V2Path

__all__ = ["FindNode", "Plain", "ask_general", "plain_above", "plain_in_tree"]

Plain = Callable[[Run, Frame], str | None]
FindNode = Callable[[Run, Node], Node | None]


def ask_general(_run: Run, _frame: Frame) -> str | None:
    """Whoever has called is to ask."""
    return None


def plain_above(path: V2Path, up: int, general: Plain = ask_general) -> Plain | None:
    """Of the segment in this instance, or in the one so many levels around it. Only the first of its name counts."""
    if not _is_plain(path):
        return None
    return _read_above(path, up, general) if up else _read_here(path, general)


def _read_here(path: V2Path, general: Plain) -> Plain:
    name, number, at = path.segment or "", path.field or 0, (path.component or 1) - 1
    divided = path.component is not None

    def read(run: Run, frame: Frame) -> str | None:
        fields = frame.node.fields[name]
        if number >= len(fields):
            return ""
        raw: str = fields[number]
        if not raw or raw.isalnum():
            return "" if at else raw
        if divided or run.separators[0] in raw:
            text = _part(run, raw, at)
            return general(run, frame) if text is None else text
        return raw

    return read


def _read_above(path: V2Path, up: int, general: Plain) -> Plain:
    name, number, at = path.segment or "", path.field or 0, (path.component or 1) - 1
    divided = path.component is not None

    def read(run: Run, frame: Frame) -> str | None:
        node: Node = frame.node
        for _ in range(up):
            node = node.outer or node
        fields = node.fields[name]
        if number >= len(fields) or not (raw := fields[number]):
            return ""
        if divided or run.separators[0] in raw:
            text = _part(run, raw, at)
            return general(run, frame) if text is None else text
        return raw

    return read


def plain_in_tree(path: V2Path, find: FindNode, general: Plain = ask_general) -> Plain | None:
    """Of the segment in the node that PARENT and MEMBER lead to."""
    if not _is_plain(path):
        return None
    name, number, at = path.segment or "", path.field or 0, (path.component or 1) - 1
    divided = path.component is not None

    def read(run: Run, frame: Frame) -> str | None:
        node = find(run, frame.node)
        if node is None:
            return ""
        fields = node.fields[name]
        if name in node.fields.doubled:
            return general(run, frame)
        if number >= len(fields) or not (raw := fields[number]):
            return ""
        if divided or run.separators[0] in raw:
            text = _part(run, raw, at)
            return general(run, frame) if text is None else text
        return raw

    return read


def _is_plain(path: V2Path) -> bool:
    is_field = path.field is not None and path.subcomponent is None and not is_undivided(path)
    return is_field and path.repetition in {None, "*", "first", "last", 1}


def _part(run: Run, raw: str, at: int) -> str | None:
    """A component, its own parts divided as components are: as the text of a field."""
    repetition, component, subcomponent, _ = run.separators
    if repetition in raw:
        return None
    if component in raw:
        parts = raw.split(component, at + 1)
        raw = parts[at] if at < len(parts) else ""
    elif at:
        return ""
    return raw.replace(subcomponent, component) if subcomponent in raw else raw
