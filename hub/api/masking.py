"""Bodies as one caller may see them: masked elements taken out, parts made, and stored bytes passed on unread where neither is needed."""

from __future__ import annotations

from typing import Protocol

import msgspec

from hub.api.subsetting import is_whole, mark_subsetted, subset
from hub.core.json import Json, Resource, parse_json, render_json
from hub.core.visibility import Visibility
from hub.fhir.search.query import Query


class Stored(Protocol):
    """A version read, or the outcome of a write."""

    @property
    def type(self) -> str: ...

    @property
    def body(self) -> bytes: ...


def shown(stored: Stored, visibility: Visibility, query: Query | None = None) -> bytes:
    """The body as this caller may see it, in the part that `query` asks for: the stored bytes when that is all of it."""
    if not visibility.masked and (query is None or is_whole(query)):
        return stored.body
    resource: Resource = parse_json(stored.body)
    seen = mask(resource, visibility)
    part = seen if query is None else subset(seen, query)
    return stored.body if part is resource else render_json(part)


def entry_of(stored: Stored, visibility: Visibility, query: Query | None = None) -> msgspec.Raw:
    """The same, to stand in a Bundle."""
    return msgspec.Raw(shown(stored, visibility, query))


def mask(resource: Resource, visibility: Visibility) -> Resource:
    """A copy without the masked elements and marked as a part; the resource itself when it has none of them.

    The narrative goes with them: it may say in words what was taken out.
    """
    seen = _masked(resource, visibility)
    return resource if seen == resource else mark_subsetted({name: value for name, value in seen.items() if name != "text"})


def _masked(resource: Resource, visibility: Visibility) -> Resource:
    seen: Resource = resource
    for path in visibility.masked:
        type_, _, rest = path.partition(".")
        if type_ == resource.get("resourceType"):
            seen = _without(seen, rest.split("."))
    if "contained" in seen:
        seen = {**seen, "contained": [mask(inner, visibility) for inner in seen["contained"]]}
    return seen


def _without(node: Json, path: list[str]) -> Json:
    """What is left; an object or list with nothing in it does not stay, for R4 has none."""
    if isinstance(node, list):
        return [left for item in node if (left := _without(item, path)) != {}]
    if not isinstance(node, dict):
        return node
    name, *further = path
    if not further:
        return {key: value for key, value in node.items() if not _is_called(key.removeprefix("_"), name)}
    left = {key: _without(value, further) if _is_called(key, name) else value for key, value in node.items()}
    return {key: value for key, value in left.items() if value not in ({}, [])}


def _is_called(key: str, name: str) -> bool:
    """`value[x]` is valueQuantity and all its brothers."""
    stem = name.removesuffix("[x]")
    return key == name or (stem != name and key.startswith(stem) and key[len(stem) : len(stem) + 1].isupper())
