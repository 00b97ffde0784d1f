"""References: reading them, finding them, writing others in their place."""

from copy import deepcopy

import pytest

from hub.fhir.references import LiteralReference, is_well_formed, iter_links, iter_references, named_type, parse_reference, with_links

BASE = "https://hub.example.org/fhir"
URN = "urn:uuid:8f1f7b1e-7c1e-4f3e-9a52-0d6b6f1f0a01"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Patient/p1", LiteralReference("Patient", "p1")),
        ("Patient/p1/_history/3", LiteralReference("Patient", "p1", "3")),
        (f"{BASE}/Patient/p1", LiteralReference("Patient", "p1")),
        (f"{BASE}/Patient/p1/_history/3", LiteralReference("Patient", "p1", "3")),
        ("https://other.example.org/fhir/Patient/p1", None),
        (f"{BASE}x/Patient/p1", None),
        (f"{BASE}xPatient/p1", None),
        ("Nothing/p1", None),
        ("patient/p1", None),
        ("Patient/", None),
        ("Patient/a b", None),
        ("Patient/p1\n", None),
        (f"Patient/{'x' * 65}", None),
        ("#p1", None),
        (URN, None),
        ("", None),
    ],
)
def test_parse(text, expected):
    assert parse_reference(text, base=BASE) == expected
    assert parse_reference(text, base=f"{BASE}/") == expected


def test_without_a_base_every_absolute_reference_is_foreign():
    assert parse_reference(f"{BASE}/Patient/p1") is None
    assert named_type(f"{BASE}/Patient/p1") == "Patient"
    assert str(LiteralReference("Patient", "p1", "3")) == "Patient/p1"


@pytest.mark.parametrize("text", ["Patient/p1", "#a", "#", URN, "https://example.org/x", "Patient?identifier=a|b"])
def test_well_formed(text):
    assert is_well_formed(text)


@pytest.mark.parametrize("text", ["p1", "Patient", "Nothing/1", "Dr Example", "/Patient/1", "https://a b"])
def test_malformed(text):
    assert not is_well_formed(text)


def test_references_are_found_everywhere(bundle):
    found = {link.place: link.text for link in iter_references(bundle)}
    assert found == {
        "Bundle.entry[0].resource.generalPractitioner[0].reference": "Organization/surgery",
        "Bundle.entry[1].resource.subject.reference": "Patient/p1",
        "Bundle.entry[1].resource.performer[0].reference": "Practitioner/nurse",
        "Bundle.entry[2].resource.subject.reference": URN,
        "Bundle.entry[2].resource.author.reference": "#doctor",
    }


def test_references_in_extensions_and_contained_resources():
    resource = {
        "resourceType": "Basic",
        "_implicitRules": {"extension": [{"url": "https://example.org/e", "valueReference": {"reference": "Patient/1"}}]},
        "_language": {"extension": [{"url": "https://example.org/e", "valueReference": {"reference": "Patient/2"}}]},
        "contained": [{"resourceType": "Basic", "subject": {"reference": "Patient/3"}}],
        "extension": [{"url": "https://example.org/e", "extension": [{"url": "x", "valueReference": {"reference": "Patient/4"}}]}],
    }
    assert {link.text for link in iter_references(resource)} == {f"Patient/{number}" for number in range(1, 5)}


def test_rewriting(bundle):
    for link in iter_links(bundle):
        if link.text == URN:
            link.replace("Patient/new")
    assert bundle["entry"][2]["resource"]["subject"]["reference"] == "Patient/new"
    assert bundle["entry"][0]["fullUrl"] == "Patient/new"  # a uri, so a transaction's caller looks at the resources only


def test_uris_are_links_and_canonicals_are_not(care_plan):
    care_plan["instantiatesUri"] = [URN]
    links = {link.place: link for link in iter_links(care_plan)}
    links["CarePlan.instantiatesUri[0]"].replace("https://example.org/new")
    assert care_plan["instantiatesUri"] == ["https://example.org/new"]
    assert "CarePlan.instantiatesCanonical[0]" not in links
    assert links["CarePlan.subject.reference"].kind == "reference"


@pytest.mark.parametrize("resource", [{}, {"resourceType": 1}, {"resourceType": "Nothing", "subject": {"reference": "Patient/1"}}])
def test_what_is_no_resource_has_none(resource):
    assert list(iter_links(resource)) == []


def test_a_wrong_shape_is_passed_over():
    assert list(iter_links({"resourceType": "Observation", "subject": [None, 1, {"reference": 2}], "performer": "x"})) == []


def test_with_links_rewrites_what_iter_links_finds_and_leaves_the_original(bundle):
    before, rewritten = deepcopy(bundle), deepcopy(bundle)
    for link in iter_links(rewritten):
        link.replace(f"{link.kind}/{link.text}")
    assert with_links(bundle, lambda kind, text: f"{kind}/{text}") == rewritten
    assert bundle == before


def test_what_does_not_change_is_shared(bundle):
    same = with_links(bundle, lambda _, text: text)
    assert same is bundle
    changed = with_links(bundle, lambda _, text: "Patient/new" if text == "Patient/p1" else text)
    assert changed["entry"][1]["resource"]["subject"]["reference"] == "Patient/new"
    assert changed["entry"][0] is bundle["entry"][0]
