"""Extensions on primitive elements: `_family` and `_given` beside `family` and `given`. https://hl7.org/fhir/R4/json.html#primitive"""

import pytest

from hub.mapping.forward import primitive_lists
from hub.mapping.forward import rows as compile_rows
from tests.unit.mapping import message_kit
from tests.unit.mapping.part_kit import forward, maps, patient, segment

PREFIX = "http://hl7.org/fhir/StructureDefinition/humanname-own-prefix"
USE = "http://names.example/use"
NAMES = f"""
map xpn : v2 XPN <-> fhir HumanName
  family XPN.1.1 <-> family
  own    XPN.1.2 <-> family.extension("{PREFIX}").valueString
  middle XPN.3   <-> given[2]
  known  XPN.4   <-> given[2].extension("{USE}").valueString
  given  XPN.2   <-> given[1]
  formal XPN.5   <-> given[1].extension("{USE}").valueString
"""


def beside(text):
    return {"extension": [{"url": USE, "valueString": text}]}


def name_of(text):
    value, reported = forward(maps(NAMES, segment("names PID-5 <-> name[*]")), f"PID|||||{text}")
    assert reported == []
    return value.get("name")


def test_a_prefix_stands_beside_the_family_name():
    assert name_of("Berg&van den^Ada") == [
        {"family": "Berg", "_family": {"extension": [{"url": PREFIX, "valueString": "van den"}]}, "given": ["Ada"]}
    ]


def test_what_stands_beside_a_value_needs_no_value():
    assert name_of("&van den") == [{"_family": {"extension": [{"url": PREFIX, "valueString": "van den"}]}}]
    assert name_of("^^^x") == [{"_given": [beside("x")]}]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("^Ada^May", {"given": ["Ada", "May"]}),
        ("^Ada^May^x", {"given": ["Ada", "May"], "_given": [None, beside("x")]}),
        ("^Ada^May^^y", {"given": ["Ada", "May"], "_given": [beside("y"), None]}),
        ("^Ada^May^x^y", {"given": ["Ada", "May"], "_given": [beside("y"), beside("x")]}),
        ("^Ada^^x", {"given": ["Ada", None], "_given": [None, beside("x")]}),
        ("^^May^x", {"given": ["May"], "_given": [beside("x")]}),
        ("^^May^^y", {"given": [None, "May"], "_given": [beside("y"), None]}),
    ],
)
def test_the_two_arrays_keep_step(text, name):
    assert name_of(text) == [name]


def test_the_items_of_a_repeating_primitive_stand_in_the_order_of_the_repetitions():
    rows = f'kind PID-5[*].2 <-> name[1].given[*].extension("{USE}").valueString\ngiven PID-5[*].1 <-> name[1].given[*]'
    value, reported = forward(maps(segment(rows)), "PID|||||A~B^b~C~^d")
    assert reported == []
    assert value["name"] == [{"given": ["A", "B", "C", None], "_given": [None, beside("b"), None, beside("d")]}]


def test_a_constant_stands_only_beside_another_extension():
    rows = f'a PID-8 <-> birthDate.extension("{USE}").valueCodeableConcept.text\nb "x" <-> birthDate.extension("{USE}").valueCodeableConcept.id'
    loaded = maps(segment(rows))
    assert forward(loaded, "PID||||||||F")[0] == patient(
        _birthDate={"extension": [{"url": USE, "valueCodeableConcept": {"text": "F", "id": "x"}}]}
    )
    assert forward(loaded, "PID|1")[0] == patient()


def test_a_constant_that_finds_nothing_leaves_nothing_behind():
    rows = 'a "active" <-> maritalStatus.coding[1].code\nb "http://x" <-> maritalStatus.coding[1].system'
    assert forward(maps(segment(rows)), "PID|1")[0] == patient()


def test_null_takes_the_value_or_what_stands_beside_it_away():
    """HL7 null in the field of the extension is not about the value."""
    loaded = message_kit.maps(
        "map m : v2 ADT_A01 <-> fhir Bundle\n  patient PID <-> Patient by p as merge\n"
        f'map p : v2 PID <-> fhir Patient\n  born PID-7 <-> birthDate\n  at PID-29 <-> birthDate.extension("{USE}").valueDateTime\n'
    )
    made = [
        message_kit.convert(loaded, message_kit.message("EVN||1", f"PID|||||||{born}" + "|" * 22 + at, "PV1||N", event="ADT^A01"))
        .produced[0]
        .cleared
        for born, at in (("", '""'), ('""', ""))
    ]
    assert made == [{"_birthDate"}, {"birthDate"}]


FAULTS = {
    "the arrays are not kept in step": (
        lambda patch: patch.setattr(compile_rows, "reaches_into", lambda *_: False),
        lambda: test_the_two_arrays_keep_step("^Ada^May^^y", {"given": ["Ada", "May"], "_given": [beside("y"), None]}),
    ),
    "items are known by their order": (
        lambda patch: patch.setattr(primitive_lists, "_key", lambda *_: None),
        lambda: test_the_two_arrays_keep_step("^Ada^May^x", {"given": ["Ada", "May"], "_given": [None, beside("x")]}),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_faults_are_seen(fault, monkeypatch):
    plant, promise = FAULTS[fault]
    plant(monkeypatch)
    with pytest.raises(AssertionError):
        promise()
