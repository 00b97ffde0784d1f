"""Which plans a crew is shown as plans to follow."""

from datetime import date

import pytest

from hub.care.currency import Currency, binds, currency, is_live

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ({"status": "active"}, Currency.IN_FORCE),
        ({"status": "active", "period": {"start": "2026-01-01", "end": "2026-11-23"}}, Currency.IN_FORCE),  # the last day counts
        ({"status": "active", "period": {"end": "2026-11-22"}}, Currency.REVIEW_DUE),
        ({"status": "active", "period": {"end": "2026-11"}}, Currency.IN_FORCE),  # some day of November: not called overdue too early
        ({"status": "active", "period": {"end": "2026-10"}}, Currency.REVIEW_DUE),
        ({"status": "active", "period": {"end": "2026-12"}}, Currency.IN_FORCE),
        ({"status": "active", "period": {"end": "2026"}}, Currency.IN_FORCE),
        ({"status": "active", "period": {"start": "2026-11-24"}}, Currency.NOT_YET),
        ({"status": "revoked"}, Currency.WITHDRAWN),
        ({"status": "completed"}, Currency.ENDED),
        ({"status": "entered-in-error"}, Currency.IN_ERROR),
        ({"status": "draft"}, Currency.NOT_YET),
        ({"status": "on-hold"}, Currency.ON_HOLD),
        ({"status": "unknown", "period": {"end": "2020"}}, Currency.UNCERTAIN),
        ({"status": "on-hold", "period": {"start": "2027"}}, Currency.NOT_YET),
        ({"status": "active", "period": {"end": "not a date"}}, Currency.IN_FORCE),  # what cannot be read never hides a plan
    ],
)
def test_currency(plan: dict, expected: Currency) -> None:
    assert currency(plan, TODAY) is expected


def test_a_plan_past_its_review_date_is_still_shown() -> None:
    assert is_live({"status": "active", "period": {"end": "2020-01-01"}}, TODAY)


@pytest.mark.parametrize("status", ["revoked", "entered-in-error", "completed", "draft"])
def test_a_plan_that_does_not_bind_is_not_shown_as_one_to_follow(status: str) -> None:
    assert not is_live({"status": status}, TODAY)


@pytest.mark.parametrize("status", ["on-hold", "unknown", None])
def test_a_plan_in_doubt_is_shown(status: str | None) -> None:
    assert is_live({"status": status}, TODAY)


@pytest.mark.parametrize("status", ["inactive", "entered-in-error", "rejected", "draft", "proposed", "cancelled"])
def test_an_alert_that_lapsed_does_not_bind(status: str) -> None:
    assert not binds({"status": status})


@pytest.mark.parametrize(
    ("element", "code"), [("clinicalStatus", "resolved"), ("clinicalStatus", "inactive"), ("verificationStatus", "refuted")]
)
def test_an_allergy_that_is_no_more_does_not_bind(element: str, code: str) -> None:
    assert not binds({element: {"coding": [{"code": code}]}})


@pytest.mark.parametrize(
    "alert",
    [
        {},
        {"status": "active"},
        {"status": "final"},
        {"clinicalStatus": {"coding": [{"code": "active"}]}},
        {"status": "active", "period": {"end": "2020"}},
    ],
)
def test_everything_else_binds(alert: dict) -> None:
    assert binds(alert)
