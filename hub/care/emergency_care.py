"""The answer to the crew's question "is there a plan for this person?": a FHIR document Bundle.

FHIR R4 documents, https://hl7.org/fhir/R4/documents.html: Composition first, then everything it lists.
Order of sections is order of use: what binds, the plan, whom to ring, the latest readings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from hub.care.currency import Currency, currency, is_live
from hub.core.json import Resource

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
ANSWER = "urn:x-calder:emergency-care"  # tags and codes of this answer
CURRENCY = "urn:x-calder:plan-currency"
AGE = "urn:x-calder:plan-age"
UNPROCESSED = "urn:x-calder:unprocessed-messages"
LATEST_READINGS = 20

Narrate = Callable[[str, Sequence[Resource], Resource], str]
"""(section, its resources, the patient) -> the xhtml div. Given by whoever renders documents."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the record says about one person, already limited to what the caller may see."""

    patient: Resource
    plans: tuple[Resource, ...]
    banner: tuple[Resource, ...]  # Flag, AllergyIntolerance, Consent
    contacts: tuple[Resource, ...]  # Practitioner, Organization, RelatedPerson, CareTeam that the plans refer to
    observations: tuple[Resource, ...]
    unprocessed: int  # messages for this person that are parked or pending


def answer(known: Known, *, now: datetime, base: str, narrate: Narrate) -> Resource:
    """The document. With no live plan its Composition is coded `no-plan`: said, never left to be guessed."""
    today = now.date()
    plans = sorted((plan for plan in known.plans if is_live(plan, today)), key=_written, reverse=True)
    readings = latest_readings(known.observations)
    sections = [
        _section(code, title, resources, base, narrate(code, resources, known.patient))
        for code, title, resources in (
            ("banner", "Alerts and decisions", known.banner),
            ("plan", "Emergency care plan", plans),
            ("contacts", "Who to contact", known.contacts),
            ("readings", "Latest readings", readings),
        )
        if resources or code == "plan"
    ]
    composition = _composition(known, plans, sections, now, base)
    listed = _distinct([known.patient, *known.banner, *plans, *known.contacts, *readings])
    return {
        "resourceType": "Bundle",
        "meta": {"lastUpdated": _instant(now), "tag": _tags(plans, known.unprocessed, now)},
        "identifier": {"system": ANSWER, "value": f"{known.patient['id']}-{now:%Y%m%dT%H%M%S%f}"},
        "type": "document",
        "timestamp": _instant(now),
        "entry": [
            {"fullUrl": f"{base}/Composition/{composition['id']}", "resource": composition},
            *({"fullUrl": _url(resource, base), "resource": resource} for resource in listed),
        ],
    }


def latest_readings(observations: Iterable[Resource]) -> list[Resource]:
    """The newest of each kind of Observation, newest first. Those entered in error, cancelled or without a value are not readings."""
    newest: dict[tuple[str, str], Resource] = {}
    for observation in observations:
        if observation.get("status") in ("entered-in-error", "cancelled") or not _has_value(observation):
            continue
        kind = _kind(observation)
        if kind not in newest or _taken(observation) > _taken(newest[kind]):
            newest[kind] = observation
    return sorted(newest.values(), key=_taken, reverse=True)[:LATEST_READINGS]


def _composition(known: Known, plans: Sequence[Resource], sections: list[Resource], now: datetime, base: str) -> Resource:
    patient = known.patient
    author = (plans[0].get("author") if plans else None) or {"display": "Calder"}
    code = (
        {"coding": [{"system": SNOMED, "code": "887701000000100", "display": "Emergency health care plan"}]}
        if plans
        else {"coding": [{"system": ANSWER, "code": "no-plan", "display": "No emergency care plan"}], "text": "No emergency care plan"}
    )
    identity = sha256(f"{patient['id']}|{[(plan.get('id'), _version(plan)) for plan in plans]}".encode()).hexdigest()[:32]
    return {
        "resourceType": "Composition",
        "id": identity,
        "status": "final",
        "type": code,
        "subject": {"reference": _url(patient, base)},
        "date": _instant(now),
        "author": [author],
        "title": "Emergency care plan" if plans else "No emergency care plan is known",
        "section": [_said(known.unprocessed), *sections],
    }


def _said(unprocessed: int) -> Resource:
    """What the crew must know about the answer itself."""
    words = "1 message" if unprocessed == 1 else f"{unprocessed} messages"
    text = (
        f"{words} for this person {'is' if unprocessed == 1 else 'are'} not yet processed."
        if unprocessed
        else "All messages are processed."
    )
    return {
        "title": "About this answer",
        "code": {"coding": [{"system": ANSWER, "code": "about"}]},
        "text": {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{text}</p></div>'},
    }


def _section(code: str, title: str, resources: Sequence[Resource], base: str, narrative: str) -> Resource:
    section: Resource = {
        "title": title,
        "code": {"coding": [{"system": ANSWER, "code": code}]},
        "text": {"status": "generated", "div": narrative},
    }
    if resources:
        section["entry"] = [{"reference": _url(resource, base)} for resource in resources]
    else:
        section["emptyReason"] = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/list-empty-reason", "code": "nilknown"}]}
    return section


def _tags(plans: Sequence[Resource], unprocessed: int, now: datetime) -> list[Resource]:
    """Age and currency of the plan in front, and the count of messages not yet processed."""
    tags = [{"system": UNPROCESSED, "code": str(unprocessed), "display": f"messages not yet processed: {unprocessed}"}]
    if not plans:
        return [{"system": ANSWER, "code": "no-plan"}, *tags]
    state = currency(plans[0], now.date())
    due = {Currency.REVIEW_DUE: "review date has passed"}.get(state, "in force")
    updated = str((plans[0].get("meta") or {}).get("lastUpdated") or "")
    days = (now - datetime.fromisoformat(updated)).days if updated else 0
    age = {"system": AGE, "code": f"P{max(days, 0)}D", "display": f"last changed {max(days, 0)} days ago"}
    return [{"system": CURRENCY, "code": state.value, "display": due}, age, *tags]


def _has_value(observation: Resource) -> bool:
    return any(name.startswith("value") for name in observation) or any(
        name.startswith("value") for part in observation.get("component") or () for name in part
    )


def _kind(observation: Resource) -> tuple[str, str]:
    codings = (observation.get("code") or {}).get("coding") or []
    for coding in codings:
        if coding.get("system") == LOINC:
            return (LOINC, str(coding.get("code")))
    first = codings[0] if codings else {}
    return (str(first.get("system", "")), str(first.get("code") or (observation.get("code") or {}).get("text", "")))


def _taken(observation: Resource) -> float:
    """When it was taken, as seconds, for ordering only. A partial date counts from its beginning; none at all is oldest."""
    text = str(observation.get("effectiveDateTime") or (observation.get("effectivePeriod") or {}).get("start") or "")
    padded = text + {4: "-01-01", 7: "-01"}.get(len(text), "")
    try:
        moment = datetime.fromisoformat(padded)
    except ValueError:
        return float("-inf")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _written(plan: Resource) -> str:
    return str((plan.get("meta") or {}).get("lastUpdated") or plan.get("created") or "")


def _version(resource: Resource) -> str:
    return str((resource.get("meta") or {}).get("versionId", ""))


def _url(resource: Resource, base: str) -> str:
    return f"{base}/{resource['resourceType']}/{resource['id']}"


def _distinct(resources: Iterable[Resource]) -> list[Resource]:
    seen: dict[tuple[str, str], Resource] = {}
    for resource in resources:
        seen.setdefault((resource["resourceType"], resource["id"]), resource)
    return list(seen.values())


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
