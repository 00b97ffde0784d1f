"""The dotted numbers of `each … tree OBX-4`, where the resources do not say them: what refers to another stands below it.

IHE PCD TF-2, OBX-4: device (MDS), module, channel, reading. A device is `1`, a reading of it `1.0.0.1`; a reading without a device
stands below a number that no device has.
"""

from __future__ import annotations

from dataclasses import dataclass

from hub.core.json import Resource
from hub.mapping.backward.instances import Instance
from hub.mapping.backward.relations import refers
from hub.mapping.backward.write_v2 import Fields
from hub.mapping.forward.attached import parse_element, row_named
from hub.mapping.syntax import Row, V2Path

__all__ = ["Tree"]


@dataclass(frozen=True, slots=True)
class _Node:
    fields: Fields
    row: Row
    resource: Resource


class Tree:
    def __init__(self, path: V2Path) -> None:
        self._path = path
        self._nodes: list[_Node] = []

    def add(self, instance: Instance, row: Row, resource: Resource) -> None:
        for fields in instance.segments:
            if fields.name == self._path.segment and id(resource) in fields.owners:
                self._nodes.append(_Node(fields, row, resource))
                return

    def number(self) -> None:
        """Numbers that are there already stay, and are not given again."""
        known = {text for node in self._nodes if (text := self._number_of(node))}
        above = {id(node): self._above(node) for node in self._nodes}
        for node in self._nodes:
            if above[id(node)] is None and self._is_parent(node, above):
                self._give(node, known, "")
        stray = _next(known, "")
        for node in self._nodes:
            parent = above[id(node)]
            self._give(node, known, f"{(self._number_of(parent) if parent else '') or stray}.0.0.")

    def _above(self, node: _Node) -> _Node | None:
        """The node whose resource the row's `with` refers to."""
        for binding in node.row.clauses.with_:
            name, path = row_named(binding.value.alternatives[0].atom), parse_element(binding.name, binding)
            for other in self._nodes:
                if other.row.name == name and other is not node and refers(node.resource, path, other.resource):
                    return other
        return None

    def _is_parent(self, node: _Node, above: dict[int, _Node | None]) -> bool:
        named = {row_named(b.value.alternatives[0].atom) for each in self._nodes for b in each.row.clauses.with_}
        return node.row.name in named or any(other is node for other in above.values())

    def _number_of(self, node: _Node) -> str:
        return "^".join(next(iter(node.fields.by_number.get(self._path.field or 0, [])), []))

    def _give(self, node: _Node, known: set[str], prefix: str) -> None:
        if not self._number_of(node) and self._path.field is not None:
            number = prefix + _next(known, prefix)
            known.add(number)
            node.fields.by_number[self._path.field] = [[number]]


def _next(known: set[str], prefix: str) -> str:
    """The first number below a prefix that is free, with all that begin with it."""
    at = 1
    while any(text == f"{prefix}{at}" or text.startswith(f"{prefix}{at}.") for text in known):
        at += 1
    return str(at)
