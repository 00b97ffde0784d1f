"""Message maps at work: groups, trees, references, keys, coverage, and the way back."""

import pytest

from hub.codec.hl7v2 import parse_message
from hub.mapping.functions import REGISTRY
from hub.mapping.mapset import load
from hub.mapping.syntax import Mode
from tests.unit.mapping.message_kit import ORU, PID, codes, convert, maps, message, resources

TWO_ORDERS = (
    "PID|||1||Moss",
    "OBR|1||F1|U^x|||20260714203000+0100",
    "OBX|1|ST|a||one||||||F",
    "NTE|1||remark",
    "OBX|2|ST|b||two||||||F|||20260101",
    "OBR|2||F2|V|||20260714203000+0100",
    "OBX|1|ST|a||three||||||F",
    "OBX|2|ST|c||four||||||X",
)


@pytest.mark.parametrize("version", ["2.3", "2.4", "2.5.1", "2.6", "2.8"])
def test_groups_are_never_flattened(version):
    conversion = convert(maps(PID, ORU), message(*TWO_ORDERS, version=version))
    assert not conversion.refused
    first, second = (each for each in conversion.produced if each.rule == "oru.report")
    results = [each for each in conversion.produced if each.rule == "oru.result"]
    assert [each.resource["valueString"] for each in results] == ["one", "two", "three"]
    assert first.resource["result"] == [{"reference": each.full_url} for each in results[:2]]
    assert second.resource["result"] == [{"reference": results[2].full_url}]
    assert results[0].resource["effectiveDateTime"] == "2026-07-14T20:30:00+01:00"
    assert results[1].resource["effectiveDateTime"] == "2026-01-01"
    assert results[0].resource["note"] == [{"text": "remark"}]
    assert "note" not in results[1].resource


def test_references_and_keys_and_modes():
    conversion = convert(maps(PID, ORU), message(*TWO_ORDERS))
    patient = conversion.produced[0]
    assert patient.mode is Mode.IDENTIFY
    assert patient.key == ()
    assert all(each.resource["subject"] == {"reference": patient.full_url} for each in conversion.produced[1:])
    assert [each.key for each in conversion.produced if each.rule == "oru.result"] == [("F1", "a", ""), ("F1", "b", ""), ("F2", "a", "")]


def test_urls_are_the_same_for_the_same_bytes_only():
    loaded = maps(PID, ORU)
    one, again = (convert(loaded, message(*TWO_ORDERS)).produced for _ in range(2))
    other = convert(loaded, message("PID|||2||Moss")).produced
    assert one == again
    assert one[0].full_url != other[0].full_url
    assert len({each.full_url for each in one}) == len(one)
    assert one[0].full_url.startswith("urn:uuid:")


def test_two_of_one_key_are_numbered():
    conversion = convert(maps(PID, ORU), message("PID|||1", "OBR|1||F1", "OBX|1|ST|a||x||||||F", "OBX|2|ST|a||y||||||F"))
    assert [each.key for each in conversion.produced if each.rule == "oru.result"] == [("F1", "a", ""), ("F1", "a", "", "#2")]


def test_several_patients_keep_their_own_results():
    conversion = convert(
        maps(PID, ORU), message("PID|||1", "OBR|1||F1", "OBX|1|ST|a||x||||||F", "PID|||2", "OBR|1||F2", "OBX|1|ST|a||y||||||F")
    )
    patients = [each.full_url for each in conversion.produced if each.rule == "oru.patient"]
    results = [each.resource["subject"]["reference"] for each in conversion.produced if each.rule == "oru.result"]
    assert results == patients


def test_a_reference_to_what_was_not_made_is_reported():
    conversion = convert(maps(PID, ORU), message("OBR|1||F1", "OBX|1|ST|a||x||||||F"))
    assert "M417" in [code for code, _ in codes(conversion)]
    assert not conversion.refused


def test_a_row_for_a_repeating_segment_is_about_each_of_them():
    adt = """
map adt : v2 ADT_A01 <-> fhir Bundle
  drop MSH because "the envelope"
  patient PID <-> Patient by pid
  allergy AL1 <-> AllergyIntolerance by al1 with patient = patient key PID-3[first].1, AL1-3.1 when AL1-2 != X
"""
    conversion = convert(maps(PID, adt), message("PID|||1", "AL1|1|D|a", "AL1|2|X|b", "AL1|3||c", event="ADT^A01"))
    assert [each.key for each in conversion.produced if each.rule == "adt.allergy"] == [("1", "a"), ("1", "c")]


def test_hl7_null_clears_an_element_and_is_never_text():
    conversion = convert(maps(PID, ORU), message('PID|||1||""|||""', "OBR|1||F1"))
    assert conversion.produced[0].cleared == {"name", "gender"}
    assert resources(conversion, "Patient") == [{"resourceType": "Patient", "identifier": [{"value": "1"}]}]


def test_hl7_null_beside_a_value_clears_nothing():
    two = PID.replace("  sex    PID-8 <-> gender", "  sex    PID-8 <-> gender\n  alias  PID-9 <-> name[*]")
    conversion = convert(maps(two, ORU), message('PID|||1||Moss||||""', "OBR|1||F1"))
    assert conversion.produced[0].cleared == frozenset()


def test_a_second_segment_fills_the_same_resource():
    pd1 = "map pd1 : v2 PD1 <-> fhir Patient\n  gp PD1-4[first].2.1 <-> generalPractitioner[1].display\n"
    adt = 'map adt : v2 ADT_A01 <-> fhir Bundle\n  drop MSH because "the envelope"\n  patient PID <-> Patient by pid as merge\n  gp PD1 <-> patient by pd1\n'
    conversion = convert(maps(PID, pd1, adt), message("PID|||1", "PD1||||7^Moss", event="ADT^A01"))
    assert resources(conversion, "Patient")[0]["generalPractitioner"] == [{"display": "Moss"}]
    assert len(conversion.produced) == 1


def test_an_element_of_a_resource():
    adt = 'map adt : v2 ADT_A01 <-> fhir Bundle\n  drop MSH because "the envelope"\n  patient PID <-> Patient by pid\n  born PID-7 <-> Patient.birthDate\n  why EVN-4 <-> Encounter.reasonCode[1].text\n'
    conversion = convert(maps(PID, adt), message("EVN||||r", "PID|||1||||1931", event="ADT^A01"))
    assert resources(conversion, "Patient")[0]["birthDate"] == "1931"
    assert resources(conversion, "Encounter") == [{"resourceType": "Encounter", "reasonCode": [{"text": "r"}]}]


# --- trees

TREE = """
map tree : v2 ORU_R01 -> fhir Bundle
  drop MSH because "the envelope"
  each PATIENT_RESULT.ORDER_OBSERVATION.OBSERVATION tree OBX-4
    device OBX -> Device by dev when OBX-2 absent because "so"
    panel  OBSERVATION -> Observation by panel with device = device when OBX-3.1 = 150020 because "so"
    value  OBX -> Observation by obx with device = device giving time = PARENT.OBX-14 when OBX-3.1 = 7 because "so"
map dev : v2 OBX -> fhir Device
  name OBX-3.1 -> deviceName[1].name
map panel : v2 ORU_R01.OBSERVATION -> fhir Observation
  sys      MEMBER[OBX-3.1 = 150021].OBX-5 -> component:systolic.valueString
  sys_is   "sys" -> component:systolic.code.text
  dia      MEMBER[OBX-3.1 = 150022].OBX-5 -> component:diastolic.valueString
  dia_is   "dia" -> component:diastolic.code.text
  above    PARENT.OBX-3.1 -> method.text
"""


def obx(number, code, place, value="", kind="ST"):
    return f"OBX|{number}|{kind}|{code}|{place}|{value}||||||F|||2026010{number}"


def test_a_tree_knows_what_is_above_and_below():
    conversion = convert(
        maps(PID, TREE),
        message(
            "OBR|1||F1",
            obx(1, "DEV", "1", kind=""),
            obx(2, "150020", "1.0.1"),
            obx(3, "150021", "1.0.1.1", "128"),
            obx(4, "150022", "1.0.1.2", "76"),
            obx(5, "7", "1.0.0.2", "x"),
        ),
    )
    device = next(each for each in conversion.produced if each.rule == "tree.device")
    panel, value = resources(conversion, "Observation")
    assert panel["component"] == [{"valueString": "128", "code": {"text": "sys"}}, {"valueString": "76", "code": {"text": "dia"}}]
    assert panel["method"] == {"text": "DEV"}
    assert panel["device"] == value["device"] == {"reference": device.full_url}
    assert "effectiveDateTime" in value


def test_what_is_not_below_is_not_a_member():
    conversion = convert(maps(PID, TREE), message("OBR|1||F1", obx(2, "150020", "1.0.1"), obx(3, "150021", "2.0.1.1", "128")))
    assert resources(conversion, "Observation") == [{"resourceType": "Observation"}]


def test_zeros_at_the_end_do_not_count():
    conversion = convert(
        maps(PID, TREE),
        message("OBR|1||F1", obx(1, "DEV", "1.0.0.0", kind=""), obx(2, "150020", "1.1.0.0"), obx(3, "150021", "1.1.1.0", "128")),
    )
    panel = resources(conversion, "Observation")[0]
    assert panel["component"][0]["valueString"] == "128"
    assert panel["method"] == {"text": "DEV"}


@pytest.mark.parametrize("number", ["", "x.1", "1.0.1", "1..2"])
def test_a_number_that_cannot_be_placed_is_reported(number):
    conversion = convert(maps(PID, TREE), message("OBR|1||F1", obx(1, "150020", "1.0.1"), obx(2, "150021", number, "128")))
    assert ("M420", "OBX[2]") in codes(conversion)
    assert "component" not in resources(conversion, "Observation")[0]


# --- coverage


def test_every_populated_field_that_nobody_reads_is_reported_once():
    conversion = convert(
        maps(PID, ORU), message("PID|||1|||||||||||||||||||22", "OBR|1||F1", "OBX|1|ST|a||x|u|||||F", "OBX|2|ST|b||y|u|||||F", "NTE|1|S|r")
    )
    assert [each for each in codes(conversion) if each[0] == "M414"] == [("M414", "PID-22"), ("M414", "OBX-6"), ("M414", "NTE-2")]


def test_a_segment_that_nobody_reads():
    conversion = convert(maps(PID, ORU), message("PID|||1", "PV1||I", "OBR|1||F1", "ZZZ|1", "ZZZ|2"))
    assert sorted(each for each in codes(conversion) if each[0] in {"M415", "M416"}) == [("M415", "PV1"), ("M415", "ZZZ")]


def test_a_segment_out_of_place():
    conversion = convert(maps(PID, ORU), message("PID|||1", "OBR|1||F1", "AL1|1"))
    assert ("M416", "AL1") in codes(conversion)


def test_what_is_dropped_or_kept_is_not_reported():
    kept = ORU.replace(
        '  drop MSH because "the envelope"\n',
        '  drop MSH because "the envelope"\n  drop PATIENT_RESULT.PATIENT.VISIT, ZZZ because "so"\n  keep PATIENT_RESULT.PATIENT.PID-22, PATIENT_RESULT.PATIENT.NK1 because "so"\n',
    )
    conversion = convert(maps(PID, kept), message("PID|||1|||||||||||||||||||22", "NK1|1|x", "PV1||I", "OBR|1||F1", "ZZZ|1"))
    assert [each for each in codes(conversion) if each[0] in {"M414", "M415", "M416"}] == []


def test_a_drop_with_a_guard_counts_only_where_it_holds():
    guarded = PID.replace('  drop OBX-1 because "set id"', '  drop OBX-1 because "set id"\n  drop OBX-6 when OBX-2 = ST because "so"')
    loaded = maps(guarded, ORU)
    assert ("M414", "OBX-6") not in codes(convert(loaded, message("PID|||1", "OBR|1||F1", "OBX|1|ST|a||x|u|||||F")))
    assert ("M414", "OBX-6") in codes(convert(loaded, message("PID|||1", "OBR|1||F1", "OBX|1|TX|a||x|u|||||F")))


def test_a_drop_of_a_segment_with_a_guard():
    guarded = ORU.replace("        note NTE", '        drop NTE when OBX-11 = X because "so"\n        note NTE')
    loaded = maps(PID, guarded)
    assert ("M414", "NTE-2") not in codes(convert(loaded, message("PID|||1", "OBR|1||F1", "OBX|1|ST|a||x||||||X", "NTE|1|S")))
    assert ("M414", "NTE-2") in codes(convert(loaded, message("PID|||1", "OBR|1||F1", "OBX|1|ST|a||x||||||F", "NTE|1|S")))


# --- choice, refusal, trace


def test_a_map_whose_when_holds_goes_before_one_without():
    special = ORU.replace("map oru :", "map special :").replace("  drop MSH because", "  when MSH-3 = SPECIAL\n  drop MSH because")
    loaded = maps(PID, ORU, special)
    assert loaded.find_message_map(message("PID|||1")).name == "oru"
    received = parse_message(message("PID|||1").raw.replace(b"|A|B|", b"|SPECIAL|B|"))
    assert loaded.find_message_map(received).name == "special"


def test_a_map_serves_its_versions():
    loaded = maps(PID, ORU.replace('  drop MSH because "the envelope"\n', '  versions 2.5..2.8\n  drop MSH because "the envelope"\n', 1))
    assert loaded.find_message_map(message("PID|||1", version="2.3")) is None
    assert loaded.find_message_map(message("PID|||1", version="2.8.2")) is not None


def test_no_map():
    assert maps(PID, ORU).find_message_map(message("PID|||1", event="ADT^A01")) is None


def test_a_refused_message_says_where_and_never_what():
    conversion = convert(maps(PID, ORU), message("PID|||1", "OBR|1||F1", "OBX|1|ST|a||x||||||F", "OBX|2|ST|b||y||||||F|||neverland"))
    assert conversion.refused
    assert codes(conversion) == [("M402", "OBX[2]-14")]
    assert "neverland" not in repr(conversion.diagnostics)


def test_a_map_for_writing_does_not_read():
    loaded = maps(PID, ORU.replace("<-> fhir Bundle", "<- fhir Bundle"))
    assert loaded.find_message_map(message("PID|||1")) is None
    assert codes(loaded.get("oru").forward(message("PID|||1"), params={})) == [("M460", None)]


def test_a_param_without_a_value():
    loaded = maps(PID, ORU.replace('  drop MSH because "the envelope"\n', '  param who : ST\n  drop MSH because "the envelope"\n', 1))
    assert codes(convert(loaded, message("PID|||1"))) == [("M461", None)]
    assert not convert(loaded, message("PID|||1"), params={"who": "x"}).refused


def test_a_trace_says_where_each_value_came_from():
    received = message(*TWO_ORDERS)
    loaded = maps(PID, ORU)
    conversion = convert(loaded, received, trace=True)
    steps = {(each.target, each.source, each.rule): each for each in conversion.trace}
    step = steps["Observation[1].valueString", "OBX-5", "obx.value"]
    assert received.raw[step.start : step.end] == b"one"
    assert (step.file, step.line) == ("0.map", 20)
    assert step.made_by == next(each.full_url for each in conversion.produced if each.rule == "oru.result")
    inner = steps["Observation[3].code.coding[1].code", "OBX[3]-3.1", "cwe.code"]
    assert received.raw[inner.start : inner.end] == b"a"
    handed = next(each for each in conversion.trace if each.target == "Observation[1].effectiveDateTime")
    assert handed.source == "$time"


def test_tracing_changes_nothing_else():
    loaded = maps(PID, ORU)
    plain, traced = (convert(loaded, message(*TWO_ORDERS), trace=trace) for trace in (False, True))
    assert plain.produced == traced.produced
    assert plain.diagnostics == traced.diagnostics
    assert plain.trace == ()


def test_a_set_is_known_by_its_digest():
    one, same, other = load({"a.map": PID}, {}, REGISTRY), load({"a.map": PID}, {}, REGISTRY), load({"a.map": PID + "\n"}, {}, REGISTRY)
    assert one.digest == same.digest != other.digest
    assert one.get("pid") is not None
    assert one.get("nobody") is None


def test_two_maps_of_one_name():
    loaded = load({"a.map": PID, "b.map": "map pid : v2 PID <-> fhir Patient\n  sex PID-8 <-> gender\n"}, {}, REGISTRY)
    assert [each.code.name for each in loaded.diagnostics] == ["M471"]


# --- the way back
