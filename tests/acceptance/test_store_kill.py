"""Law 1 at the store: what was acknowledged survives kill -9 at any moment, the books balance, and a lane goes on where it was.

Killing a process does not lose what the kernel already has; that each commit is synced is shown elsewhere, on the system calls.
"""

import asyncio
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from hub.app.stores import open_store
from hub.core.lifecycle import DeliveryState
from hub.core.visibility import Visibility
from hub.fhir.search.query import Query

SYSTEM = Visibility.system("test")
ROUNDS = 6

WRITER = """
import asyncio, hashlib, itertools, sys
from datetime import UTC, datetime
from hub.core.lifecycle import DeliveryState, MessageState
from hub.fhir.search.entries import TokenEntry
from hub.store.rows import Arrival, NewDelivery, NewVersion, Version
from hub.store import postgresql, sqlite

NOW = datetime(2026, 3, 1, tzinfo=UTC)
scheme, _, path = sys.argv[1].partition(":")
store = sqlite.open_store(path) if scheme == "sqlite" else postgresql.open_store(sys.argv[1])
names = itertools.count()
start = sys.argv[2]

def work(tx):
    name = f"{start}-{next(names)}"
    body = name.encode() * 50
    receipt = tx.archive(Arrival("lab", body, hashlib.sha256(body).digest(), NOW, control_id=name))
    tx.put(NewVersion(Version("Observation", name, 1, NOW, body, receipt=receipt), (TokenEntry("code", "l", name),)))
    tx.owe(NewDelivery("ward", "Observation", name, 1, "m", NOW, lane="l", receipt=receipt))
    tx.move(receipt, MessageState.COMMITTED)
    for delivery in tx.claim("ward", NOW, 5):
        tx.settle(delivery.id, DeliveryState.DELIVERED, now=NOW)
    return f"{receipt} {name}\\n"

async def submitter():
    while True:
        sys.stdout.write(await store.submit(work))
        sys.stdout.flush()

async def main():
    await asyncio.gather(*(submitter() for _ in range(8)))

asyncio.run(main())
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request, tmp_path):
    return f"sqlite:{tmp_path / 'calder.db'}" if request.param == "sqlite" else request.getfixturevalue("fresh_schema")


def acknowledged_until_killed(address, number, patience):
    with subprocess.Popen([sys.executable, "-c", WRITER, address, str(number)], stdout=subprocess.PIPE) as writer:
        first = writer.stdout.readline()  # it is at work now
        time.sleep(patience)
        writer.kill()
        rest = writer.stdout.read()
    lines = (first + rest).decode().splitlines(keepends=True)
    return dict(line.split() for line in lines if line.endswith("\n"))


async def check(address, acknowledged):
    store = open_store(address)
    try:
        for receipt, name in acknowledged.items():
            found = await store.receipt(SYSTEM, int(receipt))
            assert found is not None
            assert found.control_id == name
            assert await store.archived(SYSTEM, int(receipt)) == name.encode() * 50
            assert (await store.read(SYSTEM, "Observation", name)).receipt == int(receipt)
        ledger = await store.ledger(SYSTEM)
        assert ledger.balanced
        assert ledger.sources["lab"]["received"] == ledger.sources["lab"]["committed"] == ledger.destinations["ward"]["owed"]
        assert (await store.search(SYSTEM, Query("Observation", count=0, total=True))).total == ledger.sources["lab"]["received"]
        unfinished = [row for row in await store.deliveries(SYSTEM, limit=100_000) if row.state is not DeliveryState.DELIVERED]
        assert unfinished == []  # owed and settled in one work: never the one without the other
    finally:
        await store.close()


def test_every_acknowledged_message_is_there_after_kill_9(address):
    chance = random.Random(7)
    acknowledged: dict[str, str] = {}
    for number in range(ROUNDS):
        told = acknowledged_until_killed(address, number, chance.uniform(0, 0.25))
        assert not acknowledged.keys() & told.keys()  # a number is never given twice
        acknowledged |= told
        asyncio.run(check(address, acknowledged))
    assert len(acknowledged) > ROUNDS


def test_two_writers_on_one_database_killed_one_after_the_other(fresh_schema):
    """The one that is left goes on, and what the other had done is done."""
    acknowledged: dict[str, str] = {}
    for number in range(2):
        with ThreadPoolExecutor(2) as pool:
            told = list(pool.map(acknowledged_until_killed, [fresh_schema] * 2, [f"{number}a", f"{number}b"], [0.2, 0.6]))
        for each in told:
            assert each
            assert not acknowledged.keys() & each.keys()
            acknowledged |= each
        asyncio.run(check(fresh_schema, acknowledged))
