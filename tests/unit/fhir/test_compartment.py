"""Whose record a resource belongs to."""

import pytest

from hub.fhir.search.compartment import iter_patients


def patient_of(resource):
    return tuple(dict.fromkeys(iter_patients(resource)))


def test_samples(patient, observation, care_plan):
    assert patient_of(patient) == ("Patient/p1",)
    assert patient_of(observation) == ("Patient/p1",)
    assert patient_of(care_plan) == ("urn:uuid:8f1f7b1e-7c1e-4f3e-9a52-0d6b6f1f0a01",)


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ({"resourceType": "Observation", "performer": [{"reference": "Patient/b"}], "subject": {"reference": "Patient/a"}}, ("Patient/a", "Patient/b")),
        ({"resourceType": "Observation", "subject": {"reference": "Group/g"}}, ()),
        ({"resourceType": "Observation", "subject": {"reference": "Patient/a/_history/2"}}, ("Patient/a",)),
        ({"resourceType": "Observation", "subject": {"reference": "https://elsewhere.example.org/Patient/a"}}, ()),
        ({"resourceType": "Observation", "subject": {"reference": "urn:uuid:1", "type": "Device"}}, ()),
        ({"resourceType": "CarePlan", "subject": {"reference": "urn:uuid:1"}}, ("urn:uuid:1",)),  # whom it names, the transaction knows
        ({"resourceType": "Observation", "focus": [{"reference": "Patient/a"}]}, ()),  # focus does not make it theirs
        ({"resourceType": "Appointment", "participant": [{"actor": {"reference": "Practitioner/p"}}, {"actor": {"reference": "Patient/a"}}]}, ("Patient/a",)),
        ({"resourceType": "Provenance", "target": [{"reference": "Patient/a"}]}, ("Patient/a",)),
        ({"resourceType": "Group", "member": [{"entity": {"reference": "Patient/a"}}, {"entity": {"reference": "Patient/b"}}]}, ("Patient/a", "Patient/b")),
        ({"resourceType": "Organization", "id": "o"}, ()),
        ({"resourceType": "Patient"}, ()),
        ({"resourceType": "Nothing", "subject": {"reference": "Patient/a"}}, ()),
        ({"resourceType": "Observation", "subject": [1, None, {"reference": 2}]}, ()),
    ],
)  # fmt: skip
def test_members(resource, expected):
    assert patient_of(resource) == expected
