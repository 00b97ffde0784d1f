"""What a resource contributes to the search index: every search parameter of its type, compiled once to routes.

What two parameters say alike is kept under one of them (hub.fhir.search.places).

https://hl7.org/fhir/R4/search.html. `_id` and `_lastUpdated` are the store's own columns. Not indexed: composite and special
parameters (Location.near), and values inside contained resources.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from hub.core.json import Json, Resource
from hub.fhir.elements import is_resource_type
from hub.fhir.search.convert import Converter, Params, find_converter
from hub.fhir.search.entries import Entry, TokenEntry
from hub.fhir.search.parameters import parameters_of
from hub.fhir.search.places import OF_THE_ROW, places_of, routes_of
from hub.fhir.search.routes import Step, follow

__all__ = ["extract"]


def extract(resource: Resource) -> tuple[Entry, ...]:
    """The entries of one resource, each once. Nothing for what is not a resource of R4."""
    type_name = resource.get("resourceType")
    if type(type_name) is not str or not is_resource_type(type_name):
        return ()
    plan = _plan(type_name)
    entries: list[Entry] = []
    for key, value in resource.items():
        gather = plan.get(key)
        if gather is not None:
            gather(value, entries)
    if type_name == "Patient":
        entries.append(TokenEntry("deceased", "", "true" if _is_deceased(resource) else "false"))
    return tuple(dict.fromkeys(entries))


def _is_deceased(patient: Resource) -> bool:
    """Patient.deceased.exists() and Patient.deceased != false"""
    return "deceasedDateTime" in patient or patient.get("deceasedBoolean") is True


class _Source(NamedTuple):
    """One route, and the parameters that it serves. steps: what is still to follow."""

    steps: tuple[Step, ...]
    params: Params
    convert: Converter


Gather = Callable[[Json, list[Entry]], None]
"""Adds to the entries what a value contributes."""


def _has_own(type_name: str, code: str) -> bool:
    """Whether entries are kept under this parameter, or all of them under others."""
    return any(place.param == code for place in places_of(type_name, code))


@cache
def _plan(type_name: str) -> Mapping[str, Gather]:
    """By member of the resource: what it does not have costs nothing, and what many parameters look at is walked once."""
    merged: dict[tuple[tuple[Step, ...], Converter], Params] = {}
    for parameter in parameters_of(type_name).values():
        if parameter.is_supported and parameter.code not in OF_THE_ROW and _has_own(type_name, parameter.code):
            literal = all(place.target is None for place in places_of(type_name, parameter.code))
            for route in routes_of(type_name, parameter):
                convert = find_converter(parameter.type, route.end, literal=literal)
                if convert is not None:
                    merged[route.steps, convert] = (*merged.get((route.steps, convert), ()), parameter.code)
    return _members([_Source(steps, params, convert) for (steps, convert), params in merged.items()])


def _members(sources: Iterable[_Source]) -> Mapping[str, Gather]:
    """By their first step: all that goes on from one member."""
    by_key: dict[str, dict[Step, list[_Source]]] = {}
    for source in sources:
        step, *rest = source.steps
        by_key.setdefault(step.key, {}).setdefault(step, []).append(source._replace(steps=tuple(rest)))
    return {key: _each([_member(step, _below(several)) for step, several in steps.items()]) for key, steps in by_key.items()}


def _each(gathers: Sequence[Gather]) -> Gather:
    if len(gathers) == 1:
        return gathers[0]

    def gather(value: Json, entries: list[Entry]) -> None:
        for one in gathers:
            one(value, entries)

    return gather


def _member(step: Step, below: Gather) -> Gather:
    """What stands under the step's key, given to `below` one by one."""
    if step.keep or step.index is not None:

        def gather(value: Json, entries: list[Entry]) -> None:
            for chosen in follow({step.key: value}, (step,)):
                below(chosen, entries)

    elif step.is_list:

        def gather(value: Json, entries: list[Entry]) -> None:
            if type(value) is list:
                for item in value:
                    below(item, entries)

    else:
        return below
    return gather


def _below(sources: Sequence[_Source]) -> Gather:
    """What one value contributes: itself where a route ends with it, and by its members where routes go on."""
    ends = [(source.convert, source.params) for source in sources if not source.steps]
    members = _members(source for source in sources if source.steps)

    def gather(value: Json, entries: list[Entry]) -> None:
        for convert, params in ends:
            entries += convert(params, value)
        if members and type(value) is dict:
            for key, member in value.items():
                onward = members.get(key)
                if onward is not None:
                    onward(member, entries)

    return gather
