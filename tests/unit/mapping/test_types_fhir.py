"""Against https://hl7.org/fhir/R4: what its pages print."""

from __future__ import annotations

import pytest

from hub.core.diagnostics import Span
from hub.mapping.check.resolved import element_path
from hub.mapping.syntax import FhirPath
from hub.mapping.types.fhir import FhirType, NoElement, required_choices, spelling, type_of

HERE = Span("test.map", 1, 1)


def path(text: str) -> FhirPath:
    found = element_path(text, HERE)
    assert found is not None
    assert spelling(found) == text
    return found


@pytest.mark.parametrize(
    ("root", "text", "name", "open_lists", "required"),
    [
        ("Patient", "birthDate", "date", 0, False),
        ("Patient", "name[*].family", "string", 1, False),
        ("Patient", "name.given", "string", 2, False),
        ("Patient", "name[1].given[2]", "string", 0, False),
        ("Observation", "status", "code", 0, True),
        ("Observation", "valueQuantity.value", "decimal", 0, False),
        ("Observation", "component:systolic.valueQuantity", "Quantity", 0, False),
        ("Observation", "component:systolic.code", "CodeableConcept", 0, True),
        ("Patient", 'extension("https://example.org/x").valueCode', "code", 0, False),
        ("Patient", 'extension("https://example.org/x")[*].valueCode', "code", 1, False),
        ("Patient", 'birthDate.extension("https://example.org/x").valueDateTime', "dateTime", 0, False),
        ("Patient", 'name[1].family.extension("https://example.org/x").valueString', "string", 0, False),
        ("Patient", 'name[*].given[*].extension("https://example.org/x").valueString', "string", 2, False),
        ("HumanName", 'family.extension("https://example.org/x").valueString', "string", 0, False),
        ("Bundle", "Patient.birthDate", "date", 0, False),
        ("Bundle", "timestamp", "instant", 0, False),
        ("Patient", "communication[1].language", "CodeableConcept", 0, True),
    ],
)
def test_type_of_an_element(root: str, text: str, name: str, open_lists: int, required: bool) -> None:
    found = type_of(root, path(text))
    assert isinstance(found, FhirType)
    assert (found.name, found.open_lists, found.required) == (name, open_lists, required)


def test_a_whole_resource() -> None:
    found = type_of("Bundle", path("Observation"))
    assert isinstance(found, FhirType)
    assert (found.name, found.element) == ("Observation", None)


@pytest.mark.parametrize(
    ("root", "text", "step", "suggestion"),
    [
        ("Patient", "birthdate", "birthdate", "birthDate"),
        ("Patient", "nmae", "nmae", "name"),
        ("Patient", "Patient.birthDate", "Patient", None),
        ("Observation", "value", "value", "valueQuantity"),
        ("Patient", "birthDate[2]", "birthDate[2]", "birthDate"),
        ("Bundle", "Pateint.name", "Pateint", "Patient"),
        ("Patient", "name.famly", "famly", "family"),
        ("Patient", "dateOfBirth", "dateOfBirth", "birthDate"),
        ("Patient", "birthDate.year", "year", None),
        ("Patient", 'name("https://example.org/x").family', 'name("https://example.org/x")', "name"),
        ("Patient", 'birthDate.extension("https://example.org/x").valueDatetime', "valueDatetime", "valueDateTime"),
    ],
)
def test_where_a_path_breaks(root: str, text: str, step: str, suggestion: str | None) -> None:
    found = type_of(root, path(text))
    assert isinstance(found, NoElement)
    assert (found.step, found.suggestion) == (step, suggestion)


def test_codes_of_a_required_binding() -> None:
    found = type_of("Patient", path("gender"))
    assert isinstance(found, FhirType)
    assert found.codes == {"male", "female", "other", "unknown"}


def test_what_a_shape_must_have() -> None:
    assert required_choices("Observation") == {"Observation.status": ("status",), "Observation.code": ("code",)}
    assert required_choices("MedicationStatement")["MedicationStatement.medication[x]"] == (
        "medicationCodeableConcept",
        "medicationReference",
    )
