"""What a store holds after, or in the middle of, a storm: read through its contract, as anybody who may read it would."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from hashlib import sha256

from hub.app.stores import open_store
from hub.core.json import Resource, parse_json
from hub.core.visibility import Visibility
from hub.fhir.search.query import Query
from hub.store.contract import Store
from hub.store.rows import Delivery, Ledger, Receipt

__all__ = ["Record", "Said", "numbered", "read_ledger", "read_record"]

EYE = Visibility.system("test")
_MOST = 1_000_000
_NUMBERED = re.compile(r"(\w+?)N(\d+)")


@dataclass(frozen=True, slots=True)
class Said:
    """One version of one resource, and the number that its content says. feed: None where only its message knows."""

    type: str
    id: str
    version: int
    receipt: int | None
    feed: str | None
    number: int | None


@dataclass
class Record:
    """receipts: oldest first. histories: of each resource, oldest first. spoilt: messages whose archived bytes are not those that came."""

    ledger: Ledger
    receipts: list[Receipt]
    deliveries: list[Delivery]
    histories: dict[str, list[list[Said]]]
    identifiers: dict[str, list[str]]  # of people: who has each
    spoilt: list[str]


def numbered(text: str) -> tuple[str, int] | None:
    """The feed and the number in a control id or a title."""
    found = _NUMBERED.fullmatch(text)
    return (found[1], int(found[2])) if found else None


def read_record(url: str) -> Record:
    return asyncio.run(_read(url))


def read_ledger(url: str) -> Ledger:
    async def read() -> Ledger:
        store = open_store(url, read_only=True)
        try:
            return await store.ledger(EYE)
        finally:
            await store.close()

    return asyncio.run(read())


async def _read(url: str) -> Record:
    store = open_store(url, read_only=True)
    try:
        identifiers: dict[str, list[str]] = {}
        receipts = await _receipts(store)  # before their effects, and what was done before what is owed for it: it may go on meanwhile
        histories = {type_: await _histories(store, type_, identifiers) for type_ in ("Patient", "Observation", "CarePlan")}
        spoilt = [each.control_id for each in receipts if each.control_id and await _is_spoilt(store, each)]
        deliveries = list(await store.deliveries(EYE, limit=_MOST))
        return Record(await store.ledger(EYE), receipts, deliveries, histories, identifiers, spoilt)
    finally:
        await store.close()


async def _receipts(store: Store) -> list[Receipt]:
    found: list[Receipt] = []
    while page := await store.receipts(EYE, limit=1000, before=found[-1].id if found else None):
        found += page
    return found[::-1]


async def _is_spoilt(store: Store, receipt: Receipt) -> bool:
    body = await store.archived(EYE, receipt.id)
    return body is None or sha256(body).digest() != receipt.digest


async def _histories(store: Store, type_: str, identifiers: dict[str, list[str]]) -> list[list[Said]]:
    found = []
    for current in (await store.search(EYE, Query(type_, count=_MOST))).matches:
        resource = parse_json(current.body)
        if type_ == "Patient":
            for identifier in resource["identifier"]:
                identifiers.setdefault(identifier["value"], []).append(current.id)
        versions = await store.history(EYE, type_, current.id, limit=_MOST)
        found.append([Said(type_, each.id, each.version, each.receipt, *_said(parse_json(each.body))) for each in reversed(versions)])
    return found


def _said(resource: Resource) -> tuple[str | None, int | None]:
    match resource["resourceType"]:
        case "CarePlan":
            return numbered(resource["title"]) or (None, None)
        case "Patient":
            given = resource["name"][0].get("given", [""])[0]
            return None, int(given[1:]) if given[1:].isdigit() else None
        case _:
            return None, int(resource["valueQuantity"]["value"])
