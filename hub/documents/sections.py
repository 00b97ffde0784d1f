"""The sections of an emergency care plan, as XHTML: the banner, the plan, who to contact, the latest readings.

Elements are built with lxml, so that no text from the record can become markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lxml.builder import ElementMaker
from lxml.etree import _Element, tostring

from hub.core.json import Resource
from hub.documents import phrases

XHTML = "http://www.w3.org/1999/xhtml"
E = ElementMaker(namespace=XHTML, nsmap={None: XHTML})

FOR_CPR = "450475007"
NOT_FOR_CPR = "450476008"


def of_type(resources: Iterable[Resource], *types: str) -> list[Resource]:
    return [resource for resource in resources if resource.get("resourceType") in types]


def codes(value: dict[str, object] | None) -> set[str]:
    """The codes of a CodeableConcept."""
    codings = (value or {}).get("coding") or []
    return {str(coding.get("code")) for coding in codings} if isinstance(codings, list) else set()


def render(element: _Element) -> str:
    return str(tostring(element, encoding="unicode"))


def div(children: Sequence[_Element]) -> str:
    """The narrative of a FHIR section: one xhtml div."""
    return render(E.div(*children))


def table(rows: Iterable[tuple[str, str]]) -> _Element:
    return E.table(*(E.tr(E.th(name, scope="row"), E.td(value)) for name, value in rows if value))


def patient_facts(patient: Resource) -> _Element:
    return table(
        [
            ("Name", phrases.person_name(patient.get("name"))),
            ("NHS number", phrases.nhs_number(patient)),
            ("Born", phrases.day(patient.get("birthDate"))),
            ("Address", phrases.address(patient.get("address"))),
            ("Telephone", phrases.telephone(patient.get("telecom"))),
        ]
    )


def resuscitation(resources: Sequence[Resource]) -> list[_Element]:
    """Every CPR decision there is, side by side, each with its date and author; none is left out for being older."""
    lines = []
    for flag in of_type(resources, "Flag"):
        decision = codes(flag.get("code"))
        if flag.get("status") != "active" or not decision & {FOR_CPR, NOT_FOR_CPR}:
            continue
        words = "NOT for cardiopulmonary resuscitation" if NOT_FOR_CPR in decision else "FOR cardiopulmonary resuscitation"
        since = phrases.day((flag.get("period") or {}).get("start"))
        author = str((flag.get("author") or {}).get("display") or "")
        lines.append(E.p(E.strong(words), " ".join(filter(None, (f" since {since}" if since else "", f" by {author}" if author else "")))))
    return lines


def alerts(resources: Sequence[Resource]) -> list[_Element]:
    """Active flags other than CPR, and allergies."""
    texts = [
        phrases.concept(flag.get("code"))
        for flag in of_type(resources, "Flag")
        if flag.get("status") == "active" and not codes(flag.get("code")) & {FOR_CPR, NOT_FOR_CPR}
    ]
    texts += [f"Allergy: {phrases.concept(allergy.get('code'))}" for allergy in of_type(resources, "AllergyIntolerance")]
    return [E.ul(*(E.li(text) for text in texts if text))] if any(texts) else []


def plan(care_plan: Resource) -> list[_Element]:
    """Title, dates, what the plan is for, and each activity: when this happens, do that, and tell whom."""
    period = care_plan.get("period") or {}
    author = str((care_plan.get("author") or {}).get("display") or "")
    parts: list[_Element] = [
        E.h2(str(care_plan.get("title") or phrases.concepts(care_plan.get("category")) or "Emergency care plan")),
        table(
            [
                ("Written by", author),
                ("From", phrases.day(period.get("start") or care_plan.get("created"))),
                ("Review by", phrases.day(period.get("end"))),
                ("Status", str(care_plan.get("status") or "")),
            ]
        ),
    ]
    if care_plan.get("description"):
        parts.append(E.p(str(care_plan["description"])))
    details = [activity.get("detail") or {} for activity in care_plan.get("activity") or ()]
    if details:
        parts.append(_activities(details))
    parts += [E.p(str(note.get("text", ""))) for note in care_plan.get("note") or ()]
    return parts


def _activities(details: Sequence[Resource]) -> _Element:
    rows = [
        E.tr(
            E.td(phrases.concepts(detail.get("reasonCode"))),
            E.td(str(detail.get("description") or phrases.concept(detail.get("code")))),
            E.td(", ".join(str(who["display"]) for who in detail.get("performer") or () if who.get("display"))),
        )
        for detail in details
    ]
    heading = E.tr(E.th("When this happens", scope="col"), E.th("What should happen", scope="col"), E.th("Who", scope="col"))
    return E.table(E.thead(heading), E.tbody(*rows))


def contacts(resources: Sequence[Resource], patient: Resource) -> list[_Element]:
    """People to ring: the plan's own, then those in the patient's record."""
    rows = [
        *(
            (phrases.person_name(person.get("name")), _role(person) + phrases.telephone(person.get("telecom")))
            for person in _people(resources)
        ),
        *((str(body.get("name") or ""), phrases.telephone(body.get("telecom"))) for body in of_type(resources, "Organization")),
        *(_kin(contact) for contact in patient.get("contact") or ()),
    ]
    rows = [row for row in rows if row[0]]
    return [table(rows)] if rows else []


def _people(resources: Sequence[Resource]) -> list[Resource]:
    return of_type(resources, "Practitioner", "RelatedPerson")


def _kin(contact: Resource) -> tuple[str, str]:
    """One Patient.contact: name, then relationship and telephone."""
    return phrases.person_name([contact["name"]] if contact.get("name") else None), _role(contact) + phrases.telephone(
        contact.get("telecom")
    )


def _role(resource: Resource) -> str:
    role = phrases.concepts(resource.get("relationship"))
    return f"{role}: " if role else ""


def readings(observations: Sequence[Resource]) -> list[_Element]:
    """One row for each: what, the value as sent, when it was taken, and where it is not a final result."""
    rows = []
    for observation in observations:
        status = str(observation.get("status") or "")
        when = phrases.day(observation.get("effectiveDateTime") or (observation.get("effectivePeriod") or {}).get("start"))
        shown = phrases.reading(observation) + ("" if status == "final" else f" ({status})")
        rows.append(E.tr(E.td(phrases.concept(observation.get("code"))), E.td(shown), E.td(when or "time not given")))
    if not rows:
        return []
    heading = E.tr(E.th("Reading", scope="col"), E.th("Value", scope="col"), E.th("Taken", scope="col"))
    return [E.table(E.thead(heading), E.tbody(*rows))]
