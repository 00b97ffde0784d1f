"""Message maps on the way back: resources to a message."""

import pytest

from hub.mapping.functions import REGISTRY
from hub.mapping.mapset import load
from hub.mapping.registry import Function
from tests.unit.mapping.message_kit import ORU, PID, convert, maps, message


def back(loaded, name, found, **more):
    return loaded.get(name).backward(found, params=more.pop("params", {}), givens={"control_id": "9", "written_at": "20260101"}, **more)


def bundle():
    patient = {"resourceType": "Patient", "id": "p", "identifier": [{"value": "1"}]}
    results = [
        {
            "resourceType": "Observation",
            "id": name,
            "code": {"coding": [{"code": name}]},
            "status": "F",
            "subject": {"reference": "Patient/p"},
            "valueString": name,
        }
        for name in ("a", "b", "c")
    ]
    results[1]["note"] = [{"text": "r1"}, {"text": "r2"}]
    reports = [
        {
            "resourceType": "DiagnosticReport",
            "id": "r",
            "identifier": [{"value": "F1"}],
            "subject": {"reference": "Patient/p"},
            "result": [{"reference": "Observation/a"}, {"reference": "Observation/b"}],
        },
        {
            "resourceType": "DiagnosticReport",
            "id": "s",
            "identifier": [{"value": "F2"}],
            "subject": {"reference": "Patient/p"},
            "result": [{"reference": "Observation/c"}],
        },
    ]
    return [*results, *reports, patient]


@pytest.mark.parametrize("version", ["2.3", "2.4", "2.5.1", "2.8"])
def test_resources_go_into_the_groups_they_belong_to(version):
    written = back(maps(PID, ORU), "oru", bundle(), version=version)
    assert written.diagnostics == ()
    lines = written.body.decode().split("\r")
    event = "ORU^R01" if version == "2.3" else "ORU^R01^ORU_R01"  # the structure has a place from 2.3.1 on
    assert lines[0] == f"MSH|^~\\&|||||20260101||{event}|9|P|{version}"
    assert lines[1:] == [
        "PID|1||1", "OBR|1||F1", "OBX|1|ST|a||a||||||F", "OBX|2|ST|b||b||||||F", "NTE|1||r1", "NTE|2||r2", "OBR|2||F2", "OBX|1|ST|c||c||||||F", "",
    ]  # fmt: skip


def test_there_and_back():
    received = message("PID|1||1||Moss", "OBR|1||F1|U", "OBX|1|ST|a||one||||||F|||20260101", "NTE|1||remark")
    loaded = maps(PID, ORU)
    conversion = convert(loaded, received)
    given = [{**each.resource, "id": each.full_url.removeprefix("urn:uuid:")} for each in conversion.produced]
    written = back(loaded, "oru", given, version="2.5.1")
    assert written.body.split(b"\r")[1:] == received.raw.split(b"\r")[1:]


MDM = """
map mdm : v2 MDM_T02 <- fhir Bundle
  param place : ST
  given control_id : ST
  app     MSH-3    <- $place
  type    MSH-9    <- "MDM^T02^MDM_T02"
  control MSH-10   <- $control_id
  patient PID      <- Patient by pid
  doc     TXA-12.1 <- CarePlan.id
  title   OBSERVATION.OBX-3.2 <- CarePlan.title
  kind    OBSERVATION.OBX-2 <- "ED"
  data    OBSERVATION.OBX-5.5 <- count(Bundle)
"""


@pytest.mark.parametrize(("version", "obx"), [("2.3", "OBX|1|ED|^P&x"), ("2.4", "OBX|1|ED|^P&x"), ("2.5.1", "OBX|1|ED|^P&x")])
def test_a_document_in_the_order_of_its_structure(version, obx):
    count = Function("count", "", ("Bundle",), "string", lambda found: str(len(found["entry"])), None, ())
    loaded = load({"a.map": PID, "b.map": MDM}, {}, {**REGISTRY, "count": count})
    found = [{"resourceType": "CarePlan", "id": "c1", "title": "P&x"}, {"resourceType": "Patient", "identifier": [{"value": "1"}]}]
    written = loaded.get("mdm").backward(found, params={"place": "HERE"}, givens={"control_id": "7"}, version=version)
    assert written.diagnostics == ()
    event = "MDM^T02" if version == "2.3" else "MDM^T02^MDM_T02"
    assert written.body.decode().split("\r") == [
        f"MSH|^~\\&|HERE||||||{event}|7|P|{version}", "PID|1||1", "TXA|1|||||||||||c1", obx.replace("&", "\\T\\") + "||^^^^2", "",
    ]  # fmt: skip


def test_what_cannot_be_written_refuses_the_message():
    written = back(
        maps(PID, ORU),
        "oru",
        [{**each, "effectiveDateTime": "soon"} if each["resourceType"] == "Observation" else each for each in bundle()],
    )
    assert written.refused
    assert {each.code.name for each in written.diagnostics} == {"M450"}


def test_a_map_for_reading_does_not_write():
    loaded = maps(PID, ORU.replace("<-> fhir Bundle", "-> fhir Bundle"))
    assert [each.code.name for each in back(loaded, "oru", bundle()).diagnostics] == ["M460"]


def test_a_structure_that_the_version_does_not_have():
    loaded = maps(PID, MDM.replace("count(Bundle)", '"x"'))
    assert [each.code.name for each in back(loaded, "mdm", [], version="2.2").diagnostics] == ["M462"]
