"""Whether a plan may be acted on: in force, due for review, or no longer one to follow. And which alerts bind."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from hub.core.json import Resource


class Currency(StrEnum):
    IN_FORCE = "in-force"
    REVIEW_DUE = "review-due"  # its review date has passed: still the plan, said with a warning
    ON_HOLD = "on-hold"  # its author has suspended it: shown, said with a warning
    UNCERTAIN = "status-unknown"  # its author does not know whether it holds: shown, said with a warning
    NOT_YET = "not-yet"  # a draft, or dated in the future
    WITHDRAWN = "withdrawn"
    ENDED = "ended"
    IN_ERROR = "in-error"


_BY_STATUS = {
    "entered-in-error": Currency.IN_ERROR,
    "revoked": Currency.WITHDRAWN,
    "completed": Currency.ENDED,
    "draft": Currency.NOT_YET,
}
_DOUBTFUL = {"on-hold": Currency.ON_HOLD, "unknown": Currency.UNCERTAIN}
_LIVE = frozenset({Currency.IN_FORCE, Currency.REVIEW_DUE, Currency.ON_HOLD, Currency.UNCERTAIN})

# What takes an alert, an allergy or a consent out of force; anything else is shown.
_LAPSED_STATUS = frozenset({"inactive", "entered-in-error", "rejected", "draft", "proposed", "cancelled"})
_LAPSED_ALLERGY = frozenset({"inactive", "resolved", "refuted", "entered-in-error"})


def currency(care_plan: Resource, today: date) -> Currency:
    """CarePlan.status first, then CarePlan.period against today. A date that cannot be read never hides a plan."""
    status = str(care_plan.get("status"))
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    period = care_plan.get("period") or {}
    start, end = _first_day(period.get("start")), _last_day(period.get("end"))
    if start is not None and start > today:
        return Currency.NOT_YET
    if status in _DOUBTFUL:
        return _DOUBTFUL[status]
    return Currency.REVIEW_DUE if end is not None and end < today else Currency.IN_FORCE


def is_live(care_plan: Resource, today: date) -> bool:
    """Whether a crew is shown it."""
    return currency(care_plan, today) in _LIVE


def binds(alert: Resource) -> bool:
    """Whether a Flag, an AllergyIntolerance, a Consent or a coded decision is in force, by its status alone.

    A date in its period hides nothing: senders write review dates there, and a decision past review is still shown, with its date.
    """
    return alert.get("status") not in _LAPSED_STATUS and not _codes(alert, "clinicalStatus", "verificationStatus") & _LAPSED_ALLERGY


def _codes(resource: Resource, *names: str) -> set[str]:
    return {str(coding.get("code")) for name in names for coding in (resource.get(name) or {}).get("coding") or ()}


def _first_day(text: str | None) -> date | None:
    return _day(text, "-01-01", "-01")


def _last_day(text: str | None) -> date | None:
    """For `2026` and `2026-11` the last day that the text can mean, so that a plan is not called overdue too early."""
    if text and len(text) == 4:
        return _day(f"{text}-12-31", "", "")
    if text and len(text) == 7:
        first = _day(text, "", "-01")
        following = first and (first.replace(year=first.year + 1, month=1) if first.month == 12 else first.replace(month=first.month + 1))
        return following and date.fromordinal(following.toordinal() - 1)
    return _day(text, "", "")


def _day(text: str | None, year_only: str, month_only: str) -> date | None:
    if not text:
        return None
    whole = text + (year_only if len(text) == 4 else month_only if len(text) == 7 else "")
    try:
        return date.fromisoformat(whole[:10])
    except ValueError:
        return None
