"""The question of `$emergency-care`: who is meant, by an identifier or by demographics that name one person.

An identifier decides alone. Demographics find nobody whom the identifier did not: a slip in the number must not lead to somebody else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

from starlette.requests import Request

from hub.api.asking import Asking
from hub.api.bodies import read_resource
from hub.api.masking import shown
from hub.api.replies import Refusal
from hub.care import nhs_number
from hub.core.json import Json, Resource, parse_json
from hub.fhir.search.folding import fold
from hub.fhir.search.parse import Refused, parse_search

_DEMOGRAPHICS = ("family", "given", "birthdate", "address-postalcode", "gender")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOST_MATCHES = 50
_MOST_IDENTIFIERS = 10
_BODY = 1 << 20


@dataclass(frozen=True, slots=True)
class Question:
    """Who is asked for."""

    identifiers: tuple[tuple[str, str], ...]
    demographics: dict[str, str]


async def read_question(request: Request, asking: Asking) -> Question:
    """From Parameters, or from the address of a GET. Raises Refusal 400 when nobody is named."""
    pairs = await _from_body(request, asking) if request.method == "POST" else parse_qsl(request.url.query)
    identifiers = tuple(dict.fromkeys(_identifier(value) for name, value in pairs if name == "identifier" and value))
    demographics = {name: value.strip() for name, value in pairs if name in _DEMOGRAPHICS and value.strip()}
    if not identifiers and not {"family", "birthdate"} <= demographics.keys():
        raise Refusal(400, "required", "give an identifier, or family name and birthdate at least")
    if len(identifiers) > _MOST_IDENTIFIERS:
        raise Refusal(400, "too-costly", "too many identifiers")
    if _DAY.fullmatch(demographics.get("birthdate", "1900-01-01")) is None:
        raise Refusal(400, "value", "birthdate is a whole date, as 1941-03-07")
    return Question(identifiers, demographics)


async def find_person(asking: Asking, question: Question) -> str:
    """The logical id of the one Patient. Raises Refusal 404 for nobody, 409 for several, or for one who was born on another day."""
    if question.identifiers:
        people = await asking.face.store.find_people(asking.visibility, question.identifiers)
    else:
        people = await _by_demographics(asking, question.demographics)
    if not people:
        raise Refusal(404, "not-found", "nobody in this record matches")
    if len(people) > 1:
        raise Refusal(409, "multiple-matches", "more than one person matches: ask with the NHS number alone")
    person = next(iter(people))
    await _refuse_another_birthday(asking, question, person)
    return person


async def _by_demographics(asking: Asking, demographics: dict[str, str]) -> frozenset[str]:
    """The family name in full, whatever its case and accents; the date of birth to the day; what else is given narrows it."""
    params = [(name, _literal(value)) for name, value in demographics.items()]
    parsed = parse_search("Patient", [*params, ("_count", str(_MOST_MATCHES))])
    if isinstance(parsed, Refused):
        raise Refusal(400, "invalid", "the question cannot be read", diagnostics=parsed.diagnostics)
    page = await asking.face.store.search(asking.visibility, replace(parsed.query, total=False))
    if page.after is not None:
        raise Refusal(409, "multiple-matches", "more than one person matches: ask with the NHS number")
    family = fold(demographics["family"])
    found = ((version.id, parse_json(shown(version, asking.visibility))) for version in page.matches)
    return frozenset(id_ for id_, patient in found if family in _families(patient))


def _families(patient: Resource) -> set[str]:
    return {fold(str(name.get("family", ""))) for name in patient.get("name") or ()}


def _literal(value: str) -> str:
    """The search syntax has signs of its own; here they are letters of a name."""
    return re.sub(r"([\\,|$])", r"\\\1", value)


async def _refuse_another_birthday(asking: Asking, question: Question, person: str) -> None:
    """Who gives the number and the date of birth has checked neither against the other: the hub does."""
    born = question.demographics.get("birthdate")
    found = await asking.face.store.read(asking.visibility, "Patient", person) if born else None
    if born is None or found is None or found.deleted:
        return
    recorded = str(parse_json(shown(found, asking.visibility)).get("birthDate", ""))
    if not born.startswith(recorded):
        raise Refusal(409, "conflict", "the identifier belongs to somebody with another date of birth: check both, and ask again")


async def _from_body(request: Request, asking: Asking) -> Sequence[tuple[str, str]]:
    _, parameters = await read_resource(request, min(_BODY, asking.face.limits.body))
    given = parameters.get("parameter", []) if isinstance(parameters, dict) else None
    if given is None or parameters.get("resourceType") != "Parameters" or not isinstance(given, list):
        raise Refusal(400, "structure", "send Parameters with an identifier, or with family, given and birthdate")
    return [pair for parameter in given for pair in _pair(parameter)]


def _pair(parameter: Json) -> list[tuple[str, str]]:
    """(name, value); an Identifier as `system|value`."""
    if not isinstance(parameter, dict):
        return []
    name = str(parameter.get("name"))
    identifier = parameter.get("valueIdentifier")
    if isinstance(identifier, dict):
        system, value = identifier.get("system", ""), identifier.get("value", "")
        return [(name, f"{system}|{value}")] if isinstance(system, str) and isinstance(value, str) else []
    return [(name, value) for key, value in parameter.items() if key.startswith("value") and isinstance(value, str)]


def _identifier(text: str) -> tuple[str, str]:
    """`system|value`; a bare value is an NHS number. An NHS number whose check digit is wrong is a slip of the pen, and said so."""
    system, bar, value = text.partition("|")
    if not bar:
        system, value = nhs_number.SYSTEM, system
    if system in (nhs_number.SYSTEM, ""):
        if not nhs_number.is_nhs_number(value, by_authority=True):
            raise Refusal(400, "value", "this is not an NHS number: its check digit is wrong")
        return nhs_number.SYSTEM, nhs_number.normalise(value)
    return system, value.strip()
