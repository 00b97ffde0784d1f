"""Which plans a crew is shown as plans to follow."""

from datetime import date

import pytest

from hub.care.currency import Currency, currency, is_live

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
