"""Whom to ring: who they are, in what part, and how they are reached."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lxml.etree import _Element

from hub.core.json import Resource
from hub.documents import phrases
from hub.documents.markup import grid

_NO_NAME = "name not recorded"
_PEOPLE = ("Practitioner", "RelatedPerson")
_GROUPS = ("Organization", "CareTeam")


def contacts(resources: Sequence[Resource], patient: Resource) -> list[_Element]:
    """The plan's own people, then their organisations and teams, then those in the patient's record. A number is never left out."""
    people = [_person(each) for each in resources if each.get("resourceType") in _PEOPLE]
    roles = [_in_role(each) for each in resources if each.get("resourceType") == "PractitionerRole"]
    groups = [_group(each) for each in resources if each.get("resourceType") in _GROUPS]
    kin = [_kin(each) for each in patient.get("contact") or ()]
    rows = [row for row in (*people, *roles, *groups, *kin) if row[0] != _NO_NAME or row[2]]
    return [grid(("Who", "In what part", "How to reach them"), dict.fromkeys(rows))] if rows else []


Row = tuple[str, str, str]


def _person(person: Resource) -> Row:
    parts = phrases.concepts(person.get("relationship")) or _qualification(person)
    return phrases.person_name(person.get("name")) or _NO_NAME, parts, phrases.telephone(person.get("telecom"))


def _qualification(person: Resource) -> str:
    return "; ".join(filter(None, (phrases.concept(each.get("code")) for each in person.get("qualification") or ())))


def _in_role(role: Resource) -> Row:
    who = _displays([role.get("practitioner"), role.get("organization")])
    parts = phrases.concepts(role.get("code")) or phrases.concepts(role.get("specialty"))
    return who or _NO_NAME, parts, phrases.telephone(role.get("telecom"))


def _group(group: Resource) -> Row:
    telecom = [*(group.get("telecom") or ()), *(point for each in group.get("contact") or () for point in each.get("telecom") or ())]
    parts = phrases.concepts(group.get("type")) or phrases.concepts(group.get("category"))
    return str(group.get("name") or _NO_NAME), parts, phrases.telephone(telecom)


def _kin(contact: Resource) -> Row:
    """One Patient.contact."""
    name = phrases.person_name([contact["name"]] if contact.get("name") else None)
    return (
        name or _displays([contact.get("organization")]) or _NO_NAME,
        phrases.concepts(contact.get("relationship")),
        phrases.telephone(contact.get("telecom")),
    )


def _displays(references: Iterable[Resource | None]) -> str:
    return ", ".join(str(each["display"]) for each in references if each and each.get("display"))
