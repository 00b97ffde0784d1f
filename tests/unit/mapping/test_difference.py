"""Two sets of maps over the same messages: what changes, by which rule; one planted change is one group."""

import pytest

from hub.mapping.difference.comparison import Comparison
from hub.mapping.functions import REGISTRY
from hub.mapping.mapset import load
from tests.unit.mapping.survey_kit import MAP, OBR, body

HEADINGS = "source_system,source_code,source_display,arrow,target_system,target_code,target_display,note\n"
SEX = HEADINGS + ",F,,<->,,female,,\n,M,,<->,,male,,\n"
STATUS = HEADINGS + ",F,,<->,,final,,\n,C,,<->,,corrected,,\n"
MARK = HEADINGS + ",C,,->,http://x,count,Count,\n"
TEXT = (
    MAP.replace("sex    PID-8        <-> gender", "sex    PID-8        <-> gender  table sex")
    .replace("status OBX-11          <-> status", "status OBX-11          <-> status  table status")
    .replace("  code   OBR-4 <-> code", "  code   OBR-4 <-> code  table mark")
)
PID = "PID|1||5^^^&1.2.3||Ramsbottom|||F"
OBX = "OBX|1|ST|T^Text||calm||||||F|||20260101"
ORU = body(PID, OBR, OBX, OBX.replace("T^Text", "U^Text"))


def maps(text=TEXT, **tables):
    named = {"sex": SEX, "status": STATUS, "mark": MARK, **tables}
    loaded = load({"oru.map": text}, {f"tables/{name}.csv": each for name, each in named.items()}, REGISTRY)
    assert [each.detail for each in loaded.diagnostics if each.is_error] == []
    return loaded


def compare(new, *bodies, old=None):
    found = Comparison(old or maps(), new)
    for number, each in enumerate(bodies or (ORU,)):
        found.take(each, f"message {number + 1}")
    return found


def groups(*arguments, **more):
    return [
        (
            group.subject.rule.name if group.subject.rule else None,
            group.subject.path,
            group.subject.kind.value,
            group.messages,
            group.occurrences,
        )
        for group in compare(*arguments, **more).groups
    ]


def planted(old, new):
    assert old in TEXT
    return maps(TEXT.replace(old, new))


def test_the_same_maps_change_nothing():
    found = compare(maps(), ORU, ORU, b"rubbish")
    assert (found.messages, found.changed, found.unreadable, found.groups) == (3, 0, 1, [])


def test_one_line_of_a_table_is_exactly_the_group_of_its_rule():
    new = maps(sex=SEX.replace("female", "other"))
    assert groups(new, ORU, ORU, body(PID.replace("|F", "|M"), OBR)) == [("pid.sex", "Patient.gender", "changed", 2, 2)]
    assert groups(maps(status=STATUS.replace("final", "amended"))) == [("obx.status", "Observation.status", "changed", 1, 2)]


def test_a_table_over_a_value_that_another_map_makes_is_laid_at_the_row_with_the_table():
    found = compare(maps(mark=MARK.replace(",count,", ",counted,")))
    assert {group.subject.rule.name for group in found.groups} == {"obr.code"}
    assert {group.subject.path for group in found.groups} == {"DiagnosticReport.code.coding.code"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("  text   OBX-5[first]    <-> valueString          when $kind in (ST, TX)\n", "", ("obx.text", "Observation.valueString", "removed", 1, 2)),
        ("  name   PID-5[first] <-> name[1]\n", "", ("pid.name", "Patient.name", "removed", 1, 1)),
        ("  system CX.4.2 <-> system\n", "", ("cx.system", "Patient.identifier.system", "removed", 1, 1)),
        ("  family XPN.1.1 <-> family\n", "  family XPN.1.1 <-> text\n", None),
        (
            '  drop PID-1 because "set id"\n',
            "  order PID-1 <-> multipleBirthInteger\n",
            ("pid.order", "Patient.multipleBirthInteger", "added", 1, 1),
        ),
    ],
)  # fmt: skip
def test_a_row_that_is_planted_or_taken_away_is_its_own_group(old, new, expected):
    found = groups(planted(old, new))
    if expected is None:
        assert sorted(found) == [("xpn.family", "Patient.name.family", "removed", 1, 1), ("xpn.family", "Patient.name.text", "added", 1, 1)]
    else:
        assert found == [expected]


def test_a_resource_that_is_made_or_is_not_is_one_change_at_its_row():
    found = groups(planted("when OBX-11 not in (X)", "when OBX-3.1 = T"))
    assert found == [("oru.result", "Observation", "removed", 1, 1)]


def test_what_makes_a_resource_the_same_again_is_compared_too():
    found = groups(planted("key OBR-3, OBX-3.1", "key OBR-3, OBX-3.1, OBX-2"))
    assert found == [("oru.result", "Observation (key)", "changed", 1, 2)]
    assert groups(planted("by pid as identify", "by pid as merge")) == [("oru.patient", "Patient (mode)", "changed", 1, 1)]


def test_references_are_the_same_when_they_lead_to_the_same_resource():
    renamed = planted("map oru :", "map renamed :")
    assert compare(renamed).changed == 0


def test_outcomes_are_compared_and_say_where_they_come_from():
    (group,) = compare(maps(sex=HEADINGS + ",M,,<->,,male,,\n")).groups
    subject = group.subject
    assert (subject.old, subject.new, subject.rule.name, group.messages) == ("converted", "refused M403", "pid.sex", 1)
    (group,) = compare(load({}, {}, REGISTRY)).groups
    assert (group.subject.old, group.subject.new, group.subject.rule) == ("converted", "no map", None)


def test_numbers_are_the_same_when_they_are_written_alike():
    text = TEXT.replace("valueString          when", "valueInteger when").replace(
        "OBX-5[first]    <-> valueInteger", "OBX-5[first] <-> valueInteger"
    )
    assert compare(maps(text), body(PID, OBR, OBX.replace("calm", "5")), old=maps(text)).changed == 0


def test_examples_name_messages_and_values_are_kept_apart():
    found = compare(maps(sex=SEX.replace("female", "other")), *[ORU] * 9)
    (group,) = found.groups
    assert [each.label for each in group.examples] == ["message 1", "message 2", "message 3"]
    assert (group.examples[0].old, group.examples[0].new) == ('"female"', '"other"')
    assert "female" not in repr(group.subject)


def test_memory_does_not_grow_with_the_corpus(monkeypatch):
    monkeypatch.setattr("hub.mapping.difference.comparison._MOST", 1)
    found = compare(planted("  family XPN.1.1 <-> family\n", "  family XPN.1.1 <-> text\n"), *[ORU] * 5)
    assert (len(found.groups), found.others, found.changed) == (1, 5, 5)
