"""What a resource says after a change."""

from decimal import Decimal

import pytest

from hub.engine.change import Change, Kind
from hub.engine.content import next_content, same, unite_identifiers

BEFORE = {
    "resourceType": "Observation",
    "id": "o1",
    "meta": {"versionId": "3", "tag": [{"code": "unverified"}]},
    "status": "final",
    "code": {"text": "pulse"},
    "subject": {"reference": "Patient/p1"},
    "valueQuantity": {"value": 71},
    "_issued": {"extension": [{"url": "u", "valueCode": "unknown"}]},
}


def after(kind, resource, before=BEFORE, cleared=()):
    change = Change(kind, resource["resourceType"], resource, cleared=frozenset(cleared))
    return next_content(change, resource, before)


def observation(**elements):
    return {"resourceType": "Observation", **elements}


def test_update_is_the_whole_new_state():
    new = observation(status="final", valueString="strong")
    assert after(Kind.UPDATE, new) == new


@pytest.mark.parametrize("kind", [Kind.UPDATE, Kind.MERGE, Kind.IDENTIFY, Kind.CREATE])
def test_where_there_is_none_it_is_made(kind):
    new = observation(status="final")
    assert after(kind, new, before=None) == new


def test_identify_leaves_what_is_there():
    assert after(Kind.IDENTIFY, observation(status="amended")) is None


def test_merge_replaces_its_elements_and_keeps_the_others():
    merged = after(Kind.MERGE, observation(status="corrected"))
    assert merged["status"] == "corrected"
    assert merged["code"] == BEFORE["code"]
    assert merged["valueQuantity"] == {"value": 71}


def test_merge_replaces_the_whole_choice():
    merged = after(Kind.MERGE, observation(valueString="strong"))
    assert "valueQuantity" not in merged
    assert merged["valueString"] == "strong"


def test_merge_of_a_primitive_drops_its_old_extensions():
    assert "_issued" not in after(Kind.MERGE, observation(issued="2026-02-01T10:00:00Z"))


@pytest.mark.parametrize("name", ["valueQuantity", "value[x]"])
def test_hl7_null_takes_an_element_away(name):
    assert "valueQuantity" not in after(Kind.MERGE, observation(status="final"), cleared=[name])


def test_merge_keeps_meta_of_others():
    assert after(Kind.MERGE, observation(meta={"profile": ["p"]}))["meta"] == {"tag": [{"code": "unverified"}], "profile": ["p"]}


def test_amend_never_makes_one():
    assert after(Kind.AMEND, observation(status="entered-in-error"), before=None) is None


def test_an_amendment_that_withdraws_nothing_is_a_merge():
    amended = after(Kind.AMEND, observation(status="final", encounter={"reference": "Encounter/e1"}))
    assert amended["status"] == "final"
    assert amended["encounter"] == {"reference": "Encounter/e1"}


def test_a_withdrawal_never_says_whose_it_is():
    amended = after(
        Kind.AMEND,
        observation(status="entered-in-error", subject={"reference": "Patient/wrong"}, encounter={"reference": "Encounter/wrong"}),
    )
    assert amended["status"] == "entered-in-error"
    assert amended["subject"] == {"reference": "Patient/p1"}
    assert "encounter" not in amended


def test_identifiers_of_other_senders_stay():
    ours, theirs = {"system": "a", "value": "1"}, {"system": "b", "value": "2"}
    before = {"resourceType": "Patient", "identifier": [ours, theirs]}
    renewed = {"system": "a", "value": "1", "use": "official"}
    united = unite_identifiers(before, {"resourceType": "Patient", "identifier": [{"system": "c", "value": "3"}, renewed]})
    assert united["identifier"] == [renewed, theirs, {"system": "c", "value": "3"}]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"value": Decimal("36.5")}, {"value": Decimal("36.50")}),
        ({"value": 1}, {"value": True}),
        ({"value": 1}, {"value": Decimal(1)}),
        ({"a": 1}, {"a": 1, "b": 2}),
        ([1, 2], [2, 1]),
    ],
)
def test_written_differently_is_different(one, other):
    assert not same(one, other)


def test_the_order_of_members_says_nothing():
    assert same({"a": [Decimal("1.0")], "b": None}, {"b": None, "a": [Decimal("1.0")]})
