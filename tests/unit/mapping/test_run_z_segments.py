"""Declared Z-segments at work: read with their types, in the group in which they stand. docs/decisions/0006, "Sites"."""

import pytest

from hub.mapping.forward import reach, read_v2
from tests.unit.mapping.message_kit import ORU, PID, codes, convert, maps, message, resources

DECLARED = """
segment ZPI "Airedale patient extras"
  1 ID      "Care plan held"
  2 CWE[*]  "Alerts"
  3 XPN[*]  "Known as"
  4 DT      "Reviewed"
"""
SEGMENT = """
map zpi : v2 ZPI <-> fhir Patient
  held   ZPI-1 <-> active
  known  ZPI-3 <-> name[*]
  since  ZPI-4 <-> birthDate
  alerts ZPI-2 <-> communication[*].language
"""
MESSAGE = """
map adt : v2 ADT_A01 <-> fhir Bundle
  drop MSH, EVN, PV1 because "not asked here"
  patient PID <-> Patient by pid as identify
  extra ZPI <-> patient by zpi
  doctor ZPI-3[*] -> Practitioner by known key ZPI-3.2 when ZPI-3.2 present because "t"
map known : v2 XPN <-> fhir Practitioner
  family XPN.1.1 <-> name[1].family
"""


def test_its_fields_are_read_with_their_types():
    found = convert(maps(PID, DECLARED + SEGMENT + MESSAGE), message("EVN||1", "PID|||1", "ZPI|Y|a~b|Moss~Ash^x|19310807", event="ADT^A01"))
    assert codes(found) == []
    assert resources(found, "Patient") == [
        {
            "resourceType": "Patient",
            "identifier": [{"value": "1"}],
            "active": True,
            "name": [{"family": "Moss"}, {"family": "Ash"}],
            "birthDate": "1931-08-07",
            "communication": [{"language": {"coding": [{"code": "a"}]}}, {"language": {"coding": [{"code": "b"}]}}],
        }
    ]
    assert [each.key for each in found.produced[1:]] == [("x",)]


def test_of_several_each_is_read():
    rows = MESSAGE.replace("extra ZPI <-> patient by zpi", "extra ZPI <-> Patient by zpi key ZPI-1")
    found = convert(maps(PID, DECLARED + SEGMENT + rows), message("EVN||1", "PID|||1", "ZPI|Y", "ZPI|N", event="ADT^A01"))
    assert [each.resource["active"] for each in found.produced if each.rule == "adt.extra"] == [True, False]


def test_it_is_looked_for_in_its_own_group():
    rows = ORU.replace("      each OBS", '      again ZPI-1 -> report.status because "t"\n      each OBS')
    rows = rows.replace("    each ORDER_OBS", '    held PATIENT.ZPI-1 -> patient.gender because "t"\n    each ORDER_OBS')
    found = convert(maps(PID, DECLARED, rows), message("PID|||1", "ZPI|P", "OBR|1||F1", "ZPI|Q", "OBR|2||F2"))
    assert codes(found) == []
    assert resources(found, "Patient")[0]["gender"] == "P"
    assert [each.get("status") for each in resources(found, "DiagnosticReport")] == ["Q", None]


def test_what_nobody_reads_of_it_is_told():
    rows = MESSAGE.replace("  extra ZPI <-> patient by zpi\n", "")
    found = convert(maps(PID, DECLARED + rows), message("EVN||1", "PID|||1", "ZPI|Y||Moss^x", event="ADT^A01"))
    assert [place for _, place in codes(found)] == ["ZPI-1"]


def test_planted_fault_is_seen(monkeypatch):
    """Undeclared, the fields have no types: nothing finds the maps for them."""
    monkeypatch.setattr(reach, "type_read", lambda version, path, _local: read_v2.type_read(version, path))
    with pytest.raises(AssertionError):
        test_its_fields_are_read_with_their_types()
