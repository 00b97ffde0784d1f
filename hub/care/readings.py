"""The latest readings of a person: the newest of each kind."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from hub.core.json import Resource

LATEST_READINGS: Final = 20
_LOINC: Final = "http://loinc.org"
_NO_READING: Final = frozenset({"entered-in-error", "cancelled"})


def latest_readings(observations: Iterable[Resource]) -> list[Resource]:
    """The newest of each kind of Observation, newest first. Those entered in error, cancelled or without a value are not readings,
    and stand in the way of none.
    """
    newest: dict[tuple[str, str], Resource] = {}
    for observation in observations:
        if observation.get("status") in _NO_READING or not _has_value(observation):
            continue
        kind = _kind(observation)
        if kind not in newest or _taken(observation) > _taken(newest[kind]):
            newest[kind] = observation
    return sorted(newest.values(), key=_taken, reverse=True)[:LATEST_READINGS]


def _has_value(observation: Resource) -> bool:
    return any(name.startswith("value") for name in observation) or any(
        name.startswith("value") for part in observation.get("component") or () for name in part
    )


def _kind(observation: Resource) -> tuple[str, str]:
    """Its LOINC code, else its first code, else its words."""
    code = observation.get("code") or {}
    codings = code.get("coding") or []
    for coding in codings:
        if coding.get("system") == _LOINC and coding.get("code"):
            return (_LOINC, str(coding["code"]))
    first = codings[0] if codings else {}
    return (str(first.get("system", "")), str(first.get("code") or first.get("display") or code.get("text", "")))


def _taken(observation: Resource) -> float:
    """When it was taken, as seconds, for ordering only. A partial date counts from its beginning; none at all is oldest."""
    period = observation.get("effectivePeriod") or {}
    text = str(
        observation.get("effectiveDateTime") or observation.get("effectiveInstant") or period.get("start") or period.get("end") or ""
    )
    padded = text + {4: "-01-01", 7: "-01"}.get(len(text), "")
    try:
        moment = datetime.fromisoformat(padded)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return float("-inf")
