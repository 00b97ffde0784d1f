"""Z-segments in messages: each belongs to the group in which it stands, and is written back where it is read again."""

from __future__ import annotations

import pytest

from hub.codec.hl7v2 import parse_message
from hub.core.json import Resource
from hub.mapping.check.check import check
from hub.mapping.conversion import Conversion
from hub.mapping.mapset import MapSet, load

MAPS = """segment ZPI "Of the patient"
  1 ID "Plan held"

segment ZOB "Of the observation"
  1 SI "Set id"
  2 ST "Note"

map pid : v2 PID <-> fhir Patient
  numbers PID-3.1 <-> identifier[*].value

map obx : v2 OBX <-> fhir Observation
  given plan : ID
  set    "final" -> status because "always"
  code   OBX-3.1 <-> code.text
  plan   $plan -> valueBoolean because "of the patient"

map zpi : v2 ZPI <-> fhir Patient
  plan ZPI-1 <-> active

map zob : v2 ZOB <-> fhir Observation
  note ZOB-2 <-> note[1].text
  drop ZOB-1 because "the position"

map oru : v2 ORU_R01 <-> fhir Bundle
  drop MSH because "the envelope"
  each PATIENT_RESULT
    patient PATIENT.PID <-> Patient by pid
    extras ZPI <-> patient by zpi
    each ORDER_OBSERVATION
      drop OBR because "not here"
      each OBSERVATION
        result OBX <-> Observation by obx with subject = patient giving plan = PATIENT.ZPI-1 key OBX-3.1
        more ZOB <-> result by zob
"""
HEADER = "MSH|^~\\&|A|B|C|D|20260101||ORU^R01^ORU_R01|1|P|"


def message(version: str, *segments: str) -> bytes:
    return "\r".join([HEADER + version, *segments, ""]).encode()


@pytest.fixture(scope="module")
def maps() -> MapSet:
    loaded = load({"local/maps.map": MAPS}, {}, {})
    found = [*loaded.diagnostics, *check(loaded.files, loaded.tables, {})]
    assert [each.detail for each in found if each.is_error] == []
    return loaded


def converted(maps: MapSet, body: bytes) -> Conversion:
    parsed = parse_message(body)
    conversion = maps.maps["oru"].forward(parsed, params={})
    assert not conversion.refused
    return conversion


def made(conversion: Conversion, kind: str) -> list[Resource]:
    return [each.resource for each in conversion.produced if each.resource["resourceType"] == kind]


def unread(conversion: Conversion) -> list[tuple[str, str | None]]:
    return [(each.code.name, each.place) for each in conversion.diagnostics if each.place and each.place.startswith("Z")]


VERSIONS = pytest.mark.parametrize("version", ["2.3", "2.4", "2.5.1", "2.8"])


@VERSIONS
@pytest.mark.parametrize("before_visit", [True, False])
def test_each_patient_has_the_one_of_its_own_group(maps: MapSet, version: str, before_visit: bool) -> None:
    extras, visit = ["ZPI|Y"], ["PV1|1|I"]
    first = [*extras, *visit] if before_visit else [*visit, *extras]
    body = message(version, "PID|1||1", *first, "OBR|1", "OBX|1|NM|a", "PID|2||2", "PV1|1|I", "OBR|1", "OBX|1|NM|b", "OBX|2|NM|c")
    conversion = converted(maps, body)
    assert [(each["identifier"][0]["value"], each.get("active")) for each in made(conversion, "Patient")] == [("1", True), ("2", None)]
    assert [(each["code"]["text"], each.get("valueBoolean")) for each in made(conversion, "Observation")] == [
        ("a", True),
        ("b", None),
        ("c", None),
    ]
    assert unread(conversion) == []


@VERSIONS
def test_an_observation_borrows_none_of_its_neighbours(maps: MapSet, version: str) -> None:
    body = message(version, "PID|1||1", "OBR|1", "OBX|1|NM|a", "ZOB|1|of a", "OBX|2|NM|b", "OBX|3|NM|c", "NTE|1||x", "ZOB|1|of c")
    found = made(converted(maps, body), "Observation")
    assert [each.get("note", [{}])[0].get("text") for each in found] == ["of a", None, "of c"]


def test_one_that_stands_where_no_row_reads_it_is_reported(maps: MapSet) -> None:
    body = message("2.5.1", "PID|1||1", "ZOB|1|of nobody", "OBR|1", "OBX|1|NM|a", "ZQQ|1")
    conversion = converted(maps, body)
    assert "note" not in made(conversion, "Observation")[0]
    assert unread(conversion) == [("M415", "ZOB"), ("M415", "ZQQ")]


@VERSIONS
def test_what_is_written_back_is_read_again_the_same(maps: MapSet, version: str) -> None:
    body = message(
        version,
        "PID|1||1",
        "PV1|1|I",
        "ZPI|Y",
        "OBR|1",
        "OBX|1|NM|a",
        "ZOB|1|of a",
        "OBX|2|NM|b",
        "PID|2||2",
        "ZPI|N",
        "OBR|1",
        "OBX|1|NM|c",
    )
    first = converted(maps, body)
    resources = [{**each.resource, "id": each.full_url.removeprefix("urn:uuid:")} for each in first.produced]
    written = maps.maps["oru"].backward(resources, params={}, version=version)
    assert written.body is not None
    lines = [line.split("|")[0] for line in written.body.decode().split("\r")]
    assert lines.index("ZPI") < lines.index("OBX")
    again = converted(maps, written.body)
    for kind in ("Patient", "Observation"):
        assert [{**each, "subject": None} for each in made(again, kind)] == [{**each, "subject": None} for each in made(first, kind)]
    assert unread(again) == []
