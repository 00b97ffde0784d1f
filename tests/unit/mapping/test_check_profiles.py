"""Maps against a profile: what it tightens is reported with its name, what it leaves alone is not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hub.core.diagnostics import Diagnostic
from hub.mapping.check.check import check
from hub.mapping.functions import REGISTRY
from hub.mapping.mapset import load
from hub.mapping.parse.parser import parse_map_file
from hub.mapping.tables import parse_table
from hub.mapping.types.profiles import read_profiles

URL = "https://example.org/StructureDefinition/Clinic-Patient"
HEADINGS = "source_system,source_code,source_display,arrow,target_system,target_code,target_display,note\n"
TABLES = {"sex": parse_table("tables/sex.csv", HEADINGS + ",F,,<->,,female,,\n,O,,<->,,other,,\n")[0]}
XPN = "map xpn : v2 XPN <-> fhir HumanName\n  given XPN.2 <-> given[1]\n"
XTN = "map xtn : v2 XTN, TN <-> fhir ContactPoint\n  value XTN.1 <-> value\n"
CX = "map cx : v2 CX <-> fhir Identifier\n  value CX.1 <-> value\n"


def element(name: str, **more: Any) -> dict[str, Any]:
    return {"id": f"Patient.{name}", "path": f"Patient.{name}", **more}


def reported(rows: str, *elements: dict[str, Any], maps: str = "", contained: Any = ()) -> list[Diagnostic]:
    document = {"resourceType": "StructureDefinition", "url": URL, "type": "Patient", "contained": list(contained)}
    profiles, odd = read_profiles({"profiles/p.json": json.dumps({**document, "differential": {"element": list(elements)}})})
    assert odd == ()
    text = f'map person : v2 PID <-> fhir Patient profile "{URL}"\n' + "".join(f"  {row}\n" for row in rows.split("\n")) + maps
    file, unread = parse_map_file("t.map", text)
    assert not unread
    found = check([file], TABLES, REGISTRY, profiles)
    return [one for one in found if one.code.name not in {"M239", "M240"} and one.severity != "information"]


def found(rows: str, *elements: dict[str, Any], **more: Any) -> list[tuple[str, int, int]]:
    return [(one.code.name, one.span.line, one.span.column) for one in reported(rows, *elements, **more) if one.span]


BORN = "born PID-7 <-> birthDate or skip"


@pytest.mark.parametrize(
    ("rows", "of_profile", "expected"),
    [
        # how often
        (BORN, element("birthDate", min=1, max="1"), []),
        ("born PID-7 <-> birthDate", element("birthDate", min=1, max="1"), [("M204", 2, 8)]),
        ('born PID-7 <-> birthDate else 1900-01-01 because "x"'.replace("1900-01-01", '"1900-01-01"'), element("birthDate", min=1), []),
        (BORN, element("gender", min=1), [("M220", 1, 5)]),
        (BORN, element("gender", min=0), []),
        (BORN, element("contact.name", min=1), []),  # no contact, no name of one
        (BORN + '\nkin PID-6[first].2 <-> contact[1].name.text because "x"', element("contact.relationship", min=1), [("M220", 1, 5)]),
        ('mark PID-16[first].1 <-> maritalStatus.text because "x"', element("maritalStatus", max="0"), [("M333", 2, 28)]),
        ('kin PID-6[first].2 <-> contact[2].name.text because "x"', element("contact", max="1"), [("M333", 2, 26)]),
        ("kin PID-6.2 <-> contact[*].name.text", element("contact", max="1"), [("M212", 2, 7)]),
        ('kin PID-6[first].2 <-> contact[1].name.text because "x"', element("contact", max="1"), []),
        # types of a choice
        ("died PID-29 <-> deceasedDateTime", element("deceased[x]", type=[{"code": "boolean"}]), [("M333", 2, 19)]),
        ("died PID-29 <-> deceasedDateTime", element("deceased[x]", type=[{"code": "dateTime"}]), []),
        # fixed and pattern values
        ('sex "male" -> gender because "x"', element("gender", fixedCode="female"), [("M213", 2, 7)]),
        ('sex "female" -> gender because "x"', element("gender", fixedCode="female"), []),
        ('on "true" -> active because "x"', element("active", patternBoolean=False), [("M213", 2, 6)]),
        ('on "false" -> active because "x"', element("active", patternBoolean=False), []),
        (
            'mark "M" -> maritalStatus.coding[1].code because "x"',
            element("maritalStatus", patternCodeableConcept={"coding": [{"code": "S", "system": "x"}]}),
            [("M213", 2, 8)],
        ),
        ('mark "M" -> maritalStatus.text because "x"', element("maritalStatus", patternCodeableConcept={"coding": [{"code": "S"}]}), []),
        ('phone PID-13 <-> telecom[*]\nwork PID-14 -> telecom with use = work because "x"', element("telecom.use", fixedCode="home"), [("M213", 3, 37)]),
        # codes
        ('sex "other" -> gender because "x"', element("gender", binding={"strength": "required", "valueSet": "#sex"}), [("M213", 2, 7)]),
        ("sex PID-8.1 <-> gender table sex", element("gender", binding={"strength": "required", "valueSet": "#sex"}), [("M270", 2, 32)]),
        ("sex PID-8.1 <-> gender table sex", element("gender", binding={"strength": "preferred", "valueSet": "#sex"}), []),
        ('sex PID-8.1 <-> gender table sex else other because "x"', element("gender", binding={"strength": "required", "valueSet": "#sex"}), [("M270", 2, 32), ("M213", 2, 41)]),
        # must support
        (BORN, element("gender", mustSupport=True), [("M334", 1, 46)]),
        (BORN, element("birthDate", mustSupport=True), []),
        # extensions
        (
            'faith PID-17.1 <-> extension("https://example.org/faith").valueString',
            element("extension:faith", max="0", type=[{"code": "Extension", "profile": ["https://example.org/faith"]}]),
            [("M333", 2, 22)],
        ),
        (
            BORN,
            element("extension:faith", min=1, type=[{"code": "Extension", "profile": ["https://example.org/faith"]}]),
            [("M220", 1, 5)],
        ),
        (
            'faith PID-17.1 <-> extension("https://example.org/faith").valueString',
            element("extension:faith", min=1, type=[{"code": "Extension", "profile": ["https://example.org/faith"]}]),
            [],
        ),
    ],
)  # fmt: skip
def test_what_a_profile_tightens(rows: str, of_profile: dict[str, Any], expected: list[tuple[str, int, int]]) -> None:
    sex = {"resourceType": "ValueSet", "id": "sex", "compose": {"include": [{"system": "s", "concept": [{"code": "female"}]}]}}
    assert found(rows, of_profile, contained=[sex], maps=XPN + XTN) == expected
    assert found(rows, element("language"), maps=XPN + XTN) == [], "R4 alone allows it"


def test_the_profile_is_named_with_its_range() -> None:
    said = reported("born PID-7 <-> birthDate", element("birthDate", min=1))[0]
    assert said.detail == "HL7 lets it be absent, Patient.birthDate is 1..1 in Clinic-Patient"


def test_what_a_called_map_fills_is_filled() -> None:
    names = "names PID-5 <-> name[*]"
    assert found(names, element("name.given", min=1), maps=XPN) == []
    assert found(names, element("name.family", min=1), maps=XPN) == [("M220", 1, 5)]
    assert found(names, element("name.family", mustSupport=True), maps=XPN) == [("M334", 1, 46)]


def test_what_a_function_or_a_table_fills_is_not_known_and_not_asked() -> None:
    size = 'size PID-1 -> extension("https://example.org/size").valueQuantity by measured_number because "x"'
    assert found(size, element("extension.valueQuantity.unit", min=1)) == []
    assert found("mark PID-16.1 <-> maritalStatus.coding[*] table sex", element("maritalStatus.coding.code", min=1)) == []
    assert found('mark PID-16[first].1 <-> maritalStatus.coding[1].system because "x"', element("maritalStatus.coding.code", min=1)) == [
        ("M220", 1, 5)
    ]


def test_slices() -> None:
    whole = "numbers PID-3 <-> identifier[*]"
    one = 'number PID-3[first].1 <-> identifier:nhs.value because "x"'
    system = 'system "https://example.org/other" <-> identifier:nhs.system'
    nhs = (element("identifier:nhs", min=1), element("identifier:nhs.system", min=1, fixedUri="https://fhir.nhs.uk/Id/nhs-number"))
    assert found(whole, nhs[0], maps=CX) == [], "any of them may be it"
    assert found(BORN, nhs[0], maps=CX) == [("M220", 1, 5)]
    assert found(one, *nhs) == [("M220", 1, 5)], "the system is never filled"
    assert found(f"{one}\n{system}", *nhs) == [("M213", 3, 10)]
    assert found(f"{one}\n{system}".replace("example.org/other", "fhir.nhs.uk/Id/nhs-number"), *nhs) == []


def test_what_r4_needs_is_asked_once() -> None:
    text = 'map reading : v2 OBX <-> fhir Observation profile "https://example.org/o"\n  code OBX-3.1 <-> code.text\n'
    document = {"resourceType": "StructureDefinition", "url": "https://example.org/o", "type": "Observation"}
    elements = [{"id": "Observation.status", "path": "Observation.status", "min": 1, "max": "1", "mustSupport": True}]
    profiles, _ = read_profiles({"o.json": json.dumps({**document, "snapshot": {"element": elements}})})
    file, _ = parse_map_file("t.map", text)
    assert [one.code.name for one in check([file], {}, REGISTRY, profiles) if one.is_error] == ["M220"]


def test_what_every_caller_sets_is_filled() -> None:
    adt = "map adt : v2 ADT_A01 <-> fhir Bundle\n  patient PID <-> Patient by person as merge with active = true\n"
    assert found(BORN, element("active", min=1), maps=adt) == []
    assert found(BORN, element("active", min=1), maps=adt.replace(" with active = true", "")) == [("M220", 1, 5)]


def test_of_a_broken_row_nothing_is_said() -> None:
    assert found("born PID-70 <-> birthDate", element("birthDate", min=1)) == [("M201", 2, 8)]


def test_a_profile_is_part_of_the_map_set_and_of_its_digest() -> None:
    text = f'map person : v2 PID <-> fhir Patient profile "{URL}"\n  born PID-7 <-> birthDate\n'
    document = {"resourceType": "StructureDefinition", "url": URL, "type": "Patient", "differential": {"element": [element("gender")]}}
    without = load({"a.map": text}, {}, REGISTRY)
    plain = load({"a.map": text}, {"profiles/p.json": json.dumps(document)}, REGISTRY)
    other = load({"a.map": text}, {"profiles/p.json": json.dumps(document, indent=1)}, REGISTRY)
    assert len({without.digest, plain.digest, other.digest}) == 3
    assert (list(plain.profiles), plain.tables, plain.diagnostics) == ([URL], {}, ())
    assert load(plain.texts.maps, plain.texts.tables, REGISTRY).digest == plain.digest, "kept, and loaded again"
    spoilt = load({"a.map": text}, {"profiles/p.json": "{"}, REGISTRY)
    assert [one.code.name for one in spoilt.diagnostics] == ["M330"]
