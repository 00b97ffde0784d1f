"""The sections of an emergency care plan, as XHTML: the banner, the plan, the latest readings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lxml.etree import _Element

from hub.core.json import Resource
from hub.documents import phrases
from hub.documents.markup import E, grid, table
from hub.documents.resuscitation import decisions_in

_DECIDING = ("Flag", "Observation", "Consent", "CarePlan")


def of_type(resources: Iterable[Resource], *types: str) -> list[Resource]:
    return [resource for resource in resources if resource.get("resourceType") in types]


def warnings(texts: Iterable[str]) -> list[_Element]:
    """What must be read first."""
    return [E.p(E.strong(text)) for text in texts]


def patient_facts(patient: Resource) -> _Element:
    died = patient.get("deceasedDateTime")
    return table(
        [
            ("Name", phrases.person_name(patient.get("name")) or "not recorded"),
            ("NHS number", phrases.nhs_number(patient) or "not recorded"),
            ("Born", phrases.day(patient.get("birthDate")) or "not recorded"),
            ("Died", phrases.day(died) if died else "yes" if patient.get("deceasedBoolean") is True else ""),
            ("Address", phrases.address(patient.get("address"))),
            ("Telephone", phrases.telephone(patient.get("telecom"))),
        ]
    )


def resuscitation(resources: Sequence[Resource]) -> list[_Element]:
    """Every CPR decision there is, the newest first, each with its date and author; none is left out for being older."""
    dated = sorted(((_since(each), each) for each in _deciding(resources)), key=lambda pair: pair[0], reverse=True)
    return [
        E.p(E.strong(words), _particulars(since, each)) for since, each in dated for words in sorted(set(decisions_in(each)), reverse=True)
    ]


def contradictions(resources: Sequence[Resource]) -> list[_Element]:
    """Said where FOR and NOT FOR stand together, as `hub.care.emergency_care` says it of a whole record."""
    said = {words for each in _deciding(resources) for words in decisions_in(each)}
    return warnings(["These decisions contradict each other: ask who made them."]) if len(said) > 1 else []


def _deciding(resources: Sequence[Resource]) -> list[Resource]:
    return [each for each in of_type(resources, *_DECIDING) if _is_made(each)]


def _is_made(resource: Resource) -> bool:
    """In force, by its status; a plan's decision is the plan's until it is withdrawn."""
    return resource.get("status") not in ("inactive", "entered-in-error", "revoked", "rejected", "cancelled", "draft", "proposed")


def _since(resource: Resource) -> str:
    period = resource.get("period") or {}
    return str(
        period.get("start") or resource.get("effectiveDateTime") or resource.get("dateTime") or resource.get("created") or "",
    )


def _particulars(since: str, resource: Resource) -> str:
    until = phrases.day((resource.get("period") or {}).get("end"))
    authors = [resource.get("author"), *(resource.get("performer") or ())]
    who = ", ".join(str(each["display"]) for each in authors if isinstance(each, dict) and each.get("display"))
    said = (since and f"since {phrases.day(since)}", until and f"until {until}", who and f"by {who}")
    return " " + (" ".join(filter(None, said)) or "no date is recorded")


def alerts(resources: Sequence[Resource]) -> list[_Element]:
    """Active flags other than CPR, allergies, and consents other than CPR."""
    flags = [each for each in of_type(resources, "Flag") if each.get("status") == "active" and not any(decisions_in(each))]
    consents = [each for each in of_type(resources, "Consent") if _is_made(each) and not any(decisions_in(each))]
    texts = [phrases.concept(flag.get("code")) or "an alert without words" for flag in flags]
    texts += [_allergy(allergy) for allergy in of_type(resources, "AllergyIntolerance")]
    texts += [f"Consent: {_consent(consent)}" for consent in consents]
    return [E.ul(*(E.li(text) for text in texts))] if texts else []


def _allergy(allergy: Resource) -> str:
    agent = phrases.concept(allergy.get("code")) or "substance not recorded"
    reactions = [phrases.concepts(reaction.get("manifestation")) for reaction in allergy.get("reaction") or ()]
    told = "; ".join(filter(None, reactions))
    risk = " (high risk)" if allergy.get("criticality") == "high" else ""
    return f"Allergy: {agent}{risk}" + (f": {told}" if told else "")


def _consent(consent: Resource) -> str:
    what = phrases.concepts(consent.get("category")) or phrases.concept(consent.get("scope")) or "subject not recorded"
    decision = {"permit": "given", "deny": "refused"}.get(str((consent.get("provision") or {}).get("type")), "")
    return f"{what}: {decision}" if decision else what


def plan(care_plan: Resource) -> list[_Element]:
    """Title, whose it is and until when, then what to do."""
    title = care_plan.get("title") or phrases.concepts(care_plan.get("category")) or "Emergency care plan"
    return [E.h2(str(title)), plan_facts(care_plan), *plan_actions(care_plan)]


def plan_facts(care_plan: Resource) -> _Element:
    period = care_plan.get("period") or {}
    return table(
        [
            ("Written by", str((care_plan.get("author") or {}).get("display") or "")),
            ("From", phrases.day(period.get("start") or care_plan.get("created"))),
            ("Review by", phrases.day(period.get("end"))),
            ("Status", str(care_plan.get("status") or "not recorded")),
        ]
    )


def plan_actions(care_plan: Resource) -> list[_Element]:
    """What the plan is for, and each activity: when this happens, do that, and tell whom."""
    parts = [E.p(str(care_plan["description"]))] if care_plan.get("description") else []
    activities = [_activity(activity) for activity in care_plan.get("activity") or ()]
    if activities:
        parts.append(grid(("When this happens", "What should happen", "Who"), activities))
    return parts + [E.p(str(note["text"])) for note in care_plan.get("note") or () if note.get("text")]


def _activity(activity: Resource) -> tuple[str, str, str]:
    """An activity that was stopped is said to be: it stands in the plan and is not to be done."""
    detail = activity.get("detail") or {}
    what = "; ".join(filter(None, (phrases.concept(detail.get("code")), str(detail.get("description") or ""))))
    stopped = {"cancelled": "CANCELLED: ", "stopped": "STOPPED: ", "entered-in-error": "ENTERED IN ERROR: "}
    barred = "DO NOT: " if detail.get("doNotPerform") is True else ""
    return (
        phrases.concepts(detail.get("reasonCode")),
        stopped.get(str(detail.get("status")), "") + barred + (what or str((activity.get("reference") or {}).get("display") or "")),
        ", ".join(str(who["display"]) for who in detail.get("performer") or () if who.get("display")),
    )


def readings(observations: Sequence[Resource]) -> list[_Element]:
    """One row for each: what, the value as sent, when it was taken, and where it is not a final result."""
    rows = []
    for each in observations:
        status = str(each.get("status") or "")
        when = each.get("effectiveDateTime") or each.get("effectiveInstant") or (each.get("effectivePeriod") or {}).get("start")
        shown = phrases.reading(each) + ("" if status == "final" else f" ({status})")
        rows.append((phrases.concept(each.get("code")) or "not named", shown, phrases.day(when) or "time not given"))
    return [grid(("Reading", "Value", "Taken"), rows)] if rows else []
