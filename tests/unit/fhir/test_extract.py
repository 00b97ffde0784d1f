"""Index entries: one small resource for each kind of parameter and datatype."""

from math import inf

import pytest
from msgspec.structs import replace

from hub.core.json import parse_json
from hub.fhir.search.convert import find_converter
from hub.fhir.search.entries import DateEntry, NumberEntry, QuantityEntry, ReferenceEntry, StringEntry, TokenEntry, UriEntry
from hub.fhir.search.extract import extract
from hub.fhir.search.folding import fold
from hub.fhir.search.parameters import parameters_of
from hub.fhir.search.places import places_of, routes_of
from hub.fhir.search.ranges import GREATEST, LEAST, date_range
from hub.fhir.search.routes import compile_expression

UCUM = "http://unitsofmeasure.org"


def of(resource, param):
    """The entries of a parameter, from wherever they are kept."""
    entries = extract(resource)
    return {
        replace(entry, param=param)
        for place in places_of(resource["resourceType"], param)
        for entry in entries
        if entry.param == place.param and (place.target is None or entry.type == place.target)
    }


@pytest.mark.parametrize(
    ("param", "expected"),
    [
        ("identifier", {TokenEntry("identifier", "https://fhir.nhs.uk/Id/nhs-number", "9990000018")}),
        ("active", {TokenEntry("active", "", "true")}),
        ("gender", {TokenEntry("gender", "http://hl7.org/fhir/administrative-gender", "female")}),
        ("family", {StringEntry("family", "Éxample", "example")}),
        ("given", {StringEntry("given", "Zoë", "zoe"), StringEntry("given", "Anne", "anne")}),
        ("name", {StringEntry("name", "Éxample", "example"), StringEntry("name", "Zoë", "zoe"), StringEntry("name", "Anne", "anne"), StringEntry("name", "Ms", "ms")}),
        ("address", {StringEntry("address", "1 Example Road", "1 example road"), StringEntry("address", "Huddersfield", "huddersfield"), StringEntry("address", "HD1 1AA", "hd1 1aa")}),
        ("address-postalcode", {StringEntry("address-postalcode", "HD1 1AA", "hd1 1aa")}),
        ("phone", {TokenEntry("phone", "", "01632 960001")}),
        ("email", {TokenEntry("email", "", "zoe@example.org")}),
        ("birthdate", {DateEntry("birthdate", *date_range("1952-05-31"))}),
        ("deceased", {TokenEntry("deceased", "", "false")}),
        ("general-practitioner", {ReferenceEntry("general-practitioner", type="Organization", id="surgery")}),
        ("organization", {ReferenceEntry("organization", system="https://fhir.nhs.uk/Id/ods-organization-code", value="X26")}),
        ("_tag", {TokenEntry("_tag", "https://example.org/tags", "demo")}),
        ("_security", {TokenEntry("_security", "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "R")}),
        ("_profile", {UriEntry("_profile", "https://example.org/fhir/StructureDefinition/person")}),
        ("_source", {UriEntry("_source", "https://example.org/feed")}),
        ("_id", set()),  # the store's own
        ("_lastUpdated", set()),
    ],
)  # fmt: skip
def test_patient(patient, param, expected):
    assert of(patient, param) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [({"deceasedBoolean": True}, "true"), ({"deceasedBoolean": False}, "false"), ({"deceasedDateTime": "2026"}, "true"), ({}, "false")],
)
def test_deceased(patient, change, expected):
    assert of(patient | change, "deceased") == {TokenEntry("deceased", "", expected)}


@pytest.mark.parametrize(
    ("param", "expected"),
    [
        ("code", {TokenEntry("code", "http://loinc.org", "85354-9")}),
        ("combo-code", {TokenEntry("combo-code", "http://loinc.org", "85354-9"), TokenEntry("combo-code", "http://loinc.org", "8480-6")}),
        ("subject", {ReferenceEntry("subject", type="Patient", id="p1")}),
        ("patient", {ReferenceEntry("patient", type="Patient", id="p1")}),
        ("date", {DateEntry("date", *date_range("2026-02-01T09:00:00Z"))}),
        ("value-quantity", {QuantityEntry("value-quantity", 36.5, 36.5, UCUM, "mm[Hg]", "mm Hg")}),
        ("component-value-quantity", {QuantityEntry("component-value-quantity", 107.0, 107.0, UCUM, "mm[Hg]", "mm Hg")}),
        ("value-string", set()),
    ],
)
def test_observation(observation, param, expected):
    assert of(observation, param) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"effectivePeriod": {"start": "2026-01", "end": "2026-02"}}, (date_range("2026-01")[0], date_range("2026-02")[1])),
        ({"effectivePeriod": {"start": "2026-01"}}, (date_range("2026-01")[0], GREATEST)),
        ({"effectivePeriod": {"end": "2026-02-28"}}, (LEAST, date_range("2026-02-28")[1])),
        ({"effectiveTiming": {"event": ["2026-02", "2026-01"]}}, (date_range("2026-01")[0], date_range("2026-02")[1])),
        ({"effectiveTiming": {"repeat": {"boundsPeriod": {"start": "2026"}}}}, (date_range("2026")[0], GREATEST)),
        ({"effectiveInstant": "2026-02-01T10:00:00.000Z"}, date_range("2026-02-01T10:00:00.000Z")),
    ],
)
def test_times(observation, value, expected):
    del observation["effectiveDateTime"]
    assert of(observation | value, "date") == {DateEntry("date", *expected)}


@pytest.mark.parametrize(("comparator", "low", "high"), [("<", -inf, 5.0), ("<=", -inf, 5.0), (">", 5.0, inf), (">=", 5.0, inf)])
def test_comparators(observation, comparator, low, high):
    observation["valueQuantity"] = {"value": 5, "comparator": comparator}
    assert of(observation, "value-quantity") == {QuantityEntry("value-quantity", low, high, "", "", "")}


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ({"reference": "Patient/p1/_history/4"}, [ReferenceEntry("subject", type="Patient", id="p1")]),
        ({"reference": "https://example.org/fhir/Patient/p1"}, [ReferenceEntry("subject", uri="https://example.org/fhir/Patient/p1")]),
        ({"reference": "urn:uuid:8f1f7b1e-7c1e-4f3e-9a52-0d6b6f1f0a01"}, [ReferenceEntry("subject", uri="urn:uuid:8f1f7b1e-7c1e-4f3e-9a52-0d6b6f1f0a01")]),
        ({"reference": "#p"}, []),
        ({"display": "somebody"}, []),
        (
            {"reference": "Patient/p1", "identifier": {"system": "s", "value": "v"}},
            [ReferenceEntry("subject", type="Patient", id="p1"), ReferenceEntry("subject", system="s", value="v")],
        ),
    ],
)  # fmt: skip
def test_references(observation, reference, expected):
    assert of(observation | {"subject": reference}, "subject") == set(expected)


def test_a_filter_on_the_target_looks_at_the_reference(observation):
    assert of(observation | {"subject": {"reference": "Device/d1"}}, "patient") == set()
    assert of(observation | {"subject": {"reference": "Device/d1"}}, "subject") == {ReferenceEntry("subject", type="Device", id="d1")}
    logical = {"type": "Patient", "identifier": {"system": "s", "value": "v"}}
    assert of(observation | {"subject": logical}, "patient") == {ReferenceEntry("patient", system="s", value="v")}


def test_canonicals_are_found_with_their_version_and_without(care_plan):
    url = "https://example.org/PlanDefinition/urgent"
    assert of(care_plan, "instantiates-canonical") == {
        ReferenceEntry("instantiates-canonical", uri=f"{url}|1.0"),
        ReferenceEntry("instantiates-canonical", uri=url),
    }


@pytest.mark.parametrize(
    ("text", "param", "expected"),
    [
        ('{"resourceType": "RiskAssessment", "prediction": [{"probabilityDecimal": 0.50}]}', "probability", {NumberEntry("probability", 0.5, 0.5)}),
        ('{"resourceType": "RiskAssessment", "prediction": [{"probabilityRange": {"low": {"value": 1}, "high": {"value": 2}}}]}', "probability", {NumberEntry("probability", 1.0, 2.0)}),
        ('{"resourceType": "Condition", "onsetRange": {"low": {"value": 5, "unit": "years"}}}', "onset-age", {QuantityEntry("onset-age", 5.0, inf, "", "", "years")}),
        ('{"resourceType": "Condition", "onsetAge": {"value": 5, "code": "a", "system": "http://unitsofmeasure.org"}}', "onset-age", {QuantityEntry("onset-age", 5.0, 5.0, UCUM, "a", "")}),
        ('{"resourceType": "Condition", "onsetAge": {"value": 5}}', "onset-date", set()),
        ('{"resourceType": "ValueSet", "url": "https://example.org/v"}', "url", {UriEntry("url", "https://example.org/v")}),
        ('{"resourceType": "ChargeItem", "priceOverride": {"value": 5.25, "currency": "GBP"}}', "price-override", {QuantityEntry("price-override", 5.25, 5.25, "urn:iso:std:iso:4217", "GBP", "GBP")}),
        ('{"resourceType": "InsurancePlan", "name": "A", "alias": ["B"]}', "name", {StringEntry("name", "A", "a"), StringEntry("name", "B", "b")}),
        ('{"resourceType": "Observation", "valueCodeableConcept": {"text": "High"}}', "value-string", {StringEntry("value-string", "High", "high")}),
        ('{"resourceType": "ActivityDefinition", "relatedArtifact": [{"type": "composed-of", "resource": "a"}, {"type": "depends-on", "resource": "b"}]}', "composed-of", {ReferenceEntry("composed-of", uri="a")}),
        ('{"resourceType": "Bundle", "type": "document", "entry": [{"resource": {"resourceType": "Composition", "id": "c"}}, {"resource": {"resourceType": "Composition", "id": "d"}}]}', "composition", {ReferenceEntry("composition", type="Composition", id="c")}),
        ('{"resourceType": "Bundle", "type": "message", "entry": [{"resource": {"resourceType": "Composition", "id": "c"}}]}', "message", set()),
    ],
)  # fmt: skip
def test_odd_ones(text, param, expected):
    assert of(parse_json(text), param) == expected


def test_as_keeps_one_type(observation):
    del observation["valueQuantity"]
    observation["valueString"] = "High"
    assert of(observation, "value-concept") == set()
    assert of(observation, "value-string") == {StringEntry("value-string", "High", "high")}


def test_every_parameter_can_find_something():
    """Some route of each supported parameter ends at a type that it has a conversion for."""
    for name in (
        "Patient",
        "Observation",
        "CarePlan",
        "Encounter",
        "Condition",
        "AllergyIntolerance",
        "Composition",
        "DocumentReference",
        "Provenance",
        "Consent",
    ):
        for parameter in parameters_of(name).values():
            if parameter.is_supported and parameter.code != "deceased":
                assert any(find_converter(parameter.type, route.end) for route in routes_of(name, parameter)), (name, parameter.code)


def test_entries_stand_once(patient):
    patient["identifier"] *= 3
    entries = extract(patient)
    assert len(entries) == len(set(entries))


@pytest.mark.parametrize("expression", ["Patient.name.first()", "Patient.name.where(use != 'old')", "Patient.name and Patient.id"])
def test_the_grammar_is_closed(expression):
    with pytest.raises(ValueError, match="grammar"):
        compile_expression("Patient", expression)


@pytest.mark.parametrize(("text", "folded"), [("Zoë  O'NÉILL\n", "zoe o'neill"), ("Straße", "strasse"), ("ﬁ", "fi"), ("李", "李")])
def test_folding(text, folded):
    assert fold(text) == folded


@pytest.mark.parametrize("resource", [{}, {"resourceType": "Nothing"}, {"resourceType": 1}])
def test_what_is_no_resource_has_none(resource):
    assert extract(resource) == ()
