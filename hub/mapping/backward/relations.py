"""Which resources belong together: the references that `with subject = patient` and `in report.result` set, read back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hub.core.json import Json, Resource
from hub.mapping.backward.read_fhir import compile_get
from hub.mapping.backward.unwritten import Seen
from hub.mapping.forward.attached import parse_element, row_named
from hub.mapping.syntax import FhirPath, Row

__all__ = ["is_related", "place_in_list", "refers", "see_references"]


def is_related(row: Row, resource: Resource, bound: Mapping[str, Resource]) -> bool:
    """Do its references name the resources around it?"""
    for path, name in _references(row):
        other = bound.get(name)
        if other is not None and not refers(resource, path, other):
            return False
    if row.clauses.member_of is not None:
        name, path = row.clauses.member_of
        holder = bound.get(name)
        if holder is not None and not refers(holder, path, resource):
            return False
    return True


def place_in_list(row: Row, resource: Resource, bound: Mapping[str, Resource]) -> int:
    """Of `in report.result`: results stand in the order of the report's list. 0 where there is no list."""
    if row.clauses.member_of is None:
        return 0
    name, path = row.clauses.member_of
    holder = bound.get(name)
    listed = _flat(holder, path) if holder is not None else ()
    return next((at for at, value in enumerate(listed) if isinstance(value, dict) and _names(value.get("reference"), resource)), 0)


def refers(resource: Resource, path: FhirPath, other: Resource) -> bool:
    return any(isinstance(value, dict) and _names(value.get("reference"), other) for value in _flat(resource, path))


def see_references(row: Row, resource: Resource, seen: Seen) -> None:
    """The references of a row need no writing: which instance a segment stands in says them."""
    for path, _ in _references(row):
        for value in _flat(resource, path):
            if isinstance(value, dict):
                seen.add((id(value), "reference", 0))


def see_listed(row: Row, bound: Mapping[str, Resource], resource: Resource, seen: Seen) -> None:
    if row.clauses.member_of is None or row.clauses.member_of[0] not in bound:
        return
    name, path = row.clauses.member_of
    for value in _flat(bound[name], path):
        if isinstance(value, dict) and _names(value.get("reference"), resource):
            seen.add((id(value), "reference", 0))


def _references(row: Row) -> Iterator[tuple[FhirPath, str]]:
    """The elements that a row sets to a resource, and the row that is named for it."""
    for binding in row.clauses.with_:
        name = row_named(binding.value.alternatives[0].atom)
        if name is not None:
            yield parse_element(binding.name, binding), name


def _flat(resource: Resource, path: FhirPath) -> Iterator[Any]:
    for value, _, _ in compile_get(str(resource.get("resourceType", "")), path, [])(resource, set()):
        if isinstance(value, list):
            yield from value
        else:
            yield value


def _names(reference: Json, other: Resource) -> bool:
    own = other.get("id")
    if not isinstance(reference, str) or not isinstance(own, str):
        return False
    return reference in {own, f"urn:uuid:{own}", f"{other.get('resourceType')}/{own}"} or reference.endswith(
        f"/{other.get('resourceType')}/{own}"
    )
