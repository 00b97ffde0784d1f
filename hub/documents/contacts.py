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
    """The plan's own people, each in their role, then organisations and teams, then those in the patient's record."""
    roles = [each for each in resources if each.get("resourceType") == "PractitionerRole"]
    people = [each for each in resources if each.get("resourceType") in _PEOPLE]
    named = {f"{each['resourceType']}/{each.get('id')}": each for each in people}
    in_roles = [(role, named.get(_practitioner(role), {})) for role in roles]
    alone = [each for each in people if all(each is not person for _, person in in_roles)]
    rows = [
        *(_in_role(role, person) for role, person in in_roles),
        *(_person(each) for each in alone),
        *(_group(each) for each in resources if each.get("resourceType") in _GROUPS),
        *(_kin(each) for each in patient.get("contact") or ()),
    ]
    known = dict.fromkeys(row for row in rows if row != (_NO_NAME, "", ""))
    return [grid(("Who", "Role", "How to reach them"), known)] if known else []


Row = tuple[str, str, str]


def _person(person: Resource) -> Row:
    parts = phrases.concepts(person.get("relationship")) or _qualification(person)
    return phrases.person_name(person.get("name")) or _NO_NAME, parts, phrases.telephone(person.get("telecom"))


def _qualification(person: Resource) -> str:
    return "; ".join(filter(None, (phrases.concept(each.get("code")) for each in person.get("qualification") or ())))


def _practitioner(role: Resource) -> str:
    """`Practitioner/1`, whatever server's address stands before it."""
    return "/".join(str((role.get("practitioner") or {}).get("reference") or "").split("/")[-2:])


def _in_role(role: Resource, person: Resource) -> Row:
    name = phrases.person_name(person.get("name")) or _displays([role.get("practitioner")])
    parts = phrases.concepts(role.get("code")) or phrases.concepts(role.get("specialty"))
    telecom = [*(role.get("telecom") or ()), *(person.get("telecom") or ())]
    return name or _NO_NAME, ", ".join(filter(None, (parts, _displays([role.get("organization")])))), phrases.telephone(telecom)


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
