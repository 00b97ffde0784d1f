"""A field that only a later version of HL7 has, sent in an earlier message: it is read as what it is there, never as a bare text."""

from hub.mapping.forward.read_v2 import type_in, type_read
from hub.mapping.syntax import V2Path
from tests.unit.mapping.message_kit import codes, convert, maps, message, resources

MAPS = """
map number : v2 CX <-> fhir Identifier
  value CX.1 <-> value
map visit : v2 PV1 <-> fhir Encounter
  episode PV1-54 <-> identifier[1]
map adt : v2 ADT_A01 <-> fhir Bundle
  drop MSH, EVN, PID because "not asked here"
  visit PV1 -> Encounter by visit key PV1-2 because "t"
"""


def test_it_is_read_with_its_later_type():
    found = convert(maps(MAPS), message("EVN||1", "PID|1", "PV1||I" + "|" * 52 + "PW1", event="ADT^A01"))
    assert codes(found) == []
    assert resources(found, "Encounter")[0]["identifier"] == [{"value": "PW1"}]


def test_nothing_is_written_where_the_version_has_no_field():
    path = V2Path(groups=(), segment="PV1", field=54, repetition=None, component=None, subcomponent=None, span=None)
    assert (type_in("2.4", path), type_read("2.4", path)) == (None, "CX")
    assert (type_in("2.8", path), type_read("2.8", path)) == ("CX", "CX")
