"""A stored message or resource version, with the maps of its day: what is needed to say where its values came from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from hub.app.installed import functions
from hub.app.operator import as_operator
from hub.app.stores import open_store
from hub.core.errors import StoreError
from hub.core.json import Json, Resource, parse_json
from hub.engine.map_sets import KeptMapSets
from hub.mapping.mapset import MapSet
from hub.store.contract import Store
from hub.store.rows import Receipt, Version

__all__ = ["Case", "parse_address", "read_case"]

_ADDRESS: Final = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9.-]{1,64})(?:/_history/([0-9]{1,9}))?")
_NUMBER: Final = re.compile(r"[0-9]{1,18}")
_FURTHEST: Final = 1000  # versions that are looked back


@dataclass(frozen=True, slots=True)
class Case:
    """maps: pinned; None where the message was not converted. version: the one that was asked for, or the one before it which has the
    element as it stands. later: the one that was asked for, where that is another.
    """

    receipt: Receipt
    body: bytes
    maps: MapSet | None
    version: Version | None = None
    later: int | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """A message by its number, or a version of a resource: `Observation/ID/_history/2`, the current one without `_history`."""

    receipt: int | None = None
    type: str = ""
    id: str = ""
    version: int | None = None


def parse_address(text: str) -> Address | None:
    if _NUMBER.fullmatch(text):
        return Address(receipt=int(text))
    found = _ADDRESS.fullmatch(text)
    return None if found is None else Address(None, found[1], found[2], int(found[3]) if found[3] else None)


async def read_case(url: str, address: Address, path: str | None) -> Case:
    """Beside a running hub, too. path: the element in question. Raises StoreError for what is not there."""
    store = open_store(url, read_only=True)
    try:
        if address.receipt is not None:
            return await _case(store, address.receipt)
        version = await _version(store, address)
        made = await _first_with(store, version, path) if path is not None else version
        if made.receipt is None or made.map_set is None:
            raise StoreError(f"{made.type}/{made.id} version {made.version} was not made by a map: a client wrote it over the FHIR API")
        return await _case(store, made.receipt, made, None if made is version else version.version)
    finally:
        await store.close()


async def _case(store: Store, number: int, version: Version | None = None, later: int | None = None) -> Case:
    visibility = as_operator("map explain")
    receipt = await store.receipt(visibility, number)
    if receipt is None:
        raise StoreError(f"there is no message {number}")
    body = await store.archived(visibility, number)
    if body is None:
        raise StoreError(f"the bytes of message {number} have been pruned")
    digest = version.map_set if version is not None else receipt.map_set
    maps = None if digest is None else await KeptMapSets(store, functions()).get(digest)
    return Case(receipt, body, maps, version, later)


async def _version(store: Store, address: Address) -> Version:
    visibility = as_operator("map explain")
    if address.version is None:
        found = await store.read(visibility, address.type, address.id)
    else:
        found = await store.vread(visibility, address.type, address.id, address.version)
    if found is None or found.deleted:
        raise StoreError(f"there is no {address.type}/{address.id}" + (f" version {address.version}" if address.version else ""))
    return found


async def _first_with(store: Store, version: Version, path: str) -> Version:
    """A later message may have changed other elements only: then the value is from the version that first had it so."""
    visibility = as_operator("map explain")
    wanted = _element(version.body, path)
    for number in range(version.version - 1, max(0, version.version - _FURTHEST), -1):
        if wanted is None:
            return version
        before = await store.vread(visibility, version.type, version.id, number)
        if before is None or before.deleted or _element(before.body, path) != wanted:
            return version
        version = before
    return version


def _element(body: bytes, path: str) -> Json:
    value: Json = parse_json(body)
    for name in path.split(".")[1:]:
        value = _below(value, name.partition("[")[0].partition(":")[0])
    return value


def _below(value: Json, name: str) -> Json:
    if isinstance(value, list):
        found = [below for item in value if (below := _below(item, name)) is not None]
        return found or None
    return value.get(name) if isinstance(value, dict) else None


def content_of(version: Version) -> Resource:
    resource: Resource = parse_json(version.body)
    return resource
