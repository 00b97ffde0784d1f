"""From a draft to the version that is stored: the next number, the bytes that are served, the index entries.

Content that says what is stored already makes no version: the same message twice changes nothing.
"""

from __future__ import annotations

from typing import Final

from hub.core.json import Resource, render_json
from hub.engine.committed import Origin
from hub.engine.content import same
from hub.engine.people import flag
from hub.engine.workspace import Address, Draft, Workspace
from hub.fhir.instant import render_instant
from hub.fhir.search.compartment import iter_patients
from hub.fhir.search.extract import extract
from hub.store.rows import NewVersion, Version

__all__ = ["labels_of", "new_version", "person_of", "served", "with_id"]

_HEAD: Final[Resource] = {"resourceType": None, "id": None, "meta": None}  # what goes first; the values come after


def with_id(resource: Resource, address: Address) -> Resource:
    """In the order in which a resource is read: type, id, meta, the rest. Tags of doubt are set anew on a Patient."""
    type_, id_ = address
    flagged = flag(resource) if type_ == "Patient" else resource
    placed: Resource = {**_HEAD, **flagged, "resourceType": type_, "id": id_, "meta": _own_meta(flagged)}
    if not placed["meta"]:
        del placed["meta"]
    return placed


def person_of(resource: Resource) -> str | None:
    """The Patient in whose compartment it lives: the first that HL7's compartment definition names, the subject before others."""
    patients = (patient for patient in iter_patients(resource) if patient.startswith("Patient/"))
    first = next(patients, None)
    return first.removeprefix("Patient/").split("/", 1)[0] if first else None


def new_version(work: Workspace, address: Address, draft: Draft, origin: Origin) -> NewVersion | None:
    """None where it says so already."""
    if draft.made is not None:
        return draft.made
    stored = work.stored(address)
    before = work.stored_content(address)
    number = stored.version + 1 if stored is not None else 1
    if draft.content is None:
        return None if before is None else NewVersion(_version(address, number, draft, origin, body=b"", interaction="delete"))
    if before is not None and same(with_id(before, address), draft.content):
        return None
    whole = served(draft.content, number, render_instant(origin.now))
    interaction = "create" if stored is None else "update"
    return NewVersion(_version(address, number, draft, origin, body=render_json(whole), interaction=interaction), extract(whole))


def served(content: Resource, number: int, moment: str) -> Resource:
    """As others get to see it."""
    return {**_HEAD, **content, "meta": {"versionId": str(number), "lastUpdated": moment, **content.get("meta", {})}}


def _version(address: Address, number: int, draft: Draft, origin: Origin, *, body: bytes, interaction: str) -> Version:
    return Version(
        type=address[0],
        id=address[1],
        version=number,
        updated=origin.now,
        body=body,
        person=draft.person,
        labels=labels_of(draft.content),
        deleted=draft.content is None,
        receipt=origin.receipt,
        rule=draft.rule,
        map_set=origin.map_set,
        interaction=interaction,
    )


def labels_of(content: Resource | None) -> frozenset[str]:
    held = content.get("meta", {}).get("security", []) if content is not None else []
    return frozenset(label["code"] for label in held if label.get("code"))


def _own_meta(resource: Resource) -> Resource:
    """Without the two members that the hub sets."""
    return {name: value for name, value in resource.get("meta", {}).items() if name not in {"versionId", "lastUpdated"}}
