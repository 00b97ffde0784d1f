"""What two parameters say alike is kept once, and each still finds all that its own expression finds."""

import pytest
from msgspec.structs import replace

from hub.fhir.elements import resource_types
from hub.fhir.search.convert import find_converter
from hub.fhir.search.entries import ReferenceEntry, TokenEntry
from hub.fhir.search.extract import extract
from hub.fhir.search.parameters import parameters_of
from hub.fhir.search.places import Place, places_of, routes_of
from hub.fhir.search.routes import follow


def found_by_its_own_expression(resource, parameter):
    """As if nothing were shared."""
    return {
        entry
        for route in routes_of(resource["resourceType"], parameter)
        for value in follow(resource, route.steps)
        for entry in (find_converter(parameter.type, route.end) or (lambda *_: ()))((parameter.code,), value)
    }


def found_at_its_places(resource, code):
    return {
        replace(entry, param=code)
        for place in places_of(resource["resourceType"], code)
        for entry in extract(resource)
        if entry.param == place.param and (place.target is None or entry.type == place.target)
    }


def coded(code):
    return {"coding": [{"system": "s", "code": code}]}


OBSERVATION = {
    "resourceType": "Observation",
    "code": coded("bp"),
    "component": [{"code": coded("sys"), "valueQuantity": {"value": 1, "code": "u", "system": "s"}}, {"code": coded("dia"), "dataAbsentReason": coded("error")}],
    "valueQuantity": {"value": 2, "code": "u", "system": "s"},
    "subject": {"reference": "Patient/1"},
    "device": {"reference": "Device/1"},
}  # fmt: skip
RESOURCES = [
    OBSERVATION,
    OBSERVATION | {"subject": {"reference": "Device/1"}},
    OBSERVATION | {"subject": {"reference": "https://elsewhere.example/Patient/1"}},
    OBSERVATION | {"subject": {"reference": "urn:uuid:1", "type": "Patient"}},
    OBSERVATION | {"subject": {"type": "Patient", "identifier": {"system": "s", "value": "v"}}},
    OBSERVATION | {"subject": {"identifier": {"system": "s", "value": "v"}}},
    OBSERVATION | {"subject": {"reference": "Patient/1/_history/2", "identifier": {"value": "v"}}},
    {"resourceType": "Appointment", "participant": [{"actor": {"reference": f"{name}/1"}} for name in ("Patient", "Location", "Practitioner")]},
    {"resourceType": "Encounter", "participant": [{"individual": {"reference": "Practitioner/1"}}, {"individual": {"reference": "RelatedPerson/1"}}]},
    {"resourceType": "Bundle", "type": "document", "entry": [{"resource": {"resourceType": "Composition", "id": "1"}}]},
    {"resourceType": "Bundle", "type": "message", "entry": [{"resource": {"resourceType": "MessageHeader", "id": "1"}}]},
    {"resourceType": "Person", "name": [{"family": "Brook"}], "link": [{"target": {"reference": "RelatedPerson/1"}}]},
]  # fmt: skip


@pytest.mark.parametrize("resource", RESOURCES)
def test_each_finds_what_its_own_expression_finds(resource):
    for code, parameter in parameters_of(resource["resourceType"]).items():
        if parameter.is_supported:
            assert found_at_its_places(resource, code) == found_by_its_own_expression(resource, parameter), code


@pytest.mark.parametrize(
    ("type_name", "code", "expected"),
    [
        ("Observation", "combo-code", (Place("code"), Place("component-code"))),
        ("Observation", "code", (Place("code"),)),
        ("Observation", "patient", (Place("subject", "Patient"), Place("patient"))),
        ("Bundle", "message", (Place("message"),)),
        ("Nothing", "code", (Place("code"),)),
    ],
)
def test_places(type_name, code, expected):
    assert places_of(type_name, code) == expected


def test_nothing_is_kept_at_a_place_that_is_kept_elsewhere():
    for name in resource_types():
        for code in parameters_of(name):
            for place in places_of(name, code):
                others = places_of(name, place.param)
                assert Place(place.param) in others, (name, code)


def test_a_reading_is_kept_once():
    entries = extract(OBSERVATION)
    assert [entry for entry in entries if isinstance(entry, TokenEntry) and entry.code == "bp"] == [TokenEntry("code", "s", "bp")]
    assert [entry.param for entry in entries if isinstance(entry, ReferenceEntry)] == ["subject", "device"]
