"""Takes the masked elements of a Visibility out of a body before it is served."""

from __future__ import annotations

from typing import Protocol

from hub.core.json import Json, Resource, parse_json, render_json
from hub.core.visibility import Visibility


class Stored(Protocol):
    """A version read, or the outcome of a write."""

    @property
    def type(self) -> str: ...

    @property
    def body(self) -> bytes: ...


def shown(stored: Stored, visibility: Visibility) -> bytes:
    """The body as this caller may see it: the stored bytes when nothing of this type is masked."""
    paths = [path.split(".")[1:] for path in visibility.masked if path.split(".")[0] == stored.type]
    if not paths:
        return stored.body
    resource: Resource = parse_json(stored.body)
    for path in paths:
        _remove(resource, path)
    return render_json(resource)


def _remove(node: Json, path: list[str]) -> None:
    if isinstance(node, list):
        for item in node:
            _remove(item, path)
    elif isinstance(node, dict):
        if len(path) == 1:
            node.pop(path[0], None)
            node.pop(f"_{path[0]}", None)
        else:
            _remove(node.get(path[0]), path[1:])
