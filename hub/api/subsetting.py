"""Parts of a resource: `_summary` and `_elements`. https://hl7.org/fhir/R4/search.html#summary

A part always has id, meta, what R4 requires and what modifies the meaning of the rest, and says that it is a part (SUBSETTED).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hub.core.json import Json, Resource
from hub.fhir.elements import Element, elements_of
from hub.fhir.search.query import Query

SUBSETTED: Final = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED", "display": "subsetted"}
_ALWAYS: Final = frozenset({"resourceType", "id", "meta"})

Keeps = Callable[[str, Element], bool]


def is_whole(query: Query) -> bool:
    return query.summary in (None, "count") and not query.elements


def subset(resource: Resource, query: Query) -> Resource:
    """A copy with the elements that were asked for. `_elements` goes before `_summary`."""
    type_ = resource["resourceType"]
    if query.elements and type_ == query.type:
        return mark_subsetted(_kept(resource, type_, _named(frozenset(query.elements))))
    match query.summary:
        case "true":
            return mark_subsetted(_summarised(resource, type_))
        case "text":
            return mark_subsetted(_kept(resource, type_, lambda name, element: name == "text" or element.min > 0))
        case "data":
            return mark_subsetted({name: value for name, value in resource.items() if name != "text"})
        case _:
            return resource


def mark_subsetted(resource: Resource) -> Resource:
    """Whoever writes such a resource back would take away what he was not shown."""
    if is_subsetted(resource):
        return resource
    meta = resource.get("meta") or {}
    return {**resource, "meta": {**meta, "tag": [*meta.get("tag", []), SUBSETTED]}}


def is_subsetted(resource: Resource) -> bool:
    tags = (resource.get("meta") or {}).get("tag") or ()
    return any(tag.get("system") == SUBSETTED["system"] and tag.get("code") == SUBSETTED["code"] for tag in tags)


def _named(names: frozenset[str]) -> Keeps:
    def keeps(name: str, element: Element) -> bool:
        stem = element.path.rpartition(".")[2].removesuffix("[x]")
        return name in names or stem in names or element.min > 0 or element.modifier

    return keeps


def _kept(node: Resource, shape: str, keeps: Keeps) -> Resource:
    """The primitive's sibling (`_birthDate`) goes with it."""
    elements = elements_of(shape)
    kept: Resource = {}
    for name, value in node.items():
        bare = name.removeprefix("_")
        element = elements.get(bare)
        if name in _ALWAYS or (element is not None and keeps(bare, element)):
            kept[name] = value
    return kept


def _summarised(node: Resource, shape: str) -> Resource:
    """Elements marked as summary, at every level."""
    kept = _kept(node, shape, lambda _, element: element.summary or element.min > 0 or element.modifier)
    elements = elements_of(shape)
    return {name: value if name in _ALWAYS or name[0] == "_" else _inner(value, elements[name].content) for name, value in kept.items()}


def _inner(value: Json, shape: str) -> Json:
    """Below a kept element; one that would have nothing left is kept whole, for R4 has no empty objects."""
    if isinstance(value, list):
        return [_inner(item, shape) for item in value]
    if not isinstance(value, dict) or not elements_of(shape):
        return value
    return _summarised(value, shape) or value
