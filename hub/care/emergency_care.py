"""The answer to the crew's question "is there a plan for this person?": a FHIR document Bundle.

FHIR R4 documents, https://hl7.org/fhir/R4/documents.html: Composition first, then everything it lists.
Order of sections is order of use: what binds, the plan, whom to ring, the latest readings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from hub.care.currency import Currency, binds, currency, is_live
from hub.care.readings import latest_readings
from hub.care.resuscitation import decisions
from hub.core.json import Resource
from hub.core.resuscitation import SNOMED, Decision
from hub.fhir import bundle
from hub.fhir.instant import render_instant
from hub.fhir.references import parse_reference

ANSWER = "urn:x-calder:emergency-care"  # tags and codes of this answer
CURRENCY = "urn:x-calder:plan-currency"
AGE = "urn:x-calder:plan-age"
UNPROCESSED = "urn:x-calder:unprocessed-messages"

Narrate = Callable[[str, Sequence[Resource], Resource, Sequence[str]], str]
"""(section, its resources, the patient, what must be read first) -> the xhtml div. Given by whoever renders documents."""

_WARNINGS = {
    Currency.REVIEW_DUE: "its review date has passed",
    Currency.ON_HOLD: "its author has put it on hold",
    Currency.UNCERTAIN: "its author does not know whether it still holds",
}
_NOT_RECORDED = {"text": "None is recorded in this hub, as far as the asker may see."}
_AUTHORS = frozenset({"Practitioner", "PractitionerRole", "Device", "Patient", "RelatedPerson", "Organization"})  # of a Composition


@dataclass(frozen=True, slots=True)
class Known:
    """What the record says about one person, already limited to what the caller may see."""

    patient: Resource
    plans: tuple[Resource, ...]
    banner: tuple[Resource, ...]  # Flag, AllergyIntolerance, Consent, Observations that are CPR decisions
    contacts: tuple[Resource, ...]  # Practitioner, Organization, RelatedPerson, CareTeam that the plans refer to
    observations: tuple[Resource, ...]
    unprocessed: int  # messages for this person that are parked or pending


def answer(known: Known, *, now: datetime, base: str, narrate: Narrate) -> Resource:
    """The document. With no live plan its Composition is coded `no-plan`: said, never left to be guessed."""
    today = now.date()
    plans = sorted((plan for plan in known.plans if is_live(plan, today)), key=_written, reverse=True)
    banner = _distinct(each for each in known.banner if binds(each))
    readings = latest_readings(known.observations)
    kin = [known.patient] if known.patient.get("contact") else []

    def section(code: str, title: str, resources: Sequence[Resource], warnings: Sequence[str] = ()) -> Resource:
        return _section(code, title, resources, base, narrate(code, resources, known.patient, warnings))

    sections = [
        _about(known.unprocessed),
        section("banner", "Alerts and decisions", banner, _conflicts([*banner, *plans])),
        section("plan", "Emergency care plan", plans, _cautions(plans, today)),
        section("contacts", "Who to contact", [*known.contacts, *kin]),
        section("readings", "Latest readings", readings),
    ]
    composition = _composition(known.patient, plans, sections, now, base)
    listed = _distinct([composition, known.patient, *banner, *plans, *known.contacts, *readings])
    document = bundle.document(
        [(_url(resource, base), resource) for resource in listed],
        identifier={"system": ANSWER, "value": f"{known.patient['id']}-{now:%Y%m%dT%H%M%S%f}"},
        timestamp=render_instant(now),
    )
    return {"resourceType": "Bundle", "meta": {"lastUpdated": render_instant(now), "tag": _tags(plans, known.unprocessed, now)}, **document}


def _composition(patient: Resource, plans: Sequence[Resource], sections: list[Resource], now: datetime, base: str) -> Resource:
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
        "date": render_instant(now),
        "author": [_author(plans, base)],
        "title": "Emergency care plan" if plans else "No emergency care plan is known",
        "section": sections,
    }


def _author(plans: Sequence[Resource], base: str) -> Resource:
    """Who wrote the plan in front; a care team may write plans, and not documents."""
    author: Resource = (plans[0].get("author") or {}) if plans else {}
    named = parse_reference(str(author.get("reference", "")), base=base)
    if named is not None and named.type in _AUTHORS:
        return author
    return {"display": str(author.get("display") or "Calder")}


def _conflicts(resources: Iterable[Resource]) -> list[str]:
    found = {decision for resource in resources for decision in decisions(resource)}
    return ["The CPR decisions below contradict each other: ask who made them."] if found == set(Decision) else []


def _cautions(plans: Sequence[Resource], today: date) -> list[str]:
    """What must be known of the plans before they are read."""
    several = [f"There are {len(plans)} plans, the newest first: read all of them."] if len(plans) > 1 else []
    doubts = ((str(plan.get("title") or "The plan"), _WARNINGS.get(currency(plan, today))) for plan in plans)
    return several + [f"{title}: {doubt}." for title, doubt in doubts if doubt is not None]


def _about(unprocessed: int) -> Resource:
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
        # Not `nilknown`: that is a clinician's statement, and nobody has made it.
        section["emptyReason"] = _NOT_RECORDED
    return section


def _tags(plans: Sequence[Resource], unprocessed: int, now: datetime) -> list[Resource]:
    """Age and currency of the plan in front, and the count of messages not yet processed."""
    tags = [{"system": UNPROCESSED, "code": str(unprocessed), "display": f"messages not yet processed: {unprocessed}"}]
    if not plans:
        return [{"system": ANSWER, "code": "no-plan"}, *tags]
    state = currency(plans[0], now.date())
    days = max(_days_since(_written(plans[0]), now), 0)
    age = {"system": AGE, "code": f"P{days}D", "display": f"last changed {days} days ago"}
    return [{"system": CURRENCY, "code": state.value, "display": _WARNINGS.get(state, "in force")}, age, *tags]


def _days_since(text: str, now: datetime) -> int:
    try:
        return (now.date() - date.fromisoformat(text[:10])).days
    except ValueError:
        return 0


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
