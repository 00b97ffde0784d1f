"""The page of a plan: everything that binds is on it, and nothing from the record becomes markup."""

import re
from decimal import Decimal

import pytest
from lxml import html

from hub.documents import phrases
from hub.documents.narrative import narrate
from hub.documents.plan_page import STYLE, render_plan_page
from hub.fhir.narrative import is_safe_narrative

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
    assert "contradict each other" in text
    assert "contradict" not in text_of(render_plan_page([PLAN, PATIENT, cpr("450476008"), cpr("304253006")]))


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


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1f", "\ufffe", "\uffff", "\ud800", "]]>", "&", "<!--", "\r"])
def test_no_character_breaks_the_page_or_a_narrative(character: str) -> None:
    text = f"before{character}after"
    activity = {"detail": {"description": text, "reasonCode": [{"text": text}], "performer": [{"display": text}]}}
    plan = PLAN | {"title": text, "description": text, "id": text, "note": [{"text": text}], "activity": [activity]}
    patient = PATIENT | {"name": [{"text": text}], "contact": [{"name": {"text": text}, "telecom": [{"value": text}]}]}
    said = text_of(render_plan_page([plan, patient, cpr("450476008", author={"display": text})]))
    assert said.count("before") >= 8
    assert said.count("after") >= 8
    for section, resources in (
        ("banner", [cpr("450476008", author={"display": text})]),
        ("plan", [plan]),
        ("contacts", []),
        ("readings", []),
    ):
        assert is_safe_narrative(narrate(section, resources, patient, [text]))


@pytest.mark.parametrize("section", ["banner", "plan", "contacts", "readings"])
def test_a_narrative_is_never_empty(section: str) -> None:
    empty = narrate(section, [], {"resourceType": "Patient"})
    assert is_safe_narrative(empty)
    assert "in this hub" in empty or "to this hub" in empty


@pytest.mark.parametrize(("code", "starts"), [("304253006", "NOT for"), ("304252001", "FOR")])
def test_older_codes_are_said_in_words_too_and_a_display_is_never_trusted(code: str, starts: str) -> None:
    decided = cpr(code)
    decided["code"]["coding"][0]["display"] = "Resuscitation status"
    page = html.document_fromstring(render_plan_page([PLAN, PATIENT, decided]).encode())
    assert [strong.text_content() for strong in page.iter("strong")] == [f"{starts} cardiopulmonary resuscitation"]
    assert phrases.concept(decided["code"]) == f"{starts} cardiopulmonary resuscitation"


def test_a_decision_in_the_plan_itself_stands_in_the_frame() -> None:
    plan = PLAN | {"activity": [{"detail": {"code": cpr("450476008")["code"]}}]}
    page = html.document_fromstring(render_plan_page([plan, PATIENT]).encode())
    assert "NOT for" in page.find_class("cpr")[0].text_content()


def test_what_is_not_to_be_done_is_said_to_be() -> None:
    activities = [
        {"detail": {"status": "cancelled", "description": "Steroids"}},
        {"detail": {"status": "stopped", "description": "Oxygen"}},
        {"detail": {"doNotPerform": True, "description": "Cannulate the left arm"}},
        {"reference": {"display": "Ring the matron"}},
    ]
    text = text_of(render_plan_page([PLAN | {"activity": activities}, PATIENT]))
    for words in ("CANCELLED: Steroids", "STOPPED: Oxygen", "DO NOT: Cannulate the left arm", "Ring the matron"):
        assert words in text


def test_a_person_without_a_name_can_still_be_rung() -> None:
    page = text_of(render_plan_page([PLAN, PATIENT | {"contact": [{"telecom": [{"system": "phone", "value": "07700 900 001"}]}]}]))
    assert "name not recorded" in page
    assert "07700 900 001" in page
    assert "not recorded" in text_of(render_plan_page([PLAN, {"resourceType": "Patient"}]))


def test_a_number_no_longer_in_use_is_not_given() -> None:
    telecom = [{"use": "old", "system": "phone", "value": "1"}, {"system": "email", "value": "a@b"}, {"system": "phone", "value": "2"}]
    assert phrases.telephone(telecom) == "2, a@b"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"valueBoolean": False}, "no"),
        ({"valueInteger": 0}, "0"),
        ({"valueQuantity": {"value": Decimal("0.0"), "unit": "L/min"}}, "0.0 L/min"),
        ({"valueRange": {"low": {"value": 88}, "high": {"value": 92, "unit": "%"}}}, "88 to 92 %"),
        ({"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 8}}}, "1 : 8"),
        ({"valueDateTime": "2026-11-02"}, "2 Nov 2026"),
        ({"valueSampledData": {}}, "a value of another kind: see the record"),
        ({"dataAbsentReason": {"text": "not performed"}}, "no value (not performed)"),
        ({}, ""),
    ],
)
def test_every_kind_of_value_is_said(value: dict, said: str) -> None:
    assert phrases.reading(value) == said


def test_the_name_in_official_use_is_shown() -> None:
    names = [{"use": "maiden", "family": "Holme"}, {"use": "nickname", "text": "Addy"}, {"use": "official", "family": "Brook"}]
    assert phrases.person_name(names) == "Brook"
    assert phrases.person_name(names[:1]) == "Holme"  # better an old name than none


def luminance(colour: str) -> float:
    parts = [int(pair, 16) / 255 for pair in re.findall("..", colour if len(colour) == 6 else "".join(2 * sign for sign in colour))]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_text_can_be_read_on_every_ground() -> None:
    """WCAG 2.2: 7:1 for text (AAA), 3:1 for lines that carry meaning."""
    texts = re.findall(r"[;{]color:#(\w+)", STYLE)
    grounds = re.findall(r"background:#(\w+)", STYLE)
    assert len(texts) == 2
    assert len(grounds) == 3
    assert min(contrast(text, ground) for text in texts for ground in grounds) >= 7
    assert min(contrast(line, "fff") for line in re.findall(r"solid #(\w+)", STYLE)) >= 3
    assert contrast("777", "fff") < 4.6  # the measure itself: a known pair
