"""Every declared version from 2.1 to 2.8.2 is asked: what fails in one of them is said of that one, and old versions make no nonsense."""

from __future__ import annotations

import pytest

from hub.codec.hl7v2 import dictionary
from hub.core.diagnostics import Diagnostic
from hub.mapping.check.check import check
from hub.mapping.functions import REGISTRY
from hub.mapping.parse.parser import parse_map_file

PERSON = """\
map person : v2 PID <-> fhir Patient
  versions {}
  number  PID-3.1   <-> identifier[*].value
  name    PID-5.2   <-> name[*].given[1]
  born    PID-7     <-> birthDate
  street  PID-11.2  <-> address[*].line[1]
  drop PID-1, PID-2, PID-4 because "not asked for"
"""
REPORT = """\
map oru : v2 ORU_R01 <-> fhir Bundle
  versions {}
  drop MSH because "the envelope"
  each PATIENT_RESULT
    patient PATIENT.PID <-> Patient   by person   as identify
    visit   PATIENT.VISIT.PV1 -> Encounter   by visit   key PATIENT.VISIT.PV1-19   because "told elsewhere"
    each ORDER_OBSERVATION
      report OBR <-> DiagnosticReport   by report   with subject = patient   key OBR-4.1
      each OBSERVATION
        result OBX <-> Observation   by result   with subject = patient   in report.result   key OBR-4.1, OBX-3.1

map visit : v2 PV1 -> fhir Encounter
  versions {}
  status "finished" -> status
  class  "IMP"      -> class.code

map report : v2 OBR <-> fhir DiagnosticReport
  versions {}
  code   OBR-4.1 <-> code.text   or refuse
  status "final" <-> status

map result : v2 OBX <-> fhir Observation
  versions {}
  code   OBX-3.1 <-> code.text
  status OBX-11  <-> status   or refuse
  number OBX-5   <-> valueString
"""


def report(text: str) -> list[Diagnostic]:
    file, unread = parse_map_file("t.map", text)
    assert not unread
    return [one for one in check([file], {}, REGISTRY) if one.code.name != "M240"]


@pytest.mark.parametrize("versions", [*(f"{version}..{version}" for version in dictionary.VERSIONS), "2.1..2.8", "2.1..2.8.2", "2.2..2.3"])
def test_maps_that_are_right_in_every_version(versions: str) -> None:
    text = (PERSON + REPORT).replace("{}", versions)
    assert [(one.code.name, one.detail) for one in report(text)] == []


@pytest.mark.parametrize(
    ("row", "code", "says"),
    [
        ("died PID-29 <-> deceasedDateTime", "M208", "PID-29 does not exist in 2.1, 2.2: there the row never fires"),
        ("kind PID-35.1 <-> language", "M208", "PID-35.1 does not exist in 2.1, 2.2, 2.3, 2.3.1: there the row never fires"),
        ("names PID-5 <-> name[*]", "M210", "PID-5 Patient Name (XPN) into Patient.name (HumanName)"),
        ('names PID-5[first] <-> name[1] by xpn because "one"', "M230", "no map and no function is called `xpn`"),
        ("tongue PID-15 <-> language", "M210", "PID-15 Primary Language (CWE) into Resource.language (code) in 2.3, 2.3.1, 2.4, 2.5, 2.5.1, 2.6, 2.7, 2.8"),
        ('again PID-14[first].1 <-> language because "one"', None, ""),
        ("never PID-70 <-> language", "M201", "PID-70: PID has 39 fields"),
    ],
)  # fmt: skip
def test_what_fails_in_some_versions_names_them(row: str, code: str | None, says: str) -> None:
    text = PERSON.format("2.1..2.8") + f"  {row}\n"
    found = [
        (one.code.name, one.detail, one.span.line)
        for one in report(text)
        if (one.span and one.code.name != "M208") or one.code.name == code
    ]
    assert found == ([] if code is None else [(code, says, 8)])


def test_a_field_of_a_later_version_is_told_from_a_slip() -> None:
    old = report(PERSON.format("2.1..2.3") + "  asked PID-33 <-> meta.lastUpdated\n")
    assert [(one.code.name, one.fix) for one in old] == [("M201", "HL7 has it from 2.4 on: `versions` says which are served")]
    assert report(PERSON.format("2.1..2.3") + "  asked PID-330 <-> meta.lastUpdated\n")[0].fix != old[0].fix


def test_a_segment_of_a_later_version() -> None:
    text = REPORT.replace("{}", "2.1..2.2").replace("  drop MSH because", "  drop MSH, SFT because") + PERSON.replace("{}", "2.1..2.2")
    assert [(one.code.name, one.detail) for one in report(text)] == [("M200", "SFT: ORU_R01 has no SFT here")]


def test_versions_without_tables_judge_no_codes() -> None:
    row = "  text OBX-5 <-> valueString when OBX-2 = STR\n"
    reading = (
        "map reading : v2 OBX <-> fhir Observation\n  versions {}\n  code OBX-3.1 <-> code.text\n  status OBX-11 <-> status or refuse\n"
    )
    assert [one.code.name for one in report(reading.format("2.1..2.3") + row)] == []
    assert [one.code.name for one in report(reading.format("2.1..2.4") + row)] == ["M254"]


def test_a_name_of_a_person_in_its_earlier_type() -> None:
    """CN of 2.1 is XCN with fewer components."""
    text = (
        "map obr : v2 OBR <-> fhir DiagnosticReport\n  versions 2.1..2.8\n  code OBR-4.1 <-> code.text or refuse\n"
        '  status "final" <-> status\n  who OBR-16[first] <-> resultsInterpreter[1] by xcn because "the first"\n'
        "map xcn : v2 XCN <-> fhir Reference\n  family XCN.1 <-> display\n"
    )
    assert report(text) == []


def test_versions_in_the_wrong_order_or_unknown_are_refused_when_read() -> None:
    for versions in ("2.8..2.1", "2.0..2.8", "2.1..2.9"):
        assert [one.code.name for one in parse_map_file("t.map", PERSON.format(versions))[1]] == ["M021"]
