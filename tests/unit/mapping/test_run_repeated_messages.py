"""What is remembered from one message to the next: where segments go, which map serves. The next message is read for itself."""

import pytest

from hub.mapping.forward import coverage
from hub.mapping.run import serving
from tests.unit.mapping.message_kit import ORU, PID, codes, convert, maps, message

TWO = """
map first : v2 ADT_A01 <-> fhir Bundle
  when MSH-21.1 = ONE, MSH-5 in (C, D)
  drop MSH, EVN, PID, PV1 because "t"
map other : v2 ADT_A01 <-> fhir Bundle
  drop MSH, EVN, PID, PV1 because "t"
"""


def test_a_field_that_nobody_reads_is_told_in_the_second_message_too():
    loaded = maps(PID, ORU)
    plain = ("PID|||1", "OBR|1||F1", "OBX|1|ST|a||x||||||F")
    assert codes(convert(loaded, message(*plain))) == []
    assert codes(convert(loaded, message(*plain[:2], plain[2] + "|||||y"))) == [("M414", "OBX-16")]
    assert codes(convert(loaded, message(*plain))) == []


def test_a_segment_that_nobody_reads_is_told_each_time():
    loaded = maps(PID, ORU)
    for _ in range(2):
        assert [name for name, _ in codes(convert(loaded, message("PID|||1", "OBR|1||F1", "ZXX|1")))] == ["M415"]


@pytest.mark.parametrize("profile", ["ONE", "TWO", "", "ONE^x", "TWO~ONE"])
def test_the_map_that_serves_is_found_for_each_message(profile):
    loaded = maps(TWO)

    def of(text):
        received = message("EVN||1", event="ADT^A01")
        received.msh.fields.extend([""] * 8 + [text])
        return loaded.find_message_map(received).name

    assert of("ONE") == "first"
    assert of(profile) == ("first" if "ONE" in profile else "other")
    assert of("ONE") == "first"


def test_planted_faults_are_seen(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(coverage, "_has_more", lambda _fields, _mask: False)
        with pytest.raises(AssertionError):
            test_a_field_that_nobody_reads_is_told_in_the_second_message_too()
    with monkeypatch.context() as patch:
        patch.setattr(serving.HeadConditions, "_asked", lambda _self, _message: [])
        with pytest.raises(AssertionError):
            test_the_map_that_serves_is_found_for_each_message("TWO")
