"""The document a crew receives: the plan, or said that there is none."""

from datetime import UTC, datetime
from decimal import Decimal

from hub.care.emergency_care import ANSWER, CURRENCY, UNPROCESSED, Known, answer, latest_readings

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
BASE = "http://hub.example/fhir"
PATIENT = {"resourceType": "Patient", "id": "p1", "name": [{"family": "Brook"}]}
PLAN = {"resourceType": "CarePlan", "id": "c1", "status": "active", "meta": {"versionId": "2", "lastUpdated": "2026-11-20T09:00:00Z"}}


def narrate(code: str, resources: object, _: object) -> str:
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{code}</div>'


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
