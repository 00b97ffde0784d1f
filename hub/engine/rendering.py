"""What a delivery says: the map of its route run backward over the resource, its Patient and what they refer to."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from hub.codec.hl7v2 import ask_for_both
from hub.core.json import Resource, parse_json
from hub.core.visibility import Visibility
from hub.engine.codes import NO_MAP
from hub.engine.configuration import DestinationConfig
from hub.engine.transform import poison
from hub.fhir.references import iter_references, parse_reference
from hub.fhir.search.query import Clause, ParamType, Query, ReferenceValue
from hub.mapping.mapset import MapSet
from hub.mapping.run.compiled import CompiledMap
from hub.sdk.message import Outbound
from hub.store.contract import Store
from hub.store.rows import Delivery, Version

__all__ = ["NotWritten", "control_id_of", "find_map", "render"]

_SYSTEM: Final = Visibility.system("delivery")
_DEPTH: Final = 2  # the plan's care team, and the team's members
_MOST: Final = 100  # resources in one message
_ALERTS: Final = ("Flag", "AllergyIntolerance")


class NotWritten(Exception):
    """There is no message to send. `reason` holds codes and places only."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def find_map(maps: MapSet, name: str) -> CompiledMap | None:
    """By the name of the map, or of its file without `.map` ("documents/mdm_t02")."""
    return maps.get(name) or maps.get(name.rpartition("/")[2])


def control_id_of(delivery: Delivery) -> str:
    """The same at every attempt, so that a receiver can tell a retry; 20 characters, as MSH-10 up to version 2.6 holds."""
    facts = (delivery.destination, str(delivery.id), delivery.type, delivery.resource_id, str(delivery.version), delivery.map_name)
    return b32encode(sha256("|".join(facts).encode()).digest()).decode()[:20]


async def render(delivery: Delivery, version: Version, destination: DestinationConfig, store: Store, maps: MapSet) -> Outbound:
    """Raises NotWritten."""
    chosen = find_map(maps, delivery.map_name)
    if chosen is None:
        raise NotWritten(NO_MAP.name)
    resources = await _gather(version, store)
    control_id = control_id_of(delivery)
    # The moment it became due and not the moment of the attempt: a retry is the same bytes.
    givens = {"control_id": control_id, "written_at": _ts(delivery.first_due)}
    try:
        written = chosen.backward(resources, params=destination.parameters, givens=givens, version=destination.version)
    except Exception as error:  # noqa: BLE001 -- a map that breaks makes a dead letter, not a dead worker
        raise NotWritten(poison(error).fault) from None
    if written.body is None:
        raise NotWritten("; ".join(f"{each.code.name} {each.place or ''}".strip() for each in written.diagnostics))
    body = ask_for_both(written.body) if destination.enhanced else written.body
    return Outbound(body, control_id, enhanced=destination.enhanced)


async def _gather(version: Version, store: Store) -> list[Resource]:
    """The resource, its Patient, and what they refer to, nearest first."""
    first: Resource = parse_json(version.body)
    found: dict[tuple[str, str], Resource] = {(version.type, version.id): first}
    if version.person is not None:
        await _read(("Patient", version.person), found, store)
    edge: Iterable[Resource] = tuple(found.values())
    for _ in range(_DEPTH):
        before = len(found)
        for address in _named_in(edge):
            if address not in found and len(found) < _MOST:
                await _read(address, found, store)
        edge = tuple(found.values())[before:]
    if version.type == "CarePlan" and version.person is not None:
        await _read_alerts(version.person, found, store)
    return list(found.values())


async def _read_alerts(person: str, found: dict[tuple[str, str], Resource], store: Store) -> None:
    """What binds beside a plan: a page that left out the CPR decision or an allergy would mislead. As they stand at this attempt."""
    subject = (ReferenceValue("Patient", person),)
    for type_ in _ALERTS:
        page = await store.search(_SYSTEM, Query(type_, (Clause("patient", ParamType.REFERENCE, subject),), count=_MOST))
        for version in page.matches:
            found.setdefault((version.type, version.id), parse_json(version.body))


def _named_in(resources: Iterable[Resource]) -> list[tuple[str, str]]:
    literals = (parse_reference(link.text) for resource in resources for link in iter_references(resource))
    return list(dict.fromkeys((literal.type, literal.id) for literal in literals if literal is not None))


async def _read(address: tuple[str, str], found: dict[tuple[str, str], Resource], store: Store) -> None:
    version = await store.read(_SYSTEM, *address)
    if version is not None and not version.deleted:
        found[address] = parse_json(version.body)


def _ts(moment: datetime) -> str:
    """HL7 TS with seconds and offset."""
    return moment.astimezone(UTC).strftime("%Y%m%d%H%M%S%z")
