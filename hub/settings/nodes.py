"""Places in hub.yaml: what stands under a key."""

from __future__ import annotations

import yaml

__all__ = ["child", "items"]


def items(node: yaml.Node, name: str) -> list[yaml.Node]:
    """Of the list under this key; none where there is no list."""
    found = child(node, name)
    return list(found.value) if isinstance(found, yaml.SequenceNode) else []


def child(node: yaml.Node, name: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for key, value in node.value if key.value == name), None)
