"""Which resource each change is about: a (type, id), decided before anything is changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hub.core.diagnostics import Diagnostic
from hub.core.visibility import Visibility
from hub.engine.change import Change, Kind
from hub.engine.codes import MULTIPLE_MATCHES
from hub.engine.committed import Origin
from hub.engine.logical_ids import id_by_identifier, id_by_key, id_by_origin
from hub.engine.people import People, identify
from hub.engine.workspace import Address
from hub.store.contract import Transaction

__all__ = ["Targets", "find_targets", "id_of"]

_MATCHING = Visibility.system("conditional create")


@dataclass(frozen=True, slots=True)
class Targets:
    """addresses: of each change. existing: places of conditional creates that found what they were to make.

    places: full URL -> "Type/id".
    """

    addresses: tuple[Address, ...]
    existing: frozenset[int]
    places: dict[str, str]
    people: People

    @property
    def person(self) -> str | None:
        """The one that is named first; what is prepared names no other."""
        return next(iter(self.people.ids.values()), None)


def find_targets(tx: Transaction, changes: Sequence[Change], origin: Origin) -> Targets | Diagnostic:
    existing: dict[int, str] = {}
    for place, change in enumerate(changes):
        found = _find_existing(tx, change)
        if isinstance(found, Diagnostic):
            return found
        if found is not None:
            existing[place] = found
    unmet = [change if place not in existing else _nobody(change) for place, change in enumerate(changes)]

    def new_id(place: int) -> str:
        return _new_id(changes[place], place, origin)

    people = identify(tx, unmet, new_id)
    if isinstance(people, Diagnostic):
        return people
    ids = {**people.ids, **existing}
    addresses = tuple((change.type, ids.get(place) or id_of(change, place, origin.scope, new_id)) for place, change in enumerate(changes))
    places = {change.full_url: "/".join(address) for change, address in zip(changes, addresses, strict=True) if change.full_url}
    return Targets(addresses, frozenset(existing), places, people)


def _find_existing(tx: Transaction, change: Change) -> str | Diagnostic | None:
    """https://hl7.org/fhir/R4/http.html#ccreate"""
    if change.if_none_exist is None:
        return None
    matches = tx.search(_MATCHING, change.if_none_exist).matches
    if len(matches) > 1:
        return Diagnostic(MULTIPLE_MATCHES, f"{len(matches)} match", place=change.type)
    return matches[0].id if matches else None


def _nobody(change: Change) -> Change:
    """In the place of a conditional create that has nothing left to do, so that places stay as they are."""
    return Change(Kind.IDENTIFY, change.type)


def id_of(change: Change, place: int, scope: str, new_id: Callable[[int], str]) -> str:
    """Of anything but a Patient that its numbers identify. scope: whose keys these are. new_id: of what is new, by its place."""
    if change.id is not None:
        return change.id
    if change.kind is Kind.CREATE or change.resource is None:
        return new_id(place)
    if change.key and change.key[0]:  # a key without its first part names nothing: "" would be everybody's
        return id_by_key(change.type, scope, change.key)
    for identifier in _identifiers(change):
        system, value = identifier.get("system"), identifier.get("value")
        if system and value:
            return id_by_identifier(change.type, system, value)
    return new_id(place)


def _identifiers(change: Change) -> list[dict[str, str]]:
    """Composition and a few others have one identifier instead of a list."""
    held = (change.resource or {}).get("identifier", [])
    return held if isinstance(held, list) else [held]


def _new_id(change: Change, place: int, origin: Origin) -> str:
    return origin.ids.new() if origin.ids is not None else id_by_origin(change.type, origin.digest, place)
