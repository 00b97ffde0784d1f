"""References: what they name, and where they stand in a resource. https://hl7.org/fhir/R4/references.html"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from operator import is_not
from typing import Any, Final, Literal

from hub.core.json import Json, Resource
from hub.fhir.elements import elements_of, is_primitive, is_resource_type

__all__ = [
    "Link",
    "LinkKind",
    "LiteralReference",
    "Rewrite",
    "is_well_formed",
    "iter_links",
    "iter_references",
    "named_type",
    "parse_reference",
    "with_links",
]

_DEPTH: Final = 100
_ID: Final = r"[A-Za-z0-9\-.]{1,64}"
_LITERAL: Final = re.compile(rf"([A-Z][A-Za-z]+)/({_ID})(?:/_history/({_ID}))?")
_ELSEWHERE: Final = re.compile(rf"https?://\S+/{_LITERAL.pattern}")
_OTHER: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:\S+|#\S*|[A-Z][A-Za-z]+\?\S+")
_URI_TYPES: Final = frozenset({"uri", "url", "oid", "uuid"})


@dataclass(frozen=True, slots=True)
class LiteralReference:
    """`Type/id` or `Type/id/_history/version`, relative or under the base that was given."""

    type: str
    id: str
    version: str | None = None

    def __str__(self) -> str:
        return f"{self.type}/{self.id}"


LinkKind = Literal["reference", "uri"]

Rewrite = Callable[[LinkKind, str], str]
"""What is to stand instead of a link's text."""


@dataclass(frozen=True, slots=True)
class Link:
    """A place that names something else. kind "reference": Reference.reference; "uri": an element of the type uri, url, oid or uuid."""

    kind: LinkKind
    place: str
    text: str
    holder: dict[str, Any] | list[Any]
    key: str | int

    def replace(self, text: str) -> None:
        """Write another text in its place, in the resource itself."""
        if isinstance(self.holder, list):
            self.holder[int(self.key)] = text
        else:
            self.holder[str(self.key)] = text


def is_well_formed(text: str) -> bool:
    """Whether Reference.reference may hold this: a literal, an absolute URI, `#contained`, or a search in a transaction."""
    return _OTHER.fullmatch(text) is not None or _local(text) is not None


def parse_reference(text: str, *, base: str | None = None) -> LiteralReference | None:
    """A literal reference to a resource of ours; None for everything else. base: the hub's own address, "https://hub/fhir"."""
    if base is not None and text.startswith(base.rstrip("/") + "/"):
        text = text[len(base.rstrip("/")) + 1 :]
    return _local(text)


def named_type(text: str) -> str | None:
    """The resource type that a reference names, also on other servers; None when its text does not tell."""
    found = _LITERAL.fullmatch(text) or _ELSEWHERE.fullmatch(text)
    return found.group(1) if found and is_resource_type(found.group(1)) else None


def _local(text: str) -> LiteralReference | None:
    found = _LITERAL.fullmatch(text)
    return LiteralReference(*found.groups()) if found and is_resource_type(found.group(1)) else None


def iter_references(resource: Resource) -> Iterator[Link]:
    """Every Reference.reference, contained resources and Bundle entries included."""
    return (link for link in iter_links(resource) if link.kind == "reference")


def iter_links(resource: Resource) -> Iterator[Link]:
    """Every reference and uri: what a transaction rewrites (https://hl7.org/fhir/R4/http.html#trules). Canonicals are not."""
    shape = resource.get("resourceType")
    if isinstance(shape, str):
        yield from _walk(resource, shape, shape, _DEPTH)


def _walk(node: Json, shape: str, place: str, depth: int) -> Iterator[Link]:
    if type(node) is not dict or depth == 0:
        return
    if shape == "Resource":
        shape = str(node.get("resourceType"))
    for key, value in node.items():
        follow = _links_below(shape).get(key)
        if follow is None:
            continue
        for holder, index, child, where in _occurrences(node, key, value, place):
            if follow.kind is None:
                yield from _walk(child, follow.shape, where, depth - 1)
            elif type(child) is str:
                yield Link(follow.kind, where, child, holder, index)


Occurrence = tuple[dict[str, Any] | list[Any], str | int, Json, str]


def _occurrences(node: dict[str, Any], key: str, value: Json, place: str) -> Iterator[Occurrence]:
    if type(value) is list:
        for index, item in enumerate(value):
            yield value, index, item, f"{place}.{key}[{index}]"
    else:
        yield node, key, value, f"{place}.{key}"


def with_links(resource: Resource, rewrite: Rewrite) -> Resource:
    """The resource with every link of `iter_links` rewritten. What does not change is not copied but shared with the original."""
    shape = resource.get("resourceType")
    rewritten: Resource = _rewritten(resource, shape, rewrite, _DEPTH) if isinstance(shape, str) else resource
    return rewritten


def _rewritten(node: Json, shape: str, rewrite: Rewrite, depth: int) -> Json:
    if type(node) is not dict or depth == 0:
        return node
    if shape == "Resource":
        shape = str(node.get("resourceType"))
    below = _links_below(shape)
    changed: dict[str, Json] = {}
    for key, value in node.items():
        follow = below.get(key)
        if follow is None:
            continue
        if type(value) is list:
            items = [_followed(item, follow, rewrite, depth) for item in value]
            if any(map(is_not, items, value)):
                changed[key] = items
        else:
            one = _followed(value, follow, rewrite, depth)
            if one is not value:
                changed[key] = one
    return {**node, **changed} if changed else node


def _followed(child: Json, follow: _Follow, rewrite: Rewrite, depth: int) -> Json:
    if follow.kind is None:
        return _rewritten(child, follow.shape, rewrite, depth - 1)
    return rewrite(follow.kind, child) if type(child) is str else child


@dataclass(frozen=True, slots=True)
class _Follow:
    """A child to look at: it is a link itself (kind), or has links below (shape)."""

    kind: LinkKind | None
    shape: str


@cache
def _links_below(shape: str) -> dict[str, _Follow]:
    found: dict[str, _Follow] = {}
    for name, element in elements_of(shape).items():
        if not is_primitive(element.types[0]):
            found[name] = _Follow(None, element.content)
            continue
        found[f"_{name}"] = _Follow(None, "Element")
        if shape == "Reference" and name == "reference":
            found[name] = _Follow("reference", "")
        elif element.types[0] in _URI_TYPES:
            found[name] = _Follow("uri", "")
    return found
