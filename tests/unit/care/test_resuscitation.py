"""CPR polarity: 450475007 is FOR, 450476008 is NOT FOR. A swap here kills."""

import pytest

from hub.care.resuscitation import DECISIONS, SNOMED, Decision, contradictions


def flag(code: str, display: str | None = None, text: str | None = None, system: str | None = SNOMED) -> dict:
    coding = {"code": code} | ({"system": system} if system else {}) | ({"display": display} if display else {})
    concept = {"coding": [coding]} | ({"text": text} if text else {})
    return {"resourceType": "Flag", "status": "active", "code": concept}


def test_polarity_is_written_down_once_and_right() -> None:
    assert DECISIONS["450475007"] is Decision.FOR
    assert DECISIONS["450476008"] is Decision.NOT_FOR


@pytest.mark.parametrize(
    "good",
    [
        flag("450475007", "For attempted cardiopulmonary resuscitation"),
        flag("450476008", "Not for attempted cardiopulmonary resuscitation"),
        flag("450476008", "Not for attempted CPR (cardiopulmonary resuscitation)"),
        flag("450476008", "DNACPR"),
        flag("450475007"),
        flag("450476008"),
        flag("450476008", text="Do not attempt resuscitation"),
        flag("300893006", "Not resuscitated"),  # another concept: none of our business
    ],
)
def test_what_agrees_passes(good: dict) -> None:
    assert contradictions(good) == []


@pytest.mark.parametrize(
    "bad",
    [
        flag("450475007", "Not for attempted cardiopulmonary resuscitation"),
        flag("450475007", "DNACPR"),
        flag("450475007", "Do not attempt CPR"),
        flag("450476008", "For attempted cardiopulmonary resuscitation"),
        flag("450476008", "For CPR", system=None),
        flag("450476008", text="For cardiopulmonary resuscitation"),
        flag("304253006", "Attempt resuscitation"),
    ],
)
def test_a_display_that_says_the_opposite_is_reported(bad: dict) -> None:
    found = contradictions(bad)
    assert [one.code.name for one in found] == ["C101"]
    assert found[0].place == "Flag.code.coding[0]"


def test_it_is_found_wherever_it_stands() -> None:
    plan = {
        "resourceType": "CarePlan",
        "activity": [{"detail": {"code": {"coding": [{"system": SNOMED, "code": "450475007", "display": "Not for resuscitation"}]}}}],
        "contained": [flag("450476008", "For resuscitation")],
    }
    places = sorted(str(one.place) for one in contradictions(plan))
    assert places == ["CarePlan.activity[0].detail.code.coding[0]", "CarePlan.contained[0].code.coding[0]"]


def test_swapped_codes_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: with the two codes swapped in the table, what agrees is reported and what contradicts passes."""
    monkeypatch.setitem(DECISIONS, "450475007", Decision.NOT_FOR)
    monkeypatch.setitem(DECISIONS, "450476008", Decision.FOR)
    assert contradictions(flag("450476008", "Not for attempted cardiopulmonary resuscitation"))
    assert not contradictions(flag("450475007", "Not for attempted cardiopulmonary resuscitation"))
