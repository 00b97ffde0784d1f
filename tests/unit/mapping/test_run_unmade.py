"""A trace also says why an element is missing: docs/decisions/0006, "Where a value is not"."""

import dataclasses

import pytest

from hub.mapping.conversion import Reason
from hub.mapping.forward import taking, unmade
from hub.mapping.functions import REGISTRY
from hub.mapping.mapset import load
from tests.unit.mapping.message_kit import ORU, PID, convert, maps, message
from tests.unit.mapping.part_kit import HEAD

EXPLAINED = """
map oru : v2 ORU_R01 <-> fhir Bundle
  drop MSH because "the envelope"
  each PATIENT_RESULT
    patient PATIENT.PID <-> Patient by p as identify
    each ORDER_OBSERVATION
      sent OBR-25 <- DiagnosticReport.status because "t"
      each OBSERVATION
        result OBX <-> Observation by o key OBX-4 when OBX-11 not in (X, "\\"\\"")
        note NTE <-> result.note[*] by nte
"""
SEGMENTS = """
map p : v2 PID <-> fhir Patient
  names PID-5 <-> name[*]
  sex PID-8 <-> gender or skip table sex
  born PID-7 <-> birthDate or skip
  old PID-2 <-> identifier:old
  old_is "OLD" <-> identifier:old.type.text
map o : v2 OBX <-> fhir Observation
  given time : TS
  let kind = OBX-2
  code OBX-3 <-> code
  value OBX-5[first] <-> valueString when $kind = ST, OBX-5 present
  number OBX-5 -> valueInteger when OBX-5 = 7 because "t"
  time OBX-14 or $time <-> effectiveDateTime
  other OBX-15 <-> comment unless OBX-11 = F, OBX-2 = ST
  back OBX-8 <- status because "t"
"""


def explained(*segments, texts=(), **more):
    files = {f"{number}.map": text for number, text in enumerate((PID, SEGMENTS, EXPLAINED, *texts))}
    loaded = load(files, {"tables/sex.csv": HEAD + ",F,,<->,,female,,\n"}, REGISTRY)
    return convert(loaded, message(*segments), trace=True, **more)


def why(found, rule):
    return [(each.reason, each.detail, each.place, each.target) for each in found.unmade if each.rule == rule]


USUAL = ("PID|||1||Moss^Ada||x|Q", "OBR|1", "OBX|1|NM|a|1|5||||||F", "OBX|2|ST|b|2|y||||||X")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("p.sex", [(Reason.NOT_IN_TABLE, "sex", "PID", "Patient[1].gender")]),
        ("p.born", [(Reason.UNREADABLE, "not in the form YYYYMMDDHHMMSS.SSSS+ZZZZ", "PID", "Patient[1].birthDate")]),
        ("p.old", [(Reason.EMPTY, "PID-2", "PID", "Patient[1].identifier:old")]),
        ("p.old_is", [(Reason.ALONE, "OLD", "PID", "Patient[1].identifier:old.type.text")]),
        ("p.names", []),
        ("o.value", [(Reason.GUARD, "$kind = ST", "OBX", "Observation[1].valueString")]),
        ("o.number", [(Reason.GUARD, "OBX-5 = 7", "OBX", "Observation[1].valueInteger")]),
        ("o.time", [(Reason.EMPTY, "OBX-14 or $time", "OBX", "Observation[1].effectiveDateTime")]),
        ("o.back", [(Reason.OTHER_WAY, "<-", "OBX", "Observation[1].status")]),
        ("o.other", [(Reason.EMPTY, "OBX-15", "OBX", "Observation[1].comment")]),
        ("oru.result", [(Reason.GUARD, 'OBX-11 not in (X, "\\"\\"")', "OBX[2]", "Observation")]),
        ("oru.note", [(Reason.EMPTY, "NTE", "OBX", "Observation.note[*]"), (Reason.EMPTY, "NTE", "OBX[2]", "Observation.note[*]")]),
        ("oru.sent", [(Reason.OTHER_WAY, "<-", "OBR", "DiagnosticReport.status")]),
    ],
)
def test_the_reason_of_each_row_that_made_nothing(rule, expected):
    assert why(explained(*USUAL), rule) == expected


def test_a_group_that_is_not_there():
    found = explained("PID|||1", "OBR|1")
    assert why(found, "oru.result") == [(Reason.NO_INSTANCE, "OBSERVATION", "OBR", "Observation")]


def test_unless_is_told_as_it_stands():
    found = explained("PID|||1", "OBR|1", "OBX|1|ST|a||5||||||F||||z")
    assert why(found, "o.other")[0][:2] == (Reason.GUARD, "unless OBX-11 = F, OBX-2 = ST")


def test_a_map_that_is_called_stands_below_its_row():
    found = explained("PID|||1||Moss", "OBR|1")
    assert why(found, "xpn.family") == []
    found = explained("PID|||1||^Ada", "OBR|1")
    assert why(found, "xpn.family") == [(Reason.EMPTY, "XPN.1.1", "PID-5", "Patient[1].name[*].family")]


def test_each_knows_its_resource():
    found = explained(*USUAL)
    urls = {each.resource["resourceType"]: each.full_url for each in found.produced}
    made_by = {each.rule: each.made_by for each in found.unmade}
    assert made_by["p.sex"] == urls["Patient"]
    assert made_by["o.time"] == urls["Observation"]
    assert made_by["oru.result"] is None


def test_no_value_of_the_message_is_told():
    found = explained("PID|||SECRET1||SECRET2||SECRET3|SECRET4", "OBR|1", "OBX|1|NM|SECRET5|1|SECRET6||||||F")
    told = " ".join(str(value) for each in found.unmade for value in dataclasses.astuple(each))
    assert found.unmade
    assert "SECRET" not in told


def test_without_a_trace_nothing_is_written_down():
    assert convert(maps(PID, ORU), message("PID|||1", "OBR|1")).unmade == ()


def unread_forgotten(patch):
    real = taking.Taking._refuse

    def refuse(self, run, error, place):
        real(self, run, error, place)
        run.unread = None

    patch.setattr(taking.Taking, "_refuse", refuse)


def guards_not_asked(patch):
    patch.setattr(unmade.Why, "record_guard", lambda self, run, frame: False)


FAULTS = [
    (unread_forgotten, "p.sex", [(Reason.NOT_IN_TABLE, "sex", "PID", "Patient[1].gender")]),
    (guards_not_asked, "o.value", [(Reason.GUARD, "$kind = ST", "OBX", "Observation[1].valueString")]),
]


@pytest.mark.parametrize(("plant", "rule", "expected"), FAULTS)
def test_planted_faults_are_seen(plant, rule, expected, monkeypatch):
    plant(monkeypatch)
    with pytest.raises(AssertionError):
        test_the_reason_of_each_row_that_made_nothing(rule, expected)
