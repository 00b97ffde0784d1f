"""Patient/$emergency-care: "is there a plan for this person?", answered at once and never ambiguously.

200 with a document (the plan, or a Composition coded no-plan), 404 nobody, 409 several, 503 the search could not be made.
A failure is never to be read as "no plan": everything unexpected here becomes 503.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from hub.api.asking import Asking, admit, read_resource
from hub.api.masking import shown
from hub.api.replies import Refusal, reply
from hub.care import nhs_number
from hub.care.emergency_care import Known, answer
from hub.core.errors import StoreError
from hub.core.json import Json, Resource, parse_json
from hub.fhir.references import iter_references, parse_reference
from hub.fhir.search.parse import Refused, parse_search
from hub.store.rows import Version

OPERATION = "$emergency-care"
_DEMOGRAPHICS = ("family", "given", "birthdate", "address-postalcode", "gender")
_PLANS = 50
_OBSERVATIONS = 500
_CONTACT_TYPES = ("Practitioner", "PractitionerRole", "Organization", "RelatedPerson", "CareTeam")


@dataclass(frozen=True, slots=True)
class Question:
    """Who is asked for: an identifier, or enough demographics to name one person."""

    identifiers: tuple[tuple[str, str], ...]
    demographics: tuple[tuple[str, str], ...]


async def emergency_care(request: Request) -> Response:
    asking = admit(request)
    question = _from_query(request) if request.method == "GET" else await _from_body(request, asking)
    try:
        person = await _find(asking, question)
        document = await _document(asking, person)
        await asking.looked(OPERATION, [person], resource=f"Patient/{person}", action="E")
    except Refusal as refusal:
        await _leave_trace(asking, refusal)
        raise
    except (StoreError, OSError, TimeoutError):
        raise _failed() from None
    return reply(document)


async def _find(asking: Asking, question: Question) -> str:
    people = await asking.face.store.find_people(asking.visibility, question.identifiers) if question.identifiers else frozenset()
    if not people and question.demographics:
        people = await _by_demographics(asking, question.demographics)
    if not people:
        raise Refusal(404, "not-found", "nobody in this record has that identifier")
    if len(people) > 1:
        raise Refusal(409, "multiple-matches", "more than one person matches: ask with the NHS number")
    return next(iter(people))


async def _by_demographics(asking: Asking, demographics: Sequence[tuple[str, str]]) -> frozenset[str]:
    """Exactly what was typed, name in full and date of birth: enough to name one person, or refused."""
    if not {"family", "birthdate"} <= {name for name, _ in demographics}:
        raise Refusal(400, "required", "give an identifier, or family name and birthdate at least")
    exact = [(f"{name}:exact" if name in ("family", "given") else name, value) for name, value in demographics]
    parsed = parse_search("Patient", [*exact, ("_count", "3")])
    if isinstance(parsed, Refused):
        raise Refusal(400, "invalid", "the question cannot be read", diagnostics=parsed.diagnostics)
    page = await asking.face.store.search(asking.visibility, parsed.query)
    return frozenset(version.id for version in page.matches)


async def _document(asking: Asking, person: str) -> Resource:
    store, visibility = asking.face.store, asking.visibility
    patient = await store.read(visibility, "Patient", person)
    if patient is None or patient.deleted:
        raise Refusal(404, "not-found", "nobody in this record has that identifier")
    plans, flags, allergies, consents, observations, unprocessed = await asyncio.gather(
        _of_person(asking, "CarePlan", person, _PLANS),
        _of_person(asking, "Flag", person, _PLANS),
        _of_person(asking, "AllergyIntolerance", person, _PLANS),
        _of_person(asking, "Consent", person, _PLANS),
        _of_person(asking, "Observation", person, _OBSERVATIONS, ("_sort", "-date")),
        store.unprocessed(visibility, person),
    )
    known = Known(
        patient=parse_json(shown(patient, visibility)),
        plans=tuple(plans),
        banner=(*flags, *allergies, *consents),
        contacts=tuple(await _contacts(asking, plans)),
        observations=tuple(observations),
        unprocessed=unprocessed,
    )
    return answer(known, now=asking.face.clock.now(), base=asking.face.base, narrate=asking.face.narrate)


async def _of_person(asking: Asking, type_: str, person: str, count: int, *more: tuple[str, str]) -> list[Resource]:
    parsed = parse_search(type_, [("patient", f"Patient/{person}"), ("_count", str(count)), *more])
    if isinstance(parsed, Refused):  # our own words: a refusal here is a fault of the hub, and the crew hears "could not be made"
        raise StoreError("the hub's own search was refused")
    page = await asking.face.store.search(asking.visibility, parsed.query)
    return [parse_json(shown(version, asking.visibility)) for version in page.matches]


async def _contacts(asking: Asking, plans: Iterable[Resource]) -> list[Resource]:
    """What the plans refer to and can be rung, following care teams one step further."""
    found: dict[str, Resource] = {}
    waiting = [reference for plan in plans for reference in _references(plan)]
    for reference in waiting:
        if reference in found or len(found) >= _PLANS:
            continue
        version = await _read(asking, reference)
        if version is not None:
            found[reference] = parse_json(shown(version, asking.visibility))
            if version.type in ("CareTeam", "PractitionerRole"):
                waiting.extend(_references(found[reference]))
    return list(found.values())


def _references(resource: Resource) -> list[str]:
    return [link.text for link in iter_references(resource) if link.text.partition("/")[0] in _CONTACT_TYPES]


async def _read(asking: Asking, reference: str) -> Version | None:
    parsed = parse_reference(reference)
    if parsed is None:
        return None
    version = await asking.face.store.read(asking.visibility, parsed.type, parsed.id)
    return None if version is None or version.deleted else version


def _from_query(request: Request) -> Question:
    return _question(parse_qsl(request.url.query))


async def _from_body(request: Request, asking: Asking) -> Question:
    _, parameters = await read_resource(request, asking.face)
    if not isinstance(parameters, dict) or parameters.get("resourceType") != "Parameters":
        raise Refusal(400, "structure", "send Parameters with an identifier, or with family, given and birthdate")
    return _question([pair for parameter in parameters.get("parameter") or () for pair in _pair(parameter)])


def _pair(parameter: Json) -> list[tuple[str, str]]:
    if not isinstance(parameter, dict):
        return []
    name = str(parameter.get("name"))
    identifier = parameter.get("valueIdentifier")
    if isinstance(identifier, dict):
        return [(name, f"{identifier.get('system') or ''}|{identifier.get('value') or ''}")]
    values = [value for key, value in parameter.items() if key.startswith("value") and isinstance(value, str)]
    return [(name, value) for value in values]


def _question(pairs: Sequence[tuple[str, str]]) -> Question:
    identifiers = tuple(_identifier(value) for name, value in pairs if name == "identifier" and value)
    demographics = tuple((name, value) for name, value in pairs if name in _DEMOGRAPHICS and value)
    if not identifiers and not demographics:
        raise Refusal(400, "required", "give an identifier, or family name and birthdate at least")
    return Question(identifiers, demographics)


def _identifier(text: str) -> tuple[str, str]:
    """`system|value`; a bare value is an NHS number. An NHS number whose check digit is wrong is a slip of the pen, and said so."""
    system, bar, value = text.partition("|")
    if not bar:
        system, value = nhs_number.SYSTEM, system
    if system in (nhs_number.SYSTEM, ""):
        if not nhs_number.is_nhs_number(value, by_authority=True):
            raise Refusal(400, "value", "this is not an NHS number: its check digit is wrong")
        return nhs_number.SYSTEM, nhs_number.normalise(value)
    return system, value


async def _leave_trace(asking: Asking, refusal: Refusal) -> None:
    try:
        await asking.refused(OPERATION, action="E")
    except StoreError:
        raise _failed() from refusal


def _failed() -> Refusal:
    return Refusal(
        503,
        "transient",
        "the search could not be made: this does NOT mean that there is no plan; ask again",
        headers={"retry-after": "1"},
    )
