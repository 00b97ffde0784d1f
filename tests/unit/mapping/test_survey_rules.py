"""Rules that never fired, elements that nothing filled, messages that have no map or were refused."""

from tests.unit.mapping.survey_kit import MAP, OBR, PID, body, survey

OBX = "OBX|1|ST|T^Text||calm||||||final|||20260101"
CODED = "OBX|1|CWE|T^Text||A^Alpha||||||final"


def never(*bodies, text=MAP):
    rules, idle = survey(*bodies, text=text).never_fired()
    return {rule.name for rule in rules}, idle


def test_a_rule_that_never_fired_is_named_with_its_file_and_line():
    rules, _ = survey(body(PID, OBR, OBX)).never_fired()
    coded = next(rule for rule in rules if rule.name == "obx.coded")
    assert MAP.split("\n")[coded.line - 1].strip().startswith("coded ")
    assert coded.file == "oru.map"


def test_a_row_that_calls_a_map_fired_where_the_map_made_something():
    silent, _ = never(body("PID|1||5||Ramsbottom", OBR, OBX))
    assert not {"pid.number", "pid.name", "obr.code", "obx.code", "oru.result", "oru.patient"} & silent
    assert {"pid.sex", "obx.coded", "cx.system"} <= silent
    silent, _ = never(body("PID|1||5", OBR, CODED))
    assert {"obx.text", "pid.name"} <= silent
    assert "obx.coded" not in silent


def test_rows_of_one_field_are_told_apart_by_the_map_they_call():
    text = MAP.replace(
        "number PID-3        <-> identifier[*]",
        "number PID-3 <-> identifier[*] by cx when PID-3.5 = NH\n  other PID-3 <-> identifier[*] by cx_2 when PID-3.5 != NH",
    )
    text += "\nmap cx_2 : v2 CX <-> fhir Identifier\n  value CX.1 <-> value\n"
    silent, idle = never(body("PID|1||5^^^^MR", OBR), text=text)
    assert "pid.number" in silent
    assert "pid.other" not in silent
    assert "cx" in idle


def test_a_map_of_which_nothing_fired_is_named_once():
    silent, idle = never(body("PID|1||5"))
    assert {"obx", "obr", "xpn", "cwe", "ei"} <= set(idle)
    assert not [name for name in silent if name.startswith(("obx.", "obr."))]


def test_elements_that_rules_aim_at_and_elements_that_none_aims_at():
    found = {each.path: [rule.name for rule in each.rules] for each in survey(body(PID, OBR, OBX)).elements.unfilled()}
    assert found["Observation.valueCodeableConcept"] == ["obx.coded"]
    assert found["Patient.photo"] == []
    assert not {"Patient.identifier", "Observation.value[x]", "Patient.text", "Patient.id"} & set(found)
    assert not [path for path in found if path.startswith("Encounter")]


def test_messages_without_a_map_and_refused_ones_are_counted_apart():
    found = survey(body(PID, OBR, OBX), body("PID|1", event="ADT^A60^ADT_A60"), b"nothing", body(PID, OBR, OBX.replace("2026", "26x")))
    assert (found.messages, found.converted) == (4, 1)
    assert [(kind.type, kind.structure, count.messages) for kind, count in found.unsupported] == [("ADT^A60", "ADT_A60", 1)]
    assert sorted((each.code.name, each.place) for each, _ in found.refused) == [("H101", "segment 1"), ("M402", "OBX-14")]
