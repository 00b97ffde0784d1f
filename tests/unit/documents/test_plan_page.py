"""The page of a plan: everything that binds is on it, and nothing from the record becomes markup."""

import re
from decimal import Decimal

import pytest
from lxml import html

from hub.documents import phrases
from hub.documents.plan_page import render_plan_page

PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}],
    "name": [{"family": "Brook", "given": ["Ada"], "prefix": ["Mrs"]}],
    "birthDate": "1941-03-07",
}
PLAN = {
    "resourceType": "CarePlan",
    "id": "plan-1",
    "status": "active",
    "title": "Plan for breathlessness",
    "meta": {"versionId": "3"},
    "period": {"start": "2026-10-01", "end": "2027-04-01"},
    "activity": [
        {"detail": {"status": "scheduled", "reasonCode": [{"text": "More breathless than usual"}], "description": "Nebuliser first"}}
    ],
}


def cpr(code: str, **more: object) -> dict:
    coding = {"system": "http://snomed.info/sct", "code": code}
    return {"resourceType": "Flag", "status": "active", "code": {"coding": [coding]}} | more


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", html.document_fromstring(page.encode()).text_content())


def test_the_page_says_who_what_and_until_when() -> None:
    text = text_of(render_plan_page([PLAN, PATIENT]))
    for words in (
        "Mrs Ada Brook",
        "999 000 0018",
        "7 Mar 1941",
        "More breathless than usual",
        "Nebuliser first",
        "1 Apr 2027",
        "version 3",
    ):
        assert words in text


@pytest.mark.parametrize(("code", "starts"), [("450476008", "NOT for"), ("450475007", "FOR")])
def test_the_cpr_decision_is_said_in_words_with_its_polarity(code: str, starts: str) -> None:
    page = html.document_fromstring(render_plan_page([PLAN, PATIENT, cpr(code)]).encode())
    assert [strong.text_content().split(" cardio")[0] for strong in page.iter("strong")] == [starts if starts != "FOR" else "FOR"]


def test_two_decisions_are_both_shown() -> None:
    text = text_of(
        render_plan_page(
            [PLAN, PATIENT, cpr("450475007", period={"start": "2026-02-01"}), cpr("450476008", period={"start": "2024-01-01"})]
        )
    )
    assert "NOT for cardiopulmonary resuscitation since 1 Jan 2024" in text
    assert "FOR cardiopulmonary resuscitation since 1 Feb 2026" in text


def test_nothing_from_the_record_becomes_markup() -> None:
    page = render_plan_page([PLAN | {"title": "<script>alert(1)</script>"}, PATIENT])
    assert "<script>" not in page
    assert "alert(1)" in text_of(page)


def test_a_page_without_a_patient_is_not_made() -> None:
    with pytest.raises(ValueError, match="Patient"):
        render_plan_page([PLAN])


def test_digits_are_shown_as_they_were_sent() -> None:
    assert phrases.quantity({"value": Decimal("36.50"), "unit": "Cel"}) == "36.50 Cel"
    assert phrases.quantity({"value": Decimal(15), "comparator": "<", "unit": "mL/min"}) == "<15 mL/min"


def test_a_time_is_shown_in_the_zone_it_was_taken_in() -> None:
    assert phrases.day("2026-07-01T09:30:00+01:00") == "1 Jul 2026 09:30 +01:00"
    assert phrases.day("2026-07-01T09:30:00Z") == "1 Jul 2026 09:30 UTC"
    assert phrases.day("2026-07") == "Jul 2026"
