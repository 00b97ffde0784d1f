"""What a hub's store holds, read beside it or after it: for tests that compare the record before and after.

data: the folder of an embedded store, or the address of any.
"""

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from pathlib import Path

from hub.app.stores import open_store
from hub.core.lifecycle import DeliveryState
from hub.core.visibility import Visibility
from hub.fhir.search.query import Query
from hub.store.contract import Store
from hub.store.rows import Delivery, Ledger, Receipt

EYE = Visibility.system("test")
TYPES = ("Patient", "Encounter", "Observation", "DiagnosticReport", "AllergyIntolerance", "CarePlan")


@asynccontextmanager
async def _opened(data: Path | str):
    store = open_store(data if isinstance(data, str) else f"sqlite:{data / 'hub.db'}", read_only=True)
    try:
        yield store
    finally:
        await store.close()


async def _all_receipts(store: Store) -> list[Receipt]:
    found: list[Receipt] = []
    while page := await store.receipts(EYE, limit=1000, before=found[-1].id if found else None):
        found += page
    return found


def receipts(data: Path | str) -> list[Receipt]:
    """Newest first."""

    async def read() -> list[Receipt]:
        async with _opened(data) as store:
            return await _all_receipts(store)

    return asyncio.run(read())


def states_by_control_id(data: Path | str) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for receipt in receipts(data):
        found.setdefault(receipt.control_id or "", Counter())[receipt.state.value] += 1
    return found


def archived(data: Path | str, receipt: int) -> bytes | None:
    async def read() -> bytes | None:
        async with _opened(data) as store:
            return await store.archived(EYE, receipt)

    return asyncio.run(read())


def bodies(data: Path | str, *types: str) -> dict[tuple[str, str], bytes]:
    """The current version of every resource, byte for byte (its number and its time are in it)."""

    async def read() -> dict[tuple[str, str], bytes]:
        found: dict[tuple[str, str], bytes] = {}
        async with _opened(data) as store:
            for type_ in types or TYPES:
                page = await store.search(EYE, Query(type_, count=100_000))
                found |= {(type_, version.id): version.body for version in page.matches}
        return found

    return asyncio.run(read())


def ledger(data: Path | str) -> Ledger:
    """What `calder ledger` prints, without the cost of starting it."""

    async def read() -> Ledger:
        async with _opened(data) as store:
            return await store.ledger(EYE)

    return asyncio.run(read())


def deliveries(data: Path | str, *, state: DeliveryState | None = None) -> list[Delivery]:
    async def read() -> list[Delivery]:
        async with _opened(data) as store:
            return list(await store.deliveries(EYE, state=state, limit=100_000))

    return asyncio.run(read())
