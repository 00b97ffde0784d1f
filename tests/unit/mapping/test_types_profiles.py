"""Reading StructureDefinitions: what is kept, and a clear answer for each file that is none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hub.core.diagnostics import Span
from hub.mapping.check.resolved import element_path
from hub.mapping.types.profiles import MOST_ELEMENTS, Profile, ProfileElement, Step, read_profiles

URL = "https://example.org/StructureDefinition/Clinic-Patient"
FILE = "profiles/clinic.json"


def document(*elements: object, **more: Any) -> dict[str, Any]:
    root = {"id": "Patient", "path": "Patient"}
    return {"resourceType": "StructureDefinition", "url": URL, "type": "Patient", "snapshot": {"element": [root, *elements]}, **more}


def read(*elements: object, **more: Any) -> Profile:
    profiles, odd = read_profiles({FILE: json.dumps(document(*elements, **more))})
    assert odd == ()
    return profiles[URL]


def at(profile: Profile, path: str) -> tuple[ProfileElement, ...]:
    found = element_path(path, Span("t.map", 1, 1))
    assert found is not None
    return profile.at(found.steps)


def element(name: str, **more: Any) -> dict[str, Any]:
    return {"id": f"Patient.{name}", "path": f"Patient.{name.split(':', maxsplit=1)[0]}", **more}


def test_what_an_element_says() -> None:
    profile = read(element("birthDate", min=1, max="1", type=[{"code": "date"}], mustSupport=True))
    (found,) = at(profile, "birthDate")
    assert found == ProfileElement((Step("birthDate"),), 1, 1, frozenset({"date"}), must_support=True)
    assert (profile.name, profile.type, profile.file) == ("Clinic-Patient", "Patient", FILE)


def test_the_snapshot_goes_before_the_differential() -> None:
    both = read(element("birthDate", min=1), differential={"element": [element("gender", min=1)]})
    assert at(both, "birthDate")
    assert not at(both, "gender")
    alone = document()
    alone["snapshot"] = {}
    alone["differential"] = {"element": [element("gender", min=1)]}
    assert at(read_profiles({FILE: json.dumps(alone)})[0][URL], "gender")


@pytest.mark.parametrize(
    ("path", "spellings"),
    [
        ("identifier", ["identifier", "identifier:nhs"]),  # an item that names no slice may be any
        ("identifier[*]", ["identifier", "identifier:nhs"]),
        ("identifier:nhs", ["identifier", "identifier:nhs"]),
        ("identifier:other", ["identifier"]),
        ("identifier:nhs.system", ["identifier:nhs.system"]),
        ("identifier:other.system", []),
        ("deceasedBoolean", ["deceased[x]"]),
        ("deceased", []),
        ('extension("https://example.org/a")', ["extension:a"]),
        ('extension("https://example.org/b")', ["extension:b"]),
        ('extension("https://example.org/c")', []),
    ],
)
def test_which_elements_a_path_of_a_map_meets(path: str, spellings: list[str]) -> None:
    profile = read(
        element("identifier"),
        element("identifier:nhs"),
        element("identifier:nhs.system"),
        element("deceased[x]"),
        element("extension:a", type=[{"code": "Extension", "profile": ["https://example.org/a"]}]),
        element("extension:b"),
        element("extension:b.url", fixedUri="https://example.org/b"),
    )
    assert [one.spelling for one in at(profile, path)] == spellings


def test_a_slice_of_a_choice_is_the_element_of_that_type() -> None:
    profile = read(element("deceased[x]:deceasedBoolean", min=1))
    assert [one.min for one in at(profile, "deceasedBoolean")] == [1]
    assert at(profile, "deceasedDateTime") == ()


@pytest.mark.parametrize(("key", "value"), [("fixedCode", "female"), ("patternCodeableConcept", {"coding": [{"code": "x"}]})])
def test_fixed_and_pattern_values(key: str, value: object) -> None:
    assert at(read(element("gender", **{key: value})), "gender")[0].value == value


SEX = {"resourceType": "ValueSet", "id": "sex", "url": "https://example.org/sex"}
TWO = [{"system": "http://hl7.org/fhir/administrative-gender", "concept": [{"code": "female"}, {"code": "male"}]}]


@pytest.mark.parametrize(
    ("url", "include", "codes"),
    [
        ("#sex", TWO, {"female", "male"}),
        ("https://example.org/sex|1.0", TWO, {"female", "male"}),
        ("#sex", [{"system": "http://hl7.org/fhir/administrative-gender"}], None),  # the whole system: which codes is not said
        ("#sex", [*TWO, {"valueSet": ["https://example.org/other"]}], None),
        ("https://example.org/elsewhere", TWO, None),
        ("#sex", [{"system": "http://hl7.org/fhir/administrative-gender", "concept": [{"display": "no code"}]}], None),
        ("http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1", TWO, {"female", "male", "other", "unknown"}),
    ],
)
def test_required_bindings_of_known_codes(url: str, include: list[object], codes: set[str] | None) -> None:
    profile = read(
        element("gender", binding={"strength": "required", "valueSet": url}), contained=[{**SEX, "compose": {"include": include}}]
    )
    binding = at(profile, "gender")[0].binding
    assert (None if binding is None else binding.codes) == codes
    loose = read(element("gender", binding={"strength": "extensible", "valueSet": url}), contained=[{**SEX, "compose": {"include": TWO}}])
    assert at(loose, "gender")[0].binding is None


DEEP = "[" * 100_000


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "it is no JSON"),
        ("{", "it is no JSON"),
        (DEEP, "it is no JSON"),
        ("[]", "it is no StructureDefinition"),
        ('{"resourceType": "Patient"}', "it is no StructureDefinition"),
        ('{"resourceType": "StructureDefinition", "type": "Patient"}', "it has no `url` or no `type`"),
        ('{"resourceType": "StructureDefinition", "type": 5, "url": []}', "it has no `url` or no `type`"),
        (json.dumps(document(fhirVersion="3.0.2")), "it is of another FHIR than R4 (4.0.1), which maps write"),
        (json.dumps({**document(), "snapshot": {"element": []}}), "it has neither a snapshot nor a differential"),
        (json.dumps({**document(), "snapshot": 3, "differential": {"element": {}}}), "it has neither a snapshot nor a differential"),
        (json.dumps(document(*[{}] * MOST_ELEMENTS)), "5,001 elements"),
        ("x" * 5_000_001, "5,000,001 characters"),
    ],
    ids=range(12),
)
def test_a_file_that_is_no_profile(text: str, says: str) -> None:
    profiles, odd = read_profiles({FILE: text})
    assert profiles == {}
    assert [(one.code.name, one.span) for one in odd] == [("M330", Span(FILE, 1, 1))]
    assert odd[0].detail.startswith(says)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (5, "element 2: it is no object"),
        ({}, "element 2: its path does not begin with Patient"),
        ({"id": "Observation.code"}, "element 2: its path does not begin with Patient"),
        ({"path": "Patient..gender"}, "element 2: its path cannot be read"),
        ({"path": "Patient" + ".a" * 17}, "element 2: its path cannot be read"),
        (element("gender", min="1"), "element 2: `min` is no number"),
        (element("gender", min=-1), "element 2: `min` is no number"),
        (element("gender", max="many"), "element 2: `max` is neither a number nor `*`"),
        (element("gender", max=1), "element 2: `max` is neither a number nor `*`"),
    ],
)
def test_a_part_that_cannot_be_read_costs_that_part_alone(wrong: object, says: str) -> None:
    profiles, odd = read_profiles({FILE: json.dumps(document(wrong, element("birthDate", min=1)))})
    assert [one.detail for one in odd] == [says]
    assert [one.spelling for one in profiles[URL].elements.values()] == ["birthDate"]


@pytest.mark.parametrize(
    "odd",
    [
        {"type": "date"},
        {"type": [{"code": "Extension", "profile": 5}]},
        {"type": [5, {"code": None}]},
        {"binding": 5},
        {"binding": {"strength": "required", "valueSet": 5}},
        {"mustSupport": "yes"},
    ],
)
def test_what_is_not_as_r4_has_it_says_nothing(odd: dict[str, object]) -> None:
    profiles, reported = read_profiles(
        {FILE: json.dumps(document(element("birthDate", **odd), contained=[{"resourceType": "ValueSet"}, 5]))}
    )
    assert reported == ()
    assert profiles[URL].elements[(Step("birthDate"),)] == ProfileElement(
        (Step("birthDate"),), types=profiles[URL].elements[(Step("birthDate"),)].types
    )


def test_two_files_of_one_url() -> None:
    text = json.dumps(document())
    profiles, odd = read_profiles({"b.json": text, "a.json": text})
    assert profiles[URL].file == "a.json"
    assert [(one.code.name, one.span, one.detail) for one in odd] == [("M335", Span("b.json", 1, 1), "a.json has it too")]


def test_a_value_set_that_leaves_codes_out_is_no_list() -> None:
    exclude = {"include": TWO, "exclude": [{"system": "http://hl7.org/fhir/administrative-gender", "concept": [{"code": "male"}]}]}
    profile = read(element("gender", binding={"strength": "required", "valueSet": "#sex"}), contained=[{**SEX, "compose": exclude}])
    assert at(profile, "gender")[0].binding is None
