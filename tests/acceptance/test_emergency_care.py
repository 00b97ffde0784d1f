"""The crew's question in its four shapes, and what must never be read as "no plan"."""

import asyncio
from dataclasses import asdict

import pytest

from hub.core.visibility import Visibility
from hub.store.sqlite import open_store

NHS = "https://fhir.nhs.uk/Id/nhs-number"
ADA, BEN, NOBODY = "9990000018", "9990000026", "9990000034"
FHIR = {"content-type": "application/fhir+json"}
SNOMED = "http://snomed.info/sct"


@pytest.fixture
def people(hub, http) -> dict[str, str]:
    """Ada has a plan, Ben has none; two more are born on one day with one name."""
    made = {}
    for number, family in ((ADA, "Brook"), (BEN, "Holme"), ("9990000042", "Twin"), ("9990000050", "Twin")):
        body = {
            "resourceType": "Patient",
            "identifier": [{"system": NHS, "value": number}],
            "name": [{"family": family}],
            "birthDate": "1950-01-01",
        }
        made[number] = http.post(f"{hub.fhir}/Patient", json=body, headers=FHIR).json()["id"]
    plan = {
        "resourceType": "CarePlan",
        "status": "active",
        "intent": "plan",
        "title": "Plan for Ada",
        "subject": {"reference": f"Patient/{made[ADA]}"},
        "activity": [{"detail": {"status": "scheduled", "description": "Nebuliser first"}}],
    }
    assert http.post(f"{hub.fhir}/CarePlan", json=plan, headers=FHIR).status_code == 201
    return made


def ask(hub, http, **parameters: str):
    body = {"resourceType": "Parameters", "parameter": [_parameter(name, value) for name, value in parameters.items()]}
    return http.post(f"{hub.fhir}/Patient/$emergency-care", json=body, headers=FHIR)


def _parameter(name: str, value: str) -> dict:
    if name == "identifier":
        return {"name": name, "valueIdentifier": {"system": NHS, "value": value}}
    return {"name": name, "valueString": value}


def test_there_is_a_plan(hub, http, people) -> None:
    answer = ask(hub, http, identifier=ADA)
    assert answer.status_code == 200
    bundle = answer.json()
    assert bundle["type"] == "document"
    assert bundle["entry"][0]["resource"]["resourceType"] == "Composition"
    assert "CarePlan" in {entry["resource"]["resourceType"] for entry in bundle["entry"]}
    tags = {tag["system"]: tag["code"] for tag in bundle["meta"]["tag"]}
    assert tags["urn:x-calder:plan-currency"] == "in-force"
    assert tags["urn:x-calder:unprocessed-messages"] == "0"


def test_it_may_be_asked_by_get_and_with_spaces(hub, http, people) -> None:
    assert http.get(f"{hub.fhir}/Patient/$emergency-care", params={"identifier": "999 000 0018"}).status_code == 200
    assert http.get(f"{hub.fhir}/Patient/$emergency-care", params={"identifier": f"{NHS}|{ADA}"}).status_code == 200


def test_the_person_is_known_and_there_is_no_plan(hub, http, people) -> None:
    bundle = ask(hub, http, identifier=BEN).json()
    codings = bundle["entry"][0]["resource"]["type"]["coding"]
    assert [coding["code"] for coding in codings] == ["no-plan"]


def test_nobody_matches(hub, http, people) -> None:
    answer = ask(hub, http, identifier=NOBODY)
    assert answer.status_code == 404
    assert answer.json()["issue"][0]["code"] == "not-found"


def test_several_match_and_none_is_named(hub, http, people) -> None:
    answer = ask(hub, http, family="Twin", birthdate="1950-01-01")
    assert answer.status_code == 409
    assert answer.json()["issue"][0]["code"] == "multiple-matches"
    for number, id_ in people.items():
        assert id_ not in answer.text
        assert number not in answer.text


def test_demographics_that_name_one_person(hub, http, people) -> None:
    assert ask(hub, http, family="Brook", birthdate="1950-01-01").status_code == 200
    assert ask(hub, http, family="Brook").status_code == 400  # a name alone names nobody


def test_a_wrong_check_digit_is_a_slip_and_not_an_unknown_person(hub, http, people) -> None:
    answer = ask(hub, http, identifier="9990000019")
    assert answer.status_code == 400
    assert "9990000019" not in answer.text


def test_a_search_that_could_not_be_made_is_never_no_plan(hub, http, people) -> None:
    """The store is spoilt under the hub: 503 and Retry-After, never 200 and never 404."""
    for name in ("hub.db", "hub.db-wal"):
        size = (hub.data / name).stat().st_size
        with (hub.data / name).open("r+b") as file:
            file.write(b"spoilt! " * (size // 8))
    for number in (ADA, BEN, NOBODY):
        answer = ask(hub, http, identifier=number)
        assert answer.status_code == 503, answer.text
        assert answer.headers["retry-after"]
        issue = answer.json()["issue"][0]
        assert issue["code"] == "transient"
        assert "does NOT mean that there is no plan" in issue["diagnostics"]


@pytest.mark.parametrize(
    ("code", "display"),
    [("450475007", "Not for attempted cardiopulmonary resuscitation"), ("450476008", "For attempted cardiopulmonary resuscitation")],
)
def test_a_cpr_decision_that_contradicts_its_display_is_refused(hub, http, people, code: str, display: str) -> None:
    flag = {
        "resourceType": "Flag",
        "status": "active",
        "code": {"coding": [{"system": SNOMED, "code": code, "display": display}]},
        "subject": {"reference": f"Patient/{people[ADA]}"},
    }
    answer = http.post(f"{hub.fhir}/Flag", json=flag, headers=FHIR)
    assert answer.status_code == 422
    assert "C101" in answer.text or "contradicts" in answer.text


def test_every_question_leaves_its_trace(hub, http, people) -> None:
    """Who asked about whom is in the audit, and no number of anybody's is in what the hub prints."""
    ask(hub, http, identifier=ADA)
    ask(hub, http, identifier=NOBODY)
    assert hub.stop() == 0
    rows = _audit(hub.data)
    looks = [row for row in rows if row["interaction"] == "$emergency-care"]
    assert [(row["person"], row["outcome"]) for row in looks] == [(None, "4"), (people[ADA], "0")]


def _audit(data) -> list[dict]:
    async def read() -> list[dict]:
        store = open_store(data / "hub.db", read_only=True)
        try:
            return [asdict(row) for row in await store.audit_rows(Visibility.system("test"), limit=1000)]
        finally:
            await store.close()

    return asyncio.run(read())
