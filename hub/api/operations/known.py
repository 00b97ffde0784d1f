"""What the record knows about one person, as far as the caller may see it: gathered for the crew's answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import replace

from hub.api.asking import Asking
from hub.api.masking import shown
from hub.care.emergency_care import Known
from hub.core.errors import StoreError
from hub.core.json import Resource, parse_json
from hub.core.resuscitation import DECISIONS
from hub.fhir.references import LiteralReference, iter_references, parse_reference
from hub.fhir.search.parse import Refused, parse_search
from hub.store.rows import Version

_PAGE = 200
_NEWEST = 500  # Observations, from which the latest of each kind are taken (docs/reference/limits.md)
_MOST_CONTACTS = 200
_READINGS = "registered,preliminary,final,amended,corrected,unknown"
_CONTACT_TYPES = frozenset({"Practitioner", "PractitionerRole", "Organization", "RelatedPerson", "CareTeam"})
_LEADING_ON = frozenset({"CareTeam", "PractitionerRole"})


async def gather(asking: Asking, patient: Version) -> Known:
    person, cpr = patient.id, ",".join(DECISIONS)
    plans, flags, allergies, consents, coded, answered, readings = await asyncio.gather(
        _of_person(asking, "CarePlan", person),
        _of_person(asking, "Flag", person),
        _of_person(asking, "AllergyIntolerance", person),
        _of_person(asking, "Consent", person),
        _of_person(asking, "Observation", person, ("code", cpr)),
        _of_person(asking, "Observation", person, ("value-concept", cpr)),
        _of_person(asking, "Observation", person, ("status", _READINGS), ("_sort", "-date"), most=_NEWEST),
    )
    himself: Resource = parse_json(shown(patient, asking.visibility))
    return Known(
        patient=himself,
        plans=tuple(plans),
        banner=(*flags, *coded, *answered, *allergies, *consents),
        contacts=tuple([each async for each in _contacts(asking, person, [*plans, himself])]),
        observations=tuple(readings),
        unprocessed=await asking.face.store.unprocessed(asking.visibility, person),
    )


async def _of_person(asking: Asking, type_: str, person: str, *more: tuple[str, str], most: int | None = None) -> list[Resource]:
    """All of them, page by page: a decision must not be left out for being the 51st."""
    parsed = parse_search(type_, [("patient", f"Patient/{person}"), ("_count", str(_PAGE)), *more])
    if isinstance(parsed, Refused):  # our own words: a refusal here is a fault of the hub, and the crew hears "could not be made"
        raise StoreError("the hub's own search was refused")
    query, found = parsed.query, list[Version]()
    while True:
        page = await asking.face.store.search(asking.visibility, query)
        found += page.matches
        if page.after is None or (most is not None and len(found) >= most):
            return [parse_json(shown(version, asking.visibility)) for version in found[:most]]
        query = replace(query, after=page.after)


async def _contacts(asking: Asking, person: str, resources: Iterable[Resource]) -> AsyncIterator[Resource]:
    """Whom the plans, and the person's own record (the GP), refer to, following care teams and roles to the people in them."""
    waiting = [name for resource in resources for name in _references(resource, asking.face.base)]
    seen: set[str] = set()
    for name in waiting:
        if str(name) in seen or len(seen) >= _MOST_CONTACTS:
            continue
        seen.add(str(name))
        version = await asking.face.store.read(asking.visibility, name.type, name.id)
        # A relative or a team in another person's record does not belong here, whatever a plan says.
        if version is None or version.deleted or version.person not in (None, person):
            continue
        contact: Resource = parse_json(shown(version, asking.visibility))
        if version.type in _LEADING_ON:
            waiting.extend(_references(contact, asking.face.base))
        yield contact


def _references(resource: Resource, base: str) -> Iterator[LiteralReference]:
    for link in iter_references(resource):
        named = parse_reference(link.text, base=base)
        if named is not None and named.type in _CONTACT_TYPES:
            yield LiteralReference(named.type, named.id)
