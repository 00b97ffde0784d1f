"""The document a crew receives: the plan, or said that there is none."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from hub.care.emergency_care import AGE, ANSWER, CURRENCY, UNPROCESSED, Known, answer
from hub.care.readings import latest_readings

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
BASE = "http://hub.example/fhir"
PATIENT = {"resourceType": "Patient", "id": "p1", "name": [{"family": "Brook"}]}
PLAN = {"resourceType": "CarePlan", "id": "c1", "status": "active", "meta": {"versionId": "2", "lastUpdated": "2026-11-20T09:00:00Z"}}


def narrate(code: str, resources: object, _: object, warnings: object) -> str:
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{code} {" ".join(warnings)}</div>'


def observation(id_: str, code: str, when: str, value: str = "98", status: str = "final") -> dict:
    return {
        "resourceType": "Observation",
        "id": id_,
        "status": status,
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "effectiveDateTime": when,
        "valueQuantity": {"value": Decimal(value)},
    }


def known(**more: object) -> Known:
    return Known(**{"patient": PATIENT, "plans": (PLAN,), "banner": (), "contacts": (), "observations": (), "unprocessed": 0} | more)


def document(**more: object) -> dict:
    return answer(known(**more), now=NOW, base=BASE, narrate=narrate)


def tags(bundle: dict) -> dict[str, str]:
    return {tag["system"]: tag["code"] for tag in bundle["meta"]["tag"]}


def test_composition_stands_first_and_lists_the_plan() -> None:
    bundle = document()
    assert bundle["type"] == "document"
    composition = bundle["entry"][0]["resource"]
    assert composition["resourceType"] == "Composition"
    assert composition["type"]["coding"][0]["code"] == "887701000000100"
    listed = [entry["reference"] for section in composition["section"] for entry in section.get("entry", ())]
    assert f"{BASE}/CarePlan/c1" in listed
    assert {entry["fullUrl"] for entry in bundle["entry"]} >= set(listed)


def test_a_withdrawn_plan_is_no_plan_and_said() -> None:
    bundle = document(plans=(PLAN | {"status": "revoked"},))
    composition = bundle["entry"][0]["resource"]
    assert composition["type"]["coding"][0] == {"system": ANSWER, "code": "no-plan", "display": "No emergency care plan"}
    assert tags(bundle)[ANSWER] == "no-plan"
    assert not [entry for entry in bundle["entry"] if entry["resource"]["resourceType"] == "CarePlan"]


def test_a_plan_past_review_carries_the_warning() -> None:
    assert tags(document(plans=(PLAN | {"period": {"end": "2026-01-01"}},)))[CURRENCY] == "review-due"


def test_unprocessed_messages_are_counted_in_tag_and_in_words() -> None:
    bundle = document(unprocessed=2)
    assert tags(bundle)[UNPROCESSED] == "2"
    assert "2 messages for this person are not yet processed" in bundle["entry"][0]["resource"]["section"][0]["text"]["div"]


def test_latest_readings_take_the_newest_of_each_kind_across_offsets() -> None:
    readings = latest_readings(
        [
            observation("old", "8867-4", "2026-11-22T10:00:00Z"),
            observation("new", "8867-4", "2026-11-22T10:30:00+00:00"),
            observation("summer", "8867-4", "2026-11-22T11:15:00+01:00"),  # 10:15 UTC: later on the clock face, earlier in truth
            observation("other", "59408-5", "2026-11-21"),
        ]
    )
    assert [one["id"] for one in readings] == ["new", "other"]


def test_what_was_entered_in_error_is_not_a_reading() -> None:
    assert latest_readings([observation("wrong", "8867-4", "2026-11-22T10:00:00Z", status="entered-in-error")]) == []


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
def test_what_was_withdrawn_hides_no_older_reading(status: str) -> None:
    wrong = [observation(f"w{day}", "8867-4", f"2026-11-{day}T10:00:00Z", "190", status) for day in range(20, 23)]
    right = observation("right", "8867-4", "2026-11-01")
    for order in ([*wrong, right], [right, *wrong]):
        assert [one["id"] for one in latest_readings(order)] == ["right"]


def test_a_reading_without_a_value_is_none_and_one_in_a_component_is() -> None:
    empty = {name: value for name, value in observation("e", "8867-4", "2026-11-22").items() if name != "valueQuantity"}
    part = {"component": [{"valueQuantity": {"value": Decimal(1)}}]}
    assert latest_readings([empty]) == []
    assert [one["id"] for one in latest_readings([empty | part])] == ["e"]


@pytest.mark.parametrize(
    "when",
    [
        {"effectiveInstant": "2026-11-22T12:00:00Z"},
        {"effectivePeriod": {"start": "2026-11-22T12:00:00Z"}},
        {"effectivePeriod": {"end": "2026-11-22T12:00:00Z"}},
        {"effectiveDateTime": "2026-11-22T13:00:00+01:00"},
    ],
)
def test_a_time_counts_in_whatever_form_it_is_given(when: dict) -> None:
    other = {name: value for name, value in observation("other", "8867-4", "").items() if name != "effectiveDateTime"} | when
    early, late = observation("early", "8867-4", "2026-11-22T11:59:00Z"), observation("late", "8867-4", "2026-11-22T12:01:00Z")
    assert [one["id"] for one in latest_readings([early, other])] == ["other"]
    assert [one["id"] for one in latest_readings([late, other])] == ["late"]


@pytest.mark.parametrize("when", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "no date", "2026-13-45"])
def test_no_date_breaks_the_order(when: str) -> None:
    assert len(latest_readings([observation("a", "8867-4", when), observation("b", "59408-5", "2026-11-22")])) == 2


def test_the_age_of_a_plan_is_in_its_tag() -> None:
    assert tags(document())[AGE] == "P3D"
    assert tags(document(plans=(PLAN | {"meta": {"lastUpdated": "not a date"}},)))[AGE] == "P0D"
    assert tags(document(plans=(PLAN | {"meta": {"lastUpdated": "2027-01-01T00:00:00Z"}},)))[AGE] == "P0D"


def test_alerts_that_do_not_bind_are_left_out_and_the_others_never() -> None:
    flags = [
        {"resourceType": "Flag", "id": status or "none", "code": {}, **({"status": status} if status else {})}
        for status in ("active", "inactive", "entered-in-error", "")
    ]
    expired = {"resourceType": "Flag", "id": "expired", "status": "active", "code": {}, "period": {"end": "2020-01-01"}}
    ids = [entry["resource"]["id"] for entry in document(banner=(*flags, expired))["entry"]]
    assert {"active", "none", "expired"} <= set(ids)
    assert {"inactive", "entered-in-error"}.isdisjoint(ids)


def test_a_section_without_entries_says_that_none_is_recorded_and_claims_no_more() -> None:
    """`nilknown` would be a clinician's statement that there is none."""
    for section in document(plans=())["entry"][0]["resource"]["section"][1:]:
        assert section["emptyReason"] == {"text": "None is recorded in this hub, as far as the asker may see."}


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        ({"reference": "Practitioner/1", "display": "Dr X"}, {"reference": "Practitioner/1", "display": "Dr X"}),
        ({"reference": "CareTeam/1", "display": "Night team"}, {"display": "Night team"}),
        ({"reference": "#contained", "display": "Dr Y"}, {"display": "Dr Y"}),
        ({"display": "Dr Z"}, {"display": "Dr Z"}),
        (None, {"display": "Calder"}),
    ],
)
def test_the_author_is_one_that_a_document_may_have(author: dict | None, expected: dict) -> None:
    plan = PLAN | ({"author": author} if author else {})
    assert document(plans=(plan,))["entry"][0]["resource"]["author"] == [expected]
