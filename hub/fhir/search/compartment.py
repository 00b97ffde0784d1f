"""Whose record a resource belongs to. https://hl7.org/fhir/R4/compartmentdefinition-patient.html"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from hub.core.json import Resource
from hub.fhir.elements import is_resource_type
from hub.fhir.facts import find_compartment
from hub.fhir.references import parse_reference
from hub.fhir.search.parameters import parameters_of
from hub.fhir.search.places import routes_of
from hub.fhir.search.routes import Route, follow

__all__ = ["iter_patients"]


def iter_patients(resource: Resource) -> Iterator[str]:
    """The literal references ("Patient/x", or "urn:uuid:..." inside a Bundle) of the patients in whose compartments it is.

    A Patient is in its own. The order is HL7's: the subject stands before those who took part. One may come twice; mostly the
    first is all that is asked for.
    """
    type_name = resource.get("resourceType")
    if type(type_name) is not str or not is_resource_type(type_name):
        return iter(())
    if type_name == "Patient":
        logical_id = resource.get("id")
        return iter((f"Patient/{logical_id}",)) if type(logical_id) is str else iter(())
    return _patients(resource, type_name)


def _patients(resource: Resource, type_name: str) -> Iterator[str]:
    for route in _routes(type_name):
        for value in follow(resource, route.steps):
            text = value.get("reference") if type(value) is dict else None
            if type(text) is not str:
                continue
            literal = parse_reference(text)
            if literal is not None and literal.type == "Patient":
                yield str(literal)
            elif text.startswith("urn:") and value.get("type", "Patient") == "Patient":
                yield text


@cache
def _routes(type_name: str) -> tuple[Route, ...]:
    compartment = find_compartment("Patient")
    codes = compartment.members.get(type_name, ()) if compartment else ()
    known = parameters_of(type_name)
    return tuple(_without_filters(route) for code in codes if code in known for route in routes_of(type_name, known[code]))


def _without_filters(route: Route) -> Route:
    """`where(resolve() is Patient)` cannot tell for a urn; the text of the reference is looked at here instead."""
    return replace(route, steps=tuple(replace(step, keep=()) for step in route.steps))
