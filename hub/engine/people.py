"""Which person each Patient of a piece of work is: exact identity, decided inside the transaction.

Keys of one Patient that lead to two people are refused, never merged. Somebody with no known key is new.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hub.care.identity import Flag, IdentityKeys, Key, keys_of
from hub.core.diagnostics import Diagnostic
from hub.core.json import Resource
from hub.engine.change import Change, Kind
from hub.engine.codes import IDENTITY_CONFLICT, PERSON_EXISTS
from hub.store.contract import Transaction

__all__ = ["QUALITY", "People", "flag", "identify"]

QUALITY = "urn:x-calder:quality"  # the system of the tags that say what is doubtful


@dataclass(slots=True)
class People:
    """ids: the person of each Patient change, by its place among the changes. keys: what each person is known by from now on."""

    ids: dict[int, str] = field(default_factory=dict)
    keys: dict[str, dict[Key, None]] = field(default_factory=dict)

    def holders(self, keys: Sequence[Key]) -> frozenset[str]:
        """Those that this piece has found already, and that hold any of the keys."""
        return frozenset(person for person, held in self.keys.items() if any(key in held for key in keys))


def identify(tx: Transaction, changes: Sequence[Change], new_id: Callable[[int], str]) -> People | Diagnostic:
    """new_id: the id of a person not yet known, from the change's place."""
    people = People()
    for place, change in enumerate(changes):
        if change.type != "Patient" or change.resource is None:
            continue
        keys = keys_of(change.resource)
        holders = (tx.find_people(keys.usable) if keys.usable else frozenset()) | people.holders(keys.usable)
        refusal = _refusal(change, holders)
        if refusal is not None:
            return refusal
        person = change.id or next(iter(holders), None) or new_id(place)
        people.ids[place] = person
        people.keys.setdefault(person, {}).update(dict.fromkeys(keys.usable))
    return people


def _refusal(change: Change, holders: frozenset[str]) -> Diagnostic | None:
    if change.id is not None and holders - {change.id}:
        return Diagnostic(PERSON_EXISTS, "an identifier belongs to another Patient", place="Patient.identifier")
    if len(holders) > 1:
        return Diagnostic(IDENTITY_CONFLICT, f"the identifiers lead to {len(holders)} people", place="PID-3")
    if change.kind is Kind.CREATE and holders:
        return Diagnostic(PERSON_EXISTS, "a Patient has one of these identifiers", place="Patient.identifier")
    return None


def flag(patient: Resource) -> Resource:
    """The Patient with the tags that its numbers deserve; tags of earlier doubts are taken away."""
    found: IdentityKeys = keys_of(patient)
    meta = dict(patient.get("meta", {}))
    tags = [tag for tag in meta.pop("tag", []) if tag.get("system") != QUALITY]
    tags += [_tag(each) for each in sorted(found.flagged)]
    if tags:
        meta["tag"] = tags
    rest = {name: value for name, value in patient.items() if name != "meta"}
    return {**rest, "meta": meta} if meta else rest


def _tag(each: Flag) -> Resource:
    return {"system": QUALITY, "code": each.value}
