"""What a resource contributes to the search index: every search parameter of its type, compiled once to routes.

https://hl7.org/fhir/R4/search.html. `_id` and `_lastUpdated` are the store's own columns. Not indexed: composite and special
parameters (Location.near), and values inside contained resources.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from hub.core.json import Json, Resource
from hub.fhir.elements import is_resource_type
from hub.fhir.search.convert import Converter, find_converter
from hub.fhir.search.entries import Entry, TokenEntry
from hub.fhir.search.parameters import SearchParameter, parameters_of
from hub.fhir.search.routes import Route, Step, compile_expression, follow

__all__ = ["extract"]

_OF_THE_STORE: Final = frozenset({"_id", "_lastUpdated"})


def extract(resource: Resource) -> tuple[Entry, ...]:
    """The entries of one resource, each once. Nothing for what is not a resource of R4."""
    type_name = resource.get("resourceType")
    if type(type_name) is not str or not is_resource_type(type_name):
        return ()
    found = dict.fromkeys(_entries(resource, _plan(type_name)))
    if type_name == "Patient":
        found[TokenEntry("deceased", "", "true" if _is_deceased(resource) else "false")] = None
    return tuple(found)


def _is_deceased(patient: Resource) -> bool:
    """Patient.deceased.exists() and Patient.deceased != false"""
    return "deceasedDateTime" in patient or patient.get("deceasedBoolean") is True


@dataclass(frozen=True, slots=True)
class _Source:
    """One route of one parameter. steps: what follows the first member."""

    param: str
    first: Step
    steps: tuple[Step, ...]
    convert: Converter


def _entries(resource: Resource, plan: Mapping[str, tuple[_Source, ...]]) -> Iterator[Entry]:
    for key, value in resource.items():
        for source in plan.get(key, ()):
            for found in _found(resource, value, source):
                yield from source.convert(source.param, found)


def _found(resource: Resource, value: Json, source: _Source) -> list[Json]:
    """The common cases first: a single member of the resource itself, or a list of them."""
    first = source.first
    if source.steps or first.keep or first.index is not None:
        return follow(resource, (first, *source.steps))
    if not first.is_list:
        return [value]
    return value if type(value) is list else []


@cache
def _plan(type_name: str) -> Mapping[str, tuple[_Source, ...]]:
    """By the first member that a route follows: what the resource does not have costs nothing."""
    plan: dict[str, list[_Source]] = {}
    for parameter in parameters_of(type_name).values():
        if parameter.is_supported and parameter.code not in _OF_THE_STORE:
            for source in _sources(type_name, parameter):
                plan.setdefault(source.first.key, []).append(source)
    return {key: tuple(sources) for key, sources in plan.items()}


def _sources(type_name: str, parameter: SearchParameter) -> Iterator[_Source]:
    for route in routes_of(type_name, parameter):
        convert = find_converter(parameter.type, route.end)
        if convert is not None:
            first, *steps = route.steps
            yield _Source(parameter.code, first, tuple(steps), convert)


def routes_of(type_name: str, parameter: SearchParameter) -> tuple[Route, ...]:
    """Patient.deceased is no path: `extract` answers it by hand."""
    if (type_name, parameter.code) == ("Patient", "deceased"):
        return ()
    return compile_expression(type_name, parameter.expression)
