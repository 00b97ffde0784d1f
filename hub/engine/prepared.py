"""What can be known of a resource before the record is looked at: how it is served and indexed if it is not there yet.

Two things only commit knows, the person's id and the moment. Where they go, a mark stands; a resource that holds a mark of its own is
not prepared (hub.engine.beforehand).
"""

from __future__ import annotations

from typing import Final

import msgspec

from hub.engine.committed import Origin
from hub.fhir.instant import render_instant
from hub.fhir.search.entries import Entry, ReferenceEntry
from hub.store.rows import NewVersion, Version

__all__ = ["MOMENT", "PERSON", "Prepared", "filled"]

PERSON: Final = "calder-person-to-come"  # has the form of an id, so that what reads ids takes it for one
MOMENT: Final = "calder:moment-to-come"  # has not, so that no id can hold it
_PERSON, _MOMENT = PERSON.encode(), MOMENT.encode()


class Prepared(msgspec.Struct, array_like=True, frozen=True):
    """id: PERSON for a Patient. person: in whose compartment it lives; PERSON, or another's id, or None."""

    id: str
    body: bytes
    person: str | None
    labels: frozenset[str]
    entries: tuple[Entry, ...]


def filled(prepared: Prepared, type_: str, person: str | None, rule: str | None, origin: Origin) -> NewVersion:
    """The first version. person: the one of the message; None where it names nobody, and then there is no mark of one."""
    body = prepared.body.replace(_MOMENT, render_instant(origin.now).encode())
    version = Version(
        type=type_,
        id=_told(prepared.id, person) or "",
        version=1,
        updated=origin.now,
        body=body if person is None else body.replace(_PERSON, person.encode()),
        person=_told(prepared.person, person),
        labels=prepared.labels,
        receipt=origin.receipt,
        rule=rule,
        map_set=origin.map_set,
        interaction="create",
    )
    return NewVersion(version, tuple(_entry(entry, person) for entry in prepared.entries))


def _told(id_: str | None, person: str | None) -> str | None:
    return person if id_ == PERSON else id_


def _entry(entry: Entry, person: str | None) -> Entry:
    if type(entry) is ReferenceEntry and entry.id == PERSON:
        return ReferenceEntry(entry.param, entry.type, person, entry.uri, entry.system, entry.value)
    return entry
