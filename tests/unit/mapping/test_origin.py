"""Where a value came from, and why one is not there: row by row, for the resource that is meant."""

import pytest

from hub.codec.hl7v2 import parse_message
from hub.mapping.conversion import Reason
from hub.mapping.functions import REGISTRY
from hub.mapping.mapset import load
from hub.mapping.origin import convert_with_trace, find_origin, find_produced
from tests.unit.mapping.survey_kit import MAP, OBR, body

TEXT = (
    MAP.replace(
        "result OBX <-> Observation by obx giving time",
        "result OBX <-> Observation by obx with subject = patient in report.result giving time",
    )
    + """
map spare : v2 NTE <-> fhir Observation
  note NTE-3[first] <-> note[1].text
"""
)
PID = "PID|1||5^^^&1.2.3||Ramsbottom|||F"
TWO = (PID, OBR, "OBX|1|ST|T^Text||calm||||||F|||20260101", "OBX|2|CWE|U||A^Alpha||||||F")


@pytest.fixture(scope="module")
def maps():
    return load({"oru.map": TEXT}, {}, REGISTRY)


def convert(maps, *segments):
    return convert_with_trace(maps, parse_message(body(*segments)))


def made(maps, path, *segments, **more):
    origin = find_origin(maps, convert(maps, *(segments or TWO)), path, **more)
    return [(step.target, step.source, step.rule) for step in origin.steps]


def reasons(maps, path, *segments):
    origin = find_origin(maps, convert(maps, *(segments or TWO)), path)
    return [(each.rule, each.reason, each.detail, each.place) for each in origin.unmade]


def test_a_value_has_its_field_its_bytes_and_its_rule(maps):
    conversion = convert(maps, *TWO)
    (step,) = find_origin(maps, conversion, "Patient.gender").steps
    assert (step.target, step.source, step.rule, step.file) == ("Patient[1].gender", "PID-8", "pid.sex", "oru.map")
    assert body(*TWO)[step.start : step.end] == b"F"
    assert TEXT.split("\n")[step.line - 1].split()[0] == "sex"


def test_a_number_says_which_resource_is_meant(maps):
    assert made(maps, "Observation[1].valueString") == [("Observation[1].valueString", "OBX-5", "obx.text")]
    assert made(maps, "Observation[2].valueString") == []
    assert [rule for _, _, rule in made(maps, "Observation.status")] == ["obx.status", "obx.status"]
    assert made(maps, "Observation[2].status") == [("Observation[2].status", "OBX[2]-11", "obx.status")]
    assert made(maps, "Observation[3].status") == []


def test_why_it_is_not_there_is_told_of_the_resource_that_has_it_not(maps):
    assert reasons(maps, "Observation.valueString") == [("obx.text", Reason.GUARD, "$kind in (ST, TX)", "OBX[2]")]
    assert reasons(maps, "Observation[1].valueString") == []
    assert reasons(maps, "Observation[1].valueCodeableConcept")[0][:2] == ("obx.coded", Reason.GUARD)
    assert reasons(maps, "Patient.gender", "PID|1||5") == [("pid.sex", Reason.EMPTY, "PID-8", "PID")]


def test_a_row_that_would_have_made_the_whole_is_asked_too(maps):
    assert ("pid.name", Reason.EMPTY, "PID-5[first]", "PID") in reasons(maps, "Patient.name.family", "PID|1||5")
    refused = reasons(maps, "Observation.status", PID, OBR, "OBX|1|ST|T||calm||||||X")
    assert refused[0][:2] == ("oru.result", Reason.GUARD)


def test_rows_that_nothing_called_are_told_apart(maps):
    origin = find_origin(maps, convert(maps, *TWO), "Observation.note")
    assert [rule for rule, _ in origin.unreached] == ["spare.note"]
    assert (origin.steps, origin.unmade) == ((), ())


def test_what_the_message_map_sets_itself_is_found_at_its_clause(maps):
    for path, rule, word in (
        ("Observation[2].subject", "oru.result", "subject"),
        ("DiagnosticReport.result", "oru.result", "report.result"),
        ("DiagnosticReport.subject", "oru.report", "subject"),
    ):
        (step,) = find_origin(maps, convert(maps, *TWO), path).steps
        assert (step.source, step.rule) == ("(the map)", rule)
        assert word in TEXT.split("\n")[step.line - 1]


def test_what_no_row_speaks_of_is_known_to_be_so(maps):
    assert not find_origin(maps, convert(maps, *TWO), "Observation.nonsense").is_known
    assert find_origin(maps, convert(maps, *TWO), "Patient.gender").is_known


def test_of_the_resources_of_one_rule_the_one_with_this_content(maps):
    conversion = convert(maps, *TWO)
    second = conversion.produced[-1]
    stored = {**second.resource, "id": "x", "meta": {"versionId": "1"}, "subject": {"reference": "Patient/p"}}
    found = find_produced(conversion, "Observation", "oru.result", stored)
    assert found is second
    assert made(maps, "Observation.status", made_by=found.full_url) == [("Observation[2].status", "OBX[2]-11", "obx.status")]
    assert find_produced(conversion, "Encounter", None, {"resourceType": "Encounter"}) is None


def test_no_value_stands_in_an_origin(maps):
    origin = find_origin(maps, convert(maps, "PID|1||SECRET||SECRET^SECRET|||SECRET", OBR), "Patient.name")
    assert "SECRET" not in repr(origin)
