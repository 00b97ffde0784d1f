"""Exact write-back: what no row writes comes from the archived message, and only for what is unchanged."""

import pytest

from hub.codec.hl7v2 import parse_message
from hub.mapping.backward import filling, restoring, two_way
from hub.mapping.conversion import Produced
from hub.mapping.functions import REGISTRY
from hub.mapping.mapset import load
from hub.mapping.residue import MadeVersion, Residue, residue_of_resources, residue_of_versions
from hub.mapping.syntax import Mode
from hub.mapping.transaction_bundle import render_bundle, resources_of
from tests.unit.mapping.message_kit import ORU, PID, convert, maps, message

SEGMENTS = (
    "EVN|x",
    "PID|1|old|7~8^keep me||Moss^Ann|||M|||kept",
    "ZPA|1|anything",
    "NTE|1|of the person",
    "ORC|RE|A1",
    "OBR|1|P1|F1|U^words^L|||20260101|||who",
    "OBX|1|ST|a^one^L|4.1|first||||||F|||20260101|lab A",
    "NTE|1|L|remark",
    "OBX|2|ST|b||second||||||F|||20260101|lab B",
    "OBX|3|ST|c||never||||||X",
    "ORC|RE|A2",
    "OBR|2|P2|F2|U",
    "OBX|1|ST|c||third||||||F|||20260102|lab C",
    "NTE|1|L|other",
)


def there_and_back(*segments, change=None, texts=(PID, ORU), version="2.5.1", **more):
    received = message(*segments, version=version)
    loaded = maps(*texts)
    conversion = convert(loaded, received)
    resources = resources_of(render_bundle(conversion.produced))
    if change is not None:
        change(resources)
    residue = residue_of_resources(received, conversion.produced, resources)
    written = loaded.get("oru").backward(resources, params={}, version=version, residue=residue, **more)
    assert written.body is not None, written.diagnostics
    return written.body.decode().split("\r")[:-1], [(each.code.name, each.place) for each in written.diagnostics]


def find(resources, kind, at=0):
    return [each for each in resources if each["resourceType"] == kind][at]


def test_an_unchanged_message_comes_back_as_it_came():
    lines, reported = there_and_back(*SEGMENTS)
    assert lines == [line for line in message(*SEGMENTS).text.split("\r") if line]
    assert reported == []


def test_a_field_that_a_row_writes_comes_from_fhir():
    def change(resources):
        find(resources, "Observation", 1)["valueString"] = "mended"

    lines, reported = there_and_back(*SEGMENTS, change=change)
    assert "OBX|2|ST|b||mended||||||F|||20260101" in lines  # without `lab B`: the reading is not what the message made
    assert "OBX|1|ST|a^one^L|4.1|first||||||F|||20260101|lab A" in lines
    assert ("M492", "OBX[2]") in reported


def test_the_header_comes_back_only_while_all_is_unchanged():
    def change(resources):
        find(resources, "Observation")["status"] = "C"

    lines, _ = there_and_back(*SEGMENTS, change=change)
    assert lines[0] == "MSH|^~\\&|||||||ORU^R01^ORU_R01||P|2.5.1"
    assert "EVN|x" not in lines


def test_what_the_engine_hands_over_goes_before_the_archived_header():
    lines, _ = there_and_back(*SEGMENTS, givens={"control_id": "NEW", "written_at": "20270101"})
    assert lines[0] == "MSH|^~\\&|A|B|C|D|20270101||ORU^R01|NEW|P|2.5.1"


def test_the_order_of_the_resources_does_not_move_residue():
    lines, reported = there_and_back(*SEGMENTS, change=lambda resources: resources.reverse())
    assert lines == [line for line in message(*SEGMENTS).text.split("\r") if line]
    assert reported == []


def test_a_result_that_is_gone_takes_its_residue_with_it():
    def change(resources):
        gone = find(resources, "Observation")
        resources.remove(gone)
        report = find(resources, "DiagnosticReport")
        report["result"] = [each for each in report["result"] if gone["id"] not in each["reference"]]

    lines, _ = there_and_back(*SEGMENTS, change=change)
    assert [line for line in lines if "lab A" in line or "remark" in line] == []
    assert "OBX|1|ST|b||second||||||F|||20260101|lab B" in lines


def test_a_result_that_is_gone_does_not_come_back():
    lines, _ = there_and_back(*SEGMENTS, change=lambda resources: resources.remove(find(resources, "Observation")))
    assert [line for line in lines if "lab A" in line or "first" in line] == []
    assert "OBX|1|ST|b||second||||||F|||20260101|lab B" in lines


def test_a_new_result_has_no_residue():
    def change(resources):
        new = {**find(resources, "Observation"), "id": "new", "code": {"coding": [{"code": "n"}]}, "valueString": "new"}
        resources.append(new)
        find(resources, "DiagnosticReport")["result"].append({"reference": "Observation/new"})

    lines, _ = there_and_back(*SEGMENTS, change=change)
    (new,) = [line for line in lines if "|new|" in line]
    assert new == "OBX|3|ST|n||new||||||F|||20260101"
    assert [line for line in lines if line.startswith("OBX") and "lab" in line][:2] == [
        "OBX|1|ST|a^one^L|4.1|first||||||F|||20260101|lab A",
        "OBX|2|ST|b||second||||||F|||20260101|lab B",
    ]


def test_other_delimiters_and_another_character_set():
    raw = "MSH#*!\\@#A#B#C#D#20260101##ORU*R01#1#P#2.5.1######8859/1\rPID#1##7##M\xf6ss*x\\F\\y!z#\r"
    received = parse_message(raw.encode("latin-1"))
    loaded = maps(PID, ORU)
    conversion = convert(loaded, received)
    resources = resources_of(render_bundle(conversion.produced))
    written = loaded.get("oru").backward(
        resources, params={}, version="2.5.1", residue=residue_of_resources(received, conversion.produced, resources)
    )
    assert written.body == raw.encode("latin-1").replace(b"#\r", b"\r")


def test_a_letter_that_the_character_set_does_not_have():
    received = message("PID|1||7||Moss")
    loaded = maps(PID, ORU)
    conversion = convert(loaded, received)
    resources = resources_of(render_bundle(conversion.produced))
    residue = Residue(received, residue_of_resources(received, conversion.produced, resources).unchanged)
    find(resources, "Patient")["name"] = [{"family": "\U0001f600"}]
    written = loaded.get("oru").backward(resources, params={}, version="2.5.1", residue=residue)
    assert written.body is None or "\U0001f600".encode() in written.body


def test_a_message_of_another_version_gives_no_residue():
    received = message("PID|1|old|7||Moss")
    loaded = maps(PID, ORU)
    conversion = convert(loaded, received)
    resources = resources_of(render_bundle(conversion.produced))
    written = loaded.get("oru").backward(
        resources, params={}, version="2.4", residue=residue_of_resources(received, conversion.produced, resources)
    )
    assert [each.code.name for each in written.diagnostics] == ["M494"]
    assert b"old" not in written.body


ADT = """
map adt : v2 ADT_A01 <-> fhir Bundle
  patient PID <-> Patient by pid
  each AL1
    allergy AL1 <-> AllergyIntolerance by al1 with patient = patient
"""


def test_segments_of_which_rows_read_nothing_stay_in_their_order():
    received = message("PID|1||7", "AL1|1|||first", "AL1|2||x|second", "AL1|3|||third", event="ADT^A01")
    loaded = maps(PID, ADT)
    conversion = convert(loaded, received)
    resources = resources_of(render_bundle(conversion.produced))
    resources.reverse()
    residue = residue_of_resources(received, conversion.produced, resources)
    written = loaded.get("adt").backward(resources, params={}, version="2.5.1", residue=residue)
    assert written.body == received.raw
    resources.remove(find(resources, "AllergyIntolerance"))  # the third: now nobody can tell whose residue is whose
    residue = residue_of_resources(received, conversion.produced, resources)
    written = loaded.get("adt").backward(resources, params={}, version="2.5.1", residue=residue)
    assert b"first" not in written.body
    assert b"third" not in written.body


# --- read one way

ONE_WAY = """
map pid : v2 PID <-> fhir Patient
  number PID-3 <-> identifier[*]
  home   PID-13 <-> telecom[*]
  work   PID-14 -> telecom with use = work because "written back in PID-13"
  sex    PID-8 -> gender table sexes because "as sent"
  said   PID-8 <- gender because "so"
  town   PID-11[first].3 or PID-12 <-> maritalStatus.text
  faith  PID-17 <-> communication[1].preferred  else true because "so"
map xtn : v2 XTN <-> fhir ContactPoint
  number XTN.1 <-> value
map cx : v2 CX <-> fhir Identifier
  value CX.1 <-> value
"""
ONE_WAY_ORU = "map oru : v2 ORU_R01 <-> fhir Bundle\n  each PATIENT_RESULT\n    patient PATIENT.PID <-> Patient by pid\n"


@pytest.mark.parametrize(
    "pid",
    [
        "PID|||7||||||||||a|b",  # PID-14 is not written a second time, in PID-13
        "PID|||7||||||||||a^x~b^y|b^z",  # the parts that no row reads stay with their repetition
        "PID|||7|||||F",  # the code that was sent, not the one that goes back
        "PID|||7|||||||||here",  # the alternative that was read stays where it was
        "PID|||7^1^2",
    ],
)
def test_what_was_read_one_way_comes_from_the_message(pid):
    head = "source_system,source_code,source_display,arrow,target_system,target_code,target_display,note\n"
    loaded = load({"a.map": ONE_WAY, "b.map": ONE_WAY_ORU}, {"tables/sexes.csv": head + ",F,,<->,,female,,\n"}, REGISTRY)
    received = message(pid)
    conversion = convert(loaded, received)
    resources = resources_of(render_bundle(conversion.produced))
    residue = residue_of_resources(received, conversion.produced, resources)
    written = loaded.get("oru").backward(resources, params={}, version="2.5.1", residue=residue)
    assert written.body.decode().split("\r")[1] == pid


# --- whose residue it is


def made(url, rule, **elements):
    return Produced(url, {"resourceType": "Observation", **elements}, Mode.REPLACE, ("k",), rule)


def test_a_version_belongs_to_what_its_rule_made_of_the_message():
    received = message("PID|1")
    produced = [made("urn:uuid:1", "m.result", status="a"), made("urn:uuid:2", "m.result", status="b"), made("urn:uuid:3", "m.other")]
    versions = [
        MadeVersion("Observation/x", "m.result", {"resourceType": "Observation", "id": "x", "status": "b"}, is_current=True),
        MadeVersion("Observation/y", "m.result", {"resourceType": "Observation", "id": "y", "status": "a"}, is_current=False),
    ]
    residue = residue_of_versions(received, produced, versions)
    assert residue.unchanged == {"urn:uuid:2": "Observation/x"}
    assert residue.changed == {"urn:uuid:1": "Observation/y"}


def test_two_that_are_alike_are_neither():
    produced = [made("urn:uuid:1", "m.result", status="a"), made("urn:uuid:2", "m.result", status="a")]
    versions = [
        MadeVersion(f"Observation/{name}", "m.result", {"resourceType": "Observation", "status": "a"}, is_current=True) for name in "xy"
    ]
    assert residue_of_versions(message("PID|1"), produced, versions).unchanged == {}


# --- planted faults


def wrong_instance(monkeypatch):
    monkeypatch.setattr(restoring.Restoring, "_paired_groups", lambda _self, ours, theirs: zip(ours, reversed(theirs), strict=False))
    monkeypatch.setattr(restoring.Restoring, "_paired_of", lambda _self, _url, ours, theirs: zip(theirs, ours, strict=False))


def in_file_order(monkeypatch):
    monkeypatch.setattr(restoring.Restoring, "_paired_groups", lambda _self, ours, theirs: zip(ours, theirs, strict=False))


def written_fields_from_the_archive(monkeypatch):
    monkeypatch.setattr(
        filling, "_fill_unread", lambda run, fields, number, raw: fields.by_number.update({number: filling._split(run, raw)})
    )


def changed_or_not(monkeypatch):
    monkeypatch.setattr(restoring.Restoring, "_is_free", lambda _self, _segment: True)


def one_way_rows_kept(monkeypatch):
    monkeypatch.setattr(two_way, "_both_ways_row", lambda row: row)


@pytest.mark.parametrize(
    ("fault", "promise"),
    [
        (wrong_instance, test_an_unchanged_message_comes_back_as_it_came),
        (in_file_order, test_a_result_that_is_gone_takes_its_residue_with_it),
        (written_fields_from_the_archive, test_what_the_engine_hands_over_goes_before_the_archived_header),
        (changed_or_not, test_a_result_that_is_gone_does_not_come_back),
        (one_way_rows_kept, lambda: test_what_was_read_one_way_comes_from_the_message("PID|||7||||||||||a|b")),
    ],
)
def test_a_planted_fault_is_seen(fault, promise, monkeypatch):
    promise()
    fault(monkeypatch)
    with pytest.raises(AssertionError):
        promise()
