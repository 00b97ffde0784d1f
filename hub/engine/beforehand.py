"""Changes with all that can be known of them without the record: pure, so that it can be done away from the writer.

What is prepared is what commit would make on an empty record, by the same functions; it holds for a resource that is not there yet.
Whatever leaves a doubt is not prepared, and commit makes it as it always can.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import msgspec

from hub.core.diagnostics import Diagnostic
from hub.core.json import render_json
from hub.engine.change import Change, Kind
from hub.engine.linking import link
from hub.engine.logical_ids import id_by_origin
from hub.engine.prepared import MOMENT, PERSON, Prepared
from hub.engine.targets import id_of
from hub.engine.versions import labels_of, person_of, served, with_id
from hub.engine.workspace import Address
from hub.fhir.search.entries import Entry, ReferenceEntry
from hub.fhir.search.extract import extract

__all__ = ["prepare_changes"]

_MADE: Final = frozenset({Kind.UPDATE, Kind.MERGE, Kind.IDENTIFY})  # where there is none yet, the change says all of it
_PERSON, _MOMENT = PERSON.encode(), MOMENT.encode()
_encoder: Final = msgspec.msgpack.Encoder()


def prepare_changes(changes: Sequence[Change], scope: str, digest: bytes) -> tuple[Change, ...]:
    """Of one message; its scope and digest are those of hub.engine.committed.Origin. One that names two people is left as it is."""
    if sum(change.type == "Patient" for change in changes) > 1:
        return tuple(changes)

    def new_id(place: int) -> str:
        return id_by_origin(changes[place].type, digest, place)

    addresses = [
        (change.type, PERSON if change.type == "Patient" else id_of(change, place, scope, new_id)) for place, change in enumerate(changes)
    ]
    places = {change.full_url: "/".join(address) for change, address in zip(changes, addresses, strict=True) if change.full_url}
    times = Counter(addresses)
    return tuple(
        replace(change, prepared=_prepared(change, address, places)) if times[address] == 1 else change
        for change, address in zip(changes, addresses, strict=True)
    )


def _prepared(change: Change, address: Address, places: Mapping[str, str]) -> Prepared | None:
    if change.resource is None or change.id is not None or change.kind not in _MADE:
        return None
    said = render_json(change.resource)
    if _PERSON in said or _MOMENT in said:
        return None
    linked = link(change.resource, places)
    if isinstance(linked, Diagnostic):
        return None
    content = with_id(linked, address)
    whole = served(content, 1, MOMENT)
    entries = extract(whole)
    if not _are_plain(entries):
        return None
    return Prepared(address[1], render_json(whole), person_of(content), labels_of(content), entries)


def _are_plain(entries: Sequence[Entry]) -> bool:
    """The person is named by references alone, and nobody else is beside them: with the id filled in, no two entries become one."""
    people = [entry.id for entry in entries if type(entry) is ReferenceEntry and entry.type == "Patient"]
    return _encoder.encode(entries).count(_PERSON) == people.count(PERSON) and (PERSON not in people or set(people) == {PERSON})
