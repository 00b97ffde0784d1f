"""Structural validation: one change to a valid resource, and what is said about it and where."""

from decimal import Decimal

import pytest

from hub.fhir.codes import CODES
from hub.fhir.elements import elements_of, is_primitive
from hub.fhir.facts import find_binding, find_structure
from hub.fhir.shapes import shape_of
from hub.fhir.validate import validate

REMEMBERING = (elements_of, is_primitive, find_structure, find_binding, shape_of)


def found(resource, **limits):
    return [(diagnostic.code.name, diagnostic.place) for diagnostic in validate(resource, **limits)]


def nested(levels):
    extension = {"url": "https://example.org/e", "valueString": "x"}
    for _ in range(levels):
        extension = {"url": "https://example.org/e", "extension": [extension]}
    return extension


def test_valid_resources_have_nothing_wrong(patient, observation, care_plan, bundle):
    for resource in (patient, observation, care_plan, bundle):
        assert found(resource) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        # elements
        ({"birthdate": "1952-05-31"}, [("F002", "Patient.birthdate")]),
        ({"name": [{"famly": "x"}]}, [("F002", "Patient.name[0].famly")]),
        ({"status": "final"}, [("F002", "Patient.status")]),
        ({"_name": {"id": "a"}}, [("F014", "Patient._name")]),
        ({"_nothing": {}}, [("F002", "Patient._nothing")]),
        ({"what is this 1": 1}, [("F002", "Patient.?")]),
        # lists and single values
        ({"name": {"family": "x"}}, [("F004", "Patient.name")]),
        ({"name": "x"}, [("F004", "Patient.name")]),
        ({"name": None}, [("F013", "Patient.name")]),
        ({"gender": ["female"]}, [("F005", "Patient.gender")]),
        ({"maritalStatus": [{"text": "x"}]}, [("F005", "Patient.maritalStatus")]),
        # JSON kinds
        ({"active": "true"}, [("F006", "Patient.active")]),
        ({"active": 1}, [("F006", "Patient.active")]),
        ({"multipleBirthInteger": "1"}, [("F006", "Patient.multipleBirthInteger")]),
        ({"maritalStatus": "M"}, [("F006", "Patient.maritalStatus")]),
        ({"name": ["x"]}, [("F006", "Patient.name[0]")]),
        ({"name": [{"given": [1]}]}, [("F006", "Patient.name[0].given[0]")]),
        ({"active": None}, [("F013", "Patient.active")]),
        ({"maritalStatus": None}, [("F013", "Patient.maritalStatus")]),
        ({"name": [None]}, [("F013", "Patient.name[0]")]),
        # choices
        ({"deceasedBoolean": True, "deceasedDateTime": "2026"}, [("F007", "Patient.deceased[x]")]),
        ({"deceasedBoolean": True, "_deceasedDateTime": {"id": "a"}}, [("F007", "Patient.deceased[x]")]),
        ({"deceasedBoolean": True, "_deceasedBoolean": {"id": "a"}}, []),
        ({"deceasedString": "yes"}, [("F008", "Patient.deceasedString")]),
        ({"deceasedQuantity": {}}, [("F008", "Patient.deceasedQuantity")]),
        ({"deceasedNonsense": "yes"}, [("F002", "Patient.deceasedNonsense")]),
        # codes
        ({"gender": "F"}, [("F009", "Patient.gender")]),
        ({"gender": "Female"}, [("F009", "Patient.gender")]),
        ({"gender": " female"}, [("F010", "Patient.gender")]),
        ({"maritalStatus": {"coding": [{"code": "any"}]}}, []),  # extensible: not for structure to say
        ({"photo": [{"contentType": "jpeg"}]}, [("F009", "Patient.photo[0].contentType")]),
        ({"photo": [{"contentType": "image/jpeg"}]}, []),
        # formats
        ({"birthDate": "2026-02-30"}, [("F010", "Patient.birthDate")]),
        ({"id": "a/b"}, [("F010", "Patient.id")]),
        ({"language": "en "}, [("F010", "Patient.language")]),
        # references
        ({"generalPractitioner": [{"reference": "Patient/p2"}]}, [("F011", "Patient.generalPractitioner[0].reference")]),
        ({"generalPractitioner": [{"reference": "https://example.org/fhir/Patient/p2"}]}, [("F011", "Patient.generalPractitioner[0].reference")]),
        ({"generalPractitioner": [{"reference": "https://example.org/fhir/Organization/1/_history/2"}]}, []),
        ({"generalPractitioner": [{"reference": "Nonsense/1"}]}, [("F010", "Patient.generalPractitioner[0].reference")]),
        ({"generalPractitioner": [{"reference": "Dr Example"}]}, [("F010", "Patient.generalPractitioner[0].reference")]),
        ({"generalPractitioner": [{"reference": "Practitioner?identifier=https://example.org|1"}]}, []),
        ({"generalPractitioner": [{"display": "the surgery"}]}, []),
        ({"identifier": [{"value": "1", "assigner": {"reference": "Patient/p1"}}]}, [("F011", "Patient.identifier[0].assigner.reference")]),
        # nothing in it
        ({"name": []}, [("F012", "Patient.name")]),
        ({"name": [{}]}, [("F012", "Patient.name[0]")]),
        ({"maritalStatus": {}}, [("F012", "Patient.maritalStatus")]),
        ({"name": [{"given": []}]}, [("F012", "Patient.name[0].given")]),
        ({"name": [{"given": [""]}]}, [("F012", "Patient.name[0].given[0]")]),
        # siblings of primitives
        ({"name": [{"given": ["a", None], "_given": [None, {"id": "b"}]}]}, []),
        ({"name": [{"_given": [{"id": "b"}]}]}, []),
        ({"name": [{"given": ["a", None]}]}, [("F013", "Patient.name[0].given[1]")]),
        ({"name": [{"given": ["a", None], "_given": [{"id": "b"}, None]}]}, [("F013", "Patient.name[0].given[1]")]),
        ({"name": [{"given": ["a"], "_given": [None, {"id": "b"}]}]}, [("F014", "Patient.name[0]._given")]),
        ({"name": [{"given": ["a"], "_given": [None]}]}, [("F014", "Patient.name[0]._given")]),
        ({"name": [{"given": ["a"], "_given": {"id": "b"}}]}, [("F014", "Patient.name[0]._given")]),
        ({"_birthDate": {}}, [("F014", "Patient._birthDate")]),
        ({"_birthDate": [{"id": "a"}]}, [("F014", "Patient._birthDate")]),
        ({"_birthDate": {"value": "1952"}}, [("F002", "Patient._birthDate.value")]),
        ({"birthDate": None, "_birthDate": {"id": "a"}}, [("F013", "Patient.birthDate")]),
        # extensions
        ({"extension": [{"valueBoolean": True}]}, [("F003", "Patient.extension[0].url")]),
        ({"extension": [{"url": "https://example.org/e"}]}, [("F018", "Patient.extension[0]")]),
        ({"extension": [nested(1) | {"valueString": "x"}]}, [("F018", "Patient.extension[0]")]),
        ({"extension": [{"url": "https://example.org/e", "valueMeta": {"tag": [{"code": "x"}]}}]}, []),
        ({"extension": [{"url": "https://example.org/e", "valueRatioRange": {}}]}, [("F002", "Patient.extension[0].valueRatioRange")]),
        ({"extension": [{"url": "https://example.org/e", "valueString": "x", "valueCode": "y"}]}, [("F007", "Patient.extension[0].value[x]")]),
        # contained
        ({"contained": [{"resourceType": "Organization", "id": "a", "name": 1}]}, [("F006", "Patient.contained[0].name")]),
        ({"contained": [{"id": "a"}]}, [("F001", "Patient.contained[0]")]),
        ({"contained": [{"resourceType": "Patient", "contained": [{"resourceType": "Basic"}]}]}, [("F017", "Patient.contained[0].contained")]),
        # narrative and depth
        ({"text": {"status": "generated", "div": "<div xmlns='http://www.w3.org/1999/xhtml'><script/>x</div>"}}, [("F015", "Patient.text.div")]),
        ({"text": {"status": "generated"}}, [("F003", "Patient.text.div")]),
        ({"extension": [nested(20)]}, []),
    ],
)  # fmt: skip
def test_one_change_to_a_patient(patient, change, expected):
    patient.pop("_birthDate", None)
    assert found(patient | change) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"status": None}, [("F013", "Observation.status")]),
        ({"valueQuantity": {"value": "36.5"}}, [("F006", "Observation.valueQuantity.value")]),
        ({"valueQuantity": {"value": 36.5}}, [("F006", "Observation.valueQuantity.value")]),  # a float has lost its digits
        ({"valueQuantity": {"value": Decimal("36.50"), "comparator": "<<"}}, [("F009", "Observation.valueQuantity.comparator")]),
        ({"valueMoney": {"value": 1}}, [("F008", "Observation.valueMoney")]),
        ({"effectivePeriod": {"start": "2026"}}, [("F007", "Observation.effective[x]")]),
        ({"effectiveDateTime": "2026-02-01T10:00:00"}, [("F010", "Observation.effectiveDateTime")]),
        ({"component": [{"valueString": "x"}]}, [("F003", "Observation.component[0].code")]),
        ({"component": [{"code": {"text": "x"}, "referenceRange": [{"low": {"value": "1"}}]}]}, [("F006", "Observation.component[0].referenceRange[0].low.value")]),
        ({"subject": {"reference": "Practitioner/1"}}, [("F011", "Observation.subject.reference")]),
        ({"subject": {"reference": "urn:uuid:8f1f7b1e-7c1e-4f3e-9a52-0d6b6f1f0a01"}}, []),
    ],
)  # fmt: skip
def test_one_change_to_an_observation(observation, change, expected):
    assert found(observation | change) == expected


def test_required_elements(observation):
    del observation["status"], observation["code"]
    assert found(observation) == [("F003", "Observation.status"), ("F003", "Observation.code")]


def test_a_required_primitive_may_be_an_extension(observation):
    del observation["status"]
    url = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
    observation["_status"] = {"extension": [{"url": url, "valueCode": "unknown"}]}
    assert found(observation) == []


@pytest.mark.parametrize(
    ("status", "is_good"),
    [
        ({"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]}, True),
        ({"coding": [{"code": "x"}, {"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]}, True),
        ({"coding": [{"system": "https://example.org", "code": "active"}]}, False),
        ({"coding": [{"code": "active"}]}, False),
        ({"text": "active"}, False),
        ({"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}, True),
    ],
)
def test_required_binding_of_a_concept(status, is_good):
    condition = {"resourceType": "Condition", "clinicalStatus": status, "subject": {"reference": "Patient/p1"}}
    assert found(condition) == ([] if is_good else [("F009", "Condition.clinicalStatus")])


@pytest.mark.parametrize("name", [None, "Nothing", "patient", 1, ["Patient"], "Resource", "DomainResource", "HumanName"])
def test_unknown_type(name):
    assert found({"resourceType": name}) == [("F001", "Resource")]


@pytest.mark.parametrize(("resource", "code"), [(None, "F013"), ([], "F005"), ("x", "F006"), (1, "F006")])
def test_what_is_no_object(resource, code):
    assert found(resource) == [(code, "Resource")]


def test_bundle_entries_are_validated(bundle):
    bundle["entry"][1]["resource"]["status"] = "finished"
    bundle["entry"][2]["resource"]["resourceType"] = "Careplan"
    bundle["entry"][0]["request"]["method"] = "post"
    assert found(bundle) == [
        ("F009", "Bundle.entry[0].request.method"),
        ("F009", "Bundle.entry[1].resource.status"),
        ("F001", "Bundle.entry[2].resource"),
    ]


def test_a_bundle_in_a_bundle(bundle, patient):
    patient["gender"] = "x"
    outer = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": patient}]}}],
    }
    assert found(outer) == [("F009", "Bundle.entry[0].resource.entry[0].resource.gender")]


def test_depth_is_bounded(patient):
    patient["extension"] = [nested(70)]
    assert [code for code, _ in found(patient)] == ["F016"]


def test_the_number_of_findings_is_bounded(patient):
    patient["name"] = [{"family": 1}] * 1000
    assert len(found(patient)) == 50
    assert len(found(patient, limit=3)) == 3


def test_a_finding_never_shows_a_value(patient):
    secret = "Zanzibar"
    patient["gender"] = patient["birthDate"] = patient["id"] = secret
    patient["name"] = [{"family": [secret], "given": secret}]
    patient["generalPractitioner"] = [{"reference": f"Patient/{secret}"}, {"reference": secret}]
    patient[f"{secret} 1"] = 1
    patient["text"] = {"status": secret, "div": f"<div>{secret}"}
    diagnostics = validate(patient)
    assert len(diagnostics) >= 8
    assert secret not in repr(diagnostics)


def test_did_you_mean(patient):
    (diagnostic,) = validate(patient | {"birthdate": "1952"})
    assert diagnostic.fix == "did you mean birthDate?"


def test_unknown_names_are_not_remembered(patient):
    """What a sender makes up must not fill the memory of the hub."""
    for index in range(50):
        validate(patient | {f"deceasedZz{index}": 1, f"valueZz{index}": 1})
    sizes = [function.cache_info().currsize for function in REMEMBERING]
    for index in range(50, 100):
        validate(patient | {f"deceasedZz{index}": 1, f"valueZz{index}": 1})
    assert sizes == [function.cache_info().currsize for function in REMEMBERING]


def test_codes_have_their_pages():
    names = [code.name for code in CODES]
    assert len(set(names)) == len(names)
    for code in CODES:
        assert code.name[0] == "F"
        assert len(code.explain) > 60
        assert code.issue in {"structure", "required", "value", "invariant", "code-invalid", "not-supported", "too-costly", "invalid"}
