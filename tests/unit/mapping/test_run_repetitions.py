"""A row of a message map that makes a resource of each repetition: its clauses are about the repetition."""

import pytest

from hub.mapping.forward import repetitions, resources
from tests.unit.mapping.message_kit import codes, convert, maps, message

DOCTOR = """
map doctor : v2 XCN <-> fhir Practitioner
  given ward : ST
  given all_of : ST
  number XCN.1 <-> identifier[1].value
  family XCN.2.1 <-> name[1].family
  ward $ward -> name[1].text because "t"
  count $all_of -> name[1].suffix because "t"
"""
ADT = """
map adt : v2 ADT_A01 <-> fhir Bundle
  drop MSH, EVN, PID because "not asked here"
  attending {path} -> Practitioner by doctor {clauses} because "t"
  drop PV1 because "not asked here"
"""


def made(clauses, field, path="PV1-7[*]", other=""):
    loaded = maps(DOCTOR, ADT.format(path=path, clauses=clauses))
    found = convert(loaded, message("EVN||1", "PID|1", f"PV1||N|{other}||||{field}", event="ADT^A01"))
    assert codes(found) == []
    return found.produced


def numbers(produced):
    return [each.resource.get("identifier", [{}])[0].get("value") for each in produced]


@pytest.mark.parametrize(
    ("clause", "of"),
    [
        ("when PV1-7.9 present", ["1", "3"]),
        ("when PV1-7.9 absent", ["2"]),
        ("when PV1-7.9 = GMC", ["1"]),
        ("when PV1-7.2.1 in (Ash, Elm)", ["1", "2"]),
        ("unless PV1-7.9 present, PV1-7.1 != 3", ["2", "3"]),
        ("when PV1-7[2].1 = 2", ["1", "2", "3"]),  # a repetition that is named is that one
        ("when PV1-7[2].9 present", []),
        ("when PV1-3 = W7", ["1", "2", "3"]),
    ],
)
def test_guards_are_asked_of_each(clause, of):
    assert numbers(made(clause, "1^Ash^^^^^^^GMC~2^Elm~3^Yew^^^^^^^NMC", other="W7")) == of


def test_each_has_its_own_key():
    produced = made("key PV1-7.1, PV1-7.9, PV1-3.1", "1^Ash^^^^^^^GMC~2^Elm&x", other="W7^B")
    assert [each.key for each in produced] == [("1", "GMC", "W7"), ("2", "", "W7")]


def test_what_is_handed_over_and_set_beside_is_of_each():
    produced = made("with gender = PV1-7.6 giving ward = PV1-7.3, all_of = PV1-7[last].1", "1^Ash^a^^^female~2^Elm^b")
    assert [each.resource["name"][0] for each in produced] == [
        {"family": "Ash", "text": "a", "suffix": ["2"]},
        {"family": "Elm", "text": "b", "suffix": ["2"]},
    ]
    assert [each.resource.get("gender") for each in produced] == ["female", None]


def test_a_field_through_groups_of_the_message():
    oru = """
map oru : v2 ORU_R01 <-> fhir Bundle
  drop MSH, PATIENT_RESULT because "not asked here"
  each PATIENT_RESULT
    attending PATIENT.VISIT.PV1-7 -> Practitioner by doctor key PATIENT.VISIT.PV1-7.1 when PATIENT.VISIT.PV1-7.9 present because "t"
"""
    found = convert(maps(DOCTOR, oru), message("PID|1", "PV1||N|||||1^^^^^^^^A~2~3^^^^^^^^A", "OBR|1", "OBX|1"))
    assert [each.key for each in found.produced] == [("1",), ("3",)]


def test_another_alternative_answers_for_itself():
    """Where PV1-7 is absent, PV1-8 is what is made of, and PV1-7 is read as anywhere."""
    produced = made("key PV1-7.1 or PV1-8.1", "|1^Ash~2^Elm", path="PV1-7 or PV1-8")
    assert [each.key for each in produced] == [("1",), ("2",)]


def test_one_repetition_that_is_named():
    assert [each.key for each in made("key PV1-7[2].1 when PV1-7[2].9 present", "1~2^^^^^^^^X", path="PV1-7[2]")] == [("2",)]


def as_the_whole_field(patch):
    patch.setattr(resources, "repeated_paths", lambda _row: ())


def answers_kept_for_all(patch):
    def same_node(run, frame, place):
        found = repetitions._repetition(place)
        text = found[0].fields[found[1]].split(run.separators[0])[found[2]]
        return resources.Frame([text], 1, found, frame.names, frame.node)

    patch.setattr(resources, "frame_of_repetition", same_node)


@pytest.mark.parametrize("plant", [as_the_whole_field, answers_kept_for_all])
def test_planted_faults_are_seen(plant, monkeypatch):
    plant(monkeypatch)
    with pytest.raises(AssertionError):
        test_each_has_its_own_key()
    with pytest.raises(AssertionError):
        test_guards_are_asked_of_each("when PV1-7.9 present", ["1", "3"])
