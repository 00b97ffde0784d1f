"""Parameters that say again what others say are searched where those are kept (hub.fhir.search.places)."""

import pytest

from hub.fhir.search.extract import extract
from hub.fhir.search.query import (
    Clause,
    Include,
    MissingValue,
    NumberValue,
    ParamType,
    Prefix,
    QuantityValue,
    ReferenceValue,
    Sort,
    TokenValue,
)


def coded(code):
    return {"coding": [{"system": "s", "code": code}]}


def measured(value):
    return {"value": value, "code": "u", "system": "s"}


def observation(subject, code="bp", **members):
    return {"resourceType": "Observation", "code": coded(code), "subject": subject, **members}


@pytest.fixture
def filled(world):
    for id_ in ("p", "q"):
        world.put(f"Patient/{id_}")
    world.put("Device/p")
    component = {"code": coded("sys"), "valueQuantity": measured(107)}
    resources = {
        "a": observation({"reference": "Patient/p"}, component=[component]),
        "b": observation({"reference": "Patient/q"}, "sys", valueQuantity=measured(107)),
        "c": observation({"reference": "Device/p"}, valueQuantity=measured(36)),
        "d": observation({"reference": "https://elsewhere.example/Patient/p"}),
        "e": observation({"type": "Patient", "identifier": {"system": "nhs", "value": "9"}}),
        "f": observation({"identifier": {"system": "nhs", "value": "9"}}),
    }
    for id_, resource in resources.items():
        world.put(f"Observation/{id_}", *extract(resource))
    return world


def test_a_patient_is_a_subject(filled):
    def patient(*values, modifier=None):
        return set(filled.ids("Observation", Clause("patient", ParamType.REFERENCE, values, modifier)))

    assert patient(ReferenceValue("Patient", "p")) == {"a"}
    assert patient(ReferenceValue(None, "p")) == {"a"}
    assert patient(ReferenceValue("Device", "p")) == set()
    assert patient(ReferenceValue("Device", "p"), modifier="not") == set("abcdef")
    assert patient(ReferenceValue(None, "p"), modifier="Device") == set()
    assert patient(ReferenceValue(None, "p"), modifier="Patient") == {"a"}
    assert patient(ReferenceValue("Device", "p"), ReferenceValue("Patient", "q")) == {"b"}
    assert patient(ReferenceValue(None, None, "https://elsewhere.example/Patient/p")) == {"d"}
    assert patient(TokenValue("nhs", "9"), modifier="identifier") == {"e"}
    assert patient(MissingValue(missing=False), modifier="missing") == {"a", "b", "d", "e"}
    assert patient(MissingValue(missing=True), modifier="missing") == {"c", "f"}


def test_a_code_of_either_place(filled):
    def combo(*values, modifier=None):
        return set(filled.ids("Observation", Clause("combo-code", ParamType.TOKEN, values, modifier)))

    assert combo(TokenValue("s", "sys")) == {"a", "b"}
    assert combo(TokenValue(None, "bp")) == set("acdef")
    assert combo(TokenValue("s", "sys"), modifier="not") == set("cdef")
    assert set(filled.ids("Observation", Clause("code", ParamType.TOKEN, (TokenValue("s", "sys"),)))) == {"b"}
    quantity = QuantityValue(NumberValue(Prefix.GT, 100, 100), "s", "u")
    assert set(filled.ids("Observation", Clause("combo-value-quantity", ParamType.QUANTITY, (quantity,)))) == {"a", "b"}


def test_sorted_and_included_by_what_is_shared(filled):
    clauses = (Clause("patient", ParamType.REFERENCE, (MissingValue(missing=False),), "missing"),)
    assert filled.ids("Observation", *clauses, sort=(Sort("patient", ParamType.REFERENCE),))[:2] == ["d", "a"]
    assert filled.ids("Observation", *clauses, sort=(Sort("combo-code", ParamType.TOKEN, descending=True), Sort("_id", ParamType.TOKEN)))[
        :2
    ] == ["a", "b"]
    page = filled.search("Observation", includes=(Include("Observation", "patient"),))
    assert {f"{one.type}/{one.id}" for one in page.included} == {"Patient/p", "Patient/q"}
    back = filled.search("Patient", includes=(Include("Observation", "patient", reverse=True),))
    assert {one.id for one in back.included} == {"a", "b"}
    assert not filled.search("Device", includes=(Include("Observation", "patient", reverse=True),)).included
