"""`as identify`: the same doctor or ward named twice in a message is one resource, and everything refers to it."""

import pytest

from hub.mapping.forward import making
from tests.unit.mapping.message_kit import codes, convert, maps, message, resources

MAPS = """
map place : v2 PL <-> fhir Location
  ward PL.1 <-> name
map doctor : v2 XCN <-> fhir Practitioner
  number XCN.1 <-> identifier[1].value
  system "http://gmc" <-> identifier[1].system
  family XCN.2.1 <-> name[1].family
map pv1 : v2 PV1 <-> fhir Encounter
  a PV1-19 <-> identifier[1].value
map adt : v2 ADT_A01 <-> fhir Bundle
  drop MSH, EVN, PID, PV1 because "not asked here"
  visit PV1 -> Encounter by pv1 with partOf = visit because "t"
  ward PV1-3 -> Location by place {mode} key PV1-3.1 because "t"
  earlier PV1-6 -> Location by place {mode} key PV1-6.1 in visit.location because "t"
  attending PV1-7 -> Practitioner by doctor {mode} because "t"
  more PV1-19 -> attending.name[1].text because "t"
"""


def made(pv1, mode="as identify", **more):
    found = convert(maps(MAPS.replace("{mode}", mode)), message("EVN||1", "PID|1", pv1, event="ADT^A01"), **more)
    assert codes(found) == []
    return found


def names(conversion, kind):
    return [each.get("name") for each in resources(conversion, kind)]


def test_a_place_named_by_two_rows_is_one():
    found = made("PV1||N|W7|||W7|1^Ash")
    assert names(found, "Location") == ["W7"]
    place = next(each for each in found.produced if each.resource["resourceType"] == "Location")
    assert place.key == ("W7",)
    assert resources(found, "Encounter")[0]["location"] == [{"reference": place.full_url}]


def test_two_places_are_two():
    assert names(made("PV1||N|W7|||W8|1^Ash"), "Location") == ["W7", "W8"]


def test_without_a_key_the_identifiers_say_who_it_is():
    assert [each[0]["family"] for each in names(made("PV1||N|||||1^Ash~1^Ash~2^Elm"), "Practitioner")] == ["Ash", "Elm"]


def test_two_names_for_one_number_both_stay_to_be_seen():
    """One of them may be a mistake, and which is not for a map to say: the engine, which knows the number, keeps one."""
    assert [each[0]["family"] for each in names(made("PV1||N|||||1^Ash~1^Elm"), "Practitioner")] == ["Ash", "Elm"]


def test_without_any_number_nobody_is_the_same():
    assert len(names(made("PV1||N|||||^Ash~^Ash"), "Practitioner")) == 2


def test_only_what_is_made_if_unknown_is_one():
    found = made("PV1||N|W7|||W7|1^Ash", mode="as merge")
    assert [each.key for each in found.produced if each.resource["resourceType"] == "Location"] == [("W7",), ("W7", "#2")]


def test_what_adds_to_the_second_changes_nothing():
    found = made("PV1||N|||||1^Ash~1^Ash" + "|" * 12 + "V1", trace=True)
    assert [each["name"] for each in resources(found, "Practitioner")] == [[{"family": "Ash"}]]
    assert "Practitioner[1].name[1].text" not in [step.target for step in found.trace]
    urls = {each.full_url for each in found.produced}
    assert {step.made_by for step in found.trace} <= urls


def test_planted_fault_is_seen(monkeypatch):
    monkeypatch.setattr(making, "_identity", lambda resource, key: None)
    with pytest.raises(AssertionError):
        test_a_place_named_by_two_rows_is_one()
