"""CPR polarity: 450475007 is FOR, 450476008 is NOT FOR. A swap here kills."""

import pytest

from hub.care.resuscitation import contradictions, decisions
from hub.core.resuscitation import DECISIONS, SNOMED, Decision
from hub.documents import resuscitation as words


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
        flag("450475007", "Don\u2019t attempt resuscitation"),
        flag("450475007", "DNA-CPR"),
        flag("450475007", "Patient has declined resuscitation"),
        flag("450475007", "Not for CPR", system="urn:oid:2.16.840.1.113883.6.96"),
        flag("450476008", "For CPR", system="http://snomed.info/sct/83821000000107"),
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


def test_decisions_are_found_by_code_wherever_they_stand() -> None:
    plan = {"resourceType": "CarePlan", "activity": [{"detail": {"code": flag("304253006")["code"]}}], "contained": [flag("450475007")]}
    assert decisions(plan) == set(Decision)
    assert decisions(flag("450476008", system="urn:oid:2.16.840.1.113883.6.96")) == {Decision.NOT_FOR}
    assert decisions(flag("450476008", system="urn:another")) == frozenset()
    assert decisions(flag("300893006", "Not resuscitated")) == frozenset()


def test_the_words_of_the_documents_are_those_of_the_rules() -> None:
    """Rules and pages read one table; here they are held to it."""
    said = {Decision.FOR: words.FOR, Decision.NOT_FOR: words.NOT_FOR}
    assert {code: said[decision] for code, decision in DECISIONS.items()} == words.WORDS
    assert words.FOR.startswith("FOR ")
    assert words.NOT_FOR.startswith("NOT ")
    for system in (None, SNOMED, f"{SNOMED}/999000", "https://snomed.info/sct", "urn:oid:2.16.840.1.113883.6.96", "urn:another"):
        concept = flag("450476008", system=system)
        assert bool(decisions(concept)) == bool(words.decision_words(concept["code"])) == bool(list(words.decisions_in(concept)))
