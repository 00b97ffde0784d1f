"""What is kept from one message to the next must not show: each has its own resources, its own reports, its own delimiters."""

import copy

import pytest

from hub.codec.hl7v2 import parse_message
from hub.mapping import running
from hub.mapping.forward import remembering
from hub.mapping.functions import REGISTRY
from hub.mapping.mapset import load

MAPS = """
map cwe : v2 CWE, CE <-> fhir CodeableConcept
  code    CWE.1 <-> coding[1].code
  display CWE.2 <-> coding[1].display
map obx : v2 OBX <-> fhir Observation
  code    OBX-3 <-> code   table codes
  value   OBX-5[first] <-> valueCodeableConcept by cwe
  drop OBX-1, OBX-2 because "set id, type"
map oru : v2 ORU_R01 <-> fhir Bundle
  drop MSH because "the envelope"
  each OBSERVATION
    result OBX <-> Observation by obx
"""
TABLE = """source_system,source_code,source_display,arrow,target_system,target_code,target_display,note
,k1,,<->,http://loinc.org,2823-3,Potassium,
"""
LOADED = load({"some.map": MAPS}, {"codes.csv": TABLE}, REGISTRY)


def convert(*segments, delimiters="^~\\&"):
    component = delimiters[0]
    lines = [f"MSH|{delimiters}|A|B|C|D|2026||ORU{component}R01|1|P|2.5.1", "OBR|1", *segments, ""]
    received = parse_message("\r".join(lines).encode())
    return LOADED.find_message_map(received).forward(received, params={})


def resources(conversion):
    return [each.resource for each in conversion.produced]


def test_each_message_has_its_own_copy():
    line = "OBX|1|CE|k1^Potassium||k1^Potassium"
    first = resources(convert(line, line))
    expected = copy.deepcopy(first)
    assert expected[0]["code"]["coding"][1] == {"system": "http://loinc.org", "code": "2823-3", "display": "Potassium"}
    first[0]["code"]["coding"][0]["code"] = "scribbled"
    first[0]["code"]["coding"].append("scribbled")
    assert first[1] == expected[1]
    assert resources(convert(line, line)) == expected


def test_what_is_reported_is_reported_every_time_at_its_own_place():
    for _ in range(2):
        found = convert("OBX|1|CE|k1", "OBX|2|CE|k9", "OBX|3|CE|k9")
        assert [(each.code.name, each.place) for each in found.diagnostics if each.code.name == "M408"] == [
            ("M408", "OBX[2]-3"),
            ("M408", "OBX[3]-3"),
        ]


def test_the_same_text_with_other_delimiters_is_another_text():
    for _ in range(2):
        (usual,) = resources(convert("OBX|1|CE|k1^Potassium"))
        (other,) = resources(convert("OBX|1|CE|k1^Potassium", delimiters="$~\\&"))
        assert [usual["code"]["coding"][0]["code"], other["code"]["coding"][0]["code"]] == ["k1", "k1^Potassium"]


@pytest.mark.parametrize(
    ("v2_type", "fhir_type"),
    [("CX", "Identifier"), ("XPN", "HumanName"), ("ST", "string"), ("varies", "CodeableConcept"), ("EI", "Identifier")],
)
def test_nothing_of_a_person_is_kept(v2_type, fhir_type):
    assert not remembering.is_coded(v2_type, fhir_type)


def test_only_so_many_texts_are_kept(monkeypatch):
    monkeypatch.setattr(remembering, "_MOST", 3)
    calls = []

    def counted(_run, _frame, raw, _level, _place):
        calls.append(raw)
        return {"code": raw}

    recall = remembering.remembered(counted)
    run = running.Run.start(None, running.EncodingCharacters(), "utf-8", {}, None)
    for raw in ("a", "a", "b", "c", "d", "a", "x" * 500, "x" * 500):
        assert recall(run, None, raw, 1, None) == {"code": raw}
    assert calls == ["a", "b", "c", "d", "a", "x" * 500, "x" * 500]


def test_a_long_message_is_grouped_like_a_short_one():
    found = convert(*(f"OBX|{number}|CE|k1" for number in range(300)))
    assert len(found.produced) == 300


def shared(monkeypatch):
    monkeypatch.setattr(remembering, "_copier", lambda value: lambda: value)
    return test_each_message_has_its_own_copy


def one_setting(monkeypatch):
    monkeypatch.setattr(running, "_setting", lambda *_what: None)
    return test_the_same_text_with_other_delimiters_is_another_text


@pytest.mark.parametrize("plant", [shared, one_setting])
def test_a_planted_fault_is_seen(monkeypatch, plant):
    test = plant(monkeypatch)
    fresh = load({"some.map": MAPS}, {"codes.csv": TABLE}, REGISTRY)
    monkeypatch.setitem(test.__globals__, "LOADED", fresh)
    with pytest.raises(AssertionError):
        test()
