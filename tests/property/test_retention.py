"""Random histories under random rules: everything that must stay is there, everything that must go is gone. And the oracle sees a fault."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.core.lifecycle import DeliveryState, MessageState
from hub.core.visibility import Visibility
from hub.engine import retention
from hub.engine.configuration import Retention
from hub.store.rows import Arrival, NewDelivery, NewVersion, Shelf, Version
from hub.store.sqlite import open_store
from hub.store.sqlite.database import Connection

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
SYSTEM = Visibility.system("test")
STATES = [state for state in MessageState if state is not MessageState.PENDING]
LASTING = st.none() | st.integers(1, 40).map(lambda days: days * DAY)
EVENTS = st.lists(
    st.tuples(
        st.integers(-2, 50), st.sampled_from([None, *STATES]), st.sampled_from("abc"), st.sampled_from(["", "delivered", "due", "dead"])
    ),
    max_size=25,
)
_numbers = itertools.count()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("retention")


async def history(store, events):
    """Each event: days ago (a clock may jump), what becomes of the message, the resource it makes a version of, a delivery of that.

    Gives (receipt, days ago, state, stands) and (resource, version, days since it was superseded or None, stands).
    """
    messages, versions = [], []
    for ago, state, name, delivery in events:
        at = NOW - ago * DAY

        def work(tx, at=at, state=state, name=name, delivery=delivery):
            receipt = tx.archive(Arrival("lab", b"MSH|", b"d", at))
            if state is not None:
                tx.move(receipt, state)
            before = tx.current(SYSTEM, "Patient", name)
            number = before.version + 1 if before else 1
            tx.put(NewVersion(Version("Patient", name, number, at, b"{}", receipt=receipt)))
            if delivery:
                owed = tx.owe(NewDelivery("ward", "Patient", name, number, "m", NOW, receipt=receipt))
                if delivery != "due":
                    assert [each.id for each in tx.claim("ward", NOW, 99) if each.id == owed]
                    tx.settle(owed, DeliveryState(delivery), now=NOW)
            return receipt, number

        receipt, number = await store.submit(work)
        # Claiming took what was due before into flight: it is not delivered either.
        stands = delivery in ("due", "dead")
        messages.append((receipt, ago, state, stands))
        versions = [(n, v, ago if (n, v) == (name, number - 1) else since, s) for n, v, since, s in versions] + [
            (name, number, None, stands)
        ]
    return messages, versions


def expected(lasting, messages, versions):
    def over(days, kept):
        return kept is not None and days is not None and days * DAY > kept

    bodies = {r for r, ago, state, stands in messages if state in (None, MessageState.PARKED) or stands or not over(ago, lasting.archive)}
    return bodies, {(name, number) for name, number, since, stands in versions if stands or not over(since, lasting.history)}


async def run(path, lasting, events):
    store = open_store(path, synchronous="OFF")
    try:
        messages, versions = await history(store, events)
        before = {each.id for each in await store.receipts(SYSTEM, limit=999)}
        counted = await retention.count_expired(store, lasting, NOW)
        done = await retention.prune(store, lasting, NOW)
        bodies = {receipt for receipt, *_ in messages if await store.archived(SYSTEM, receipt) is not None}
        there = {(name, each.version) for name in "abc" for each in await store.history(SYSTEM, "Patient", name, limit=99)}
        assert (bodies, there) == expected(lasting, messages, versions)
        assert counted == done
        assert sum(done.archive.values()) == len(messages) - len(bodies)
        assert {each.id for each in await store.receipts(SYSTEM, limit=999)} == before
        assert (await store.ledger(SYSTEM)).balanced
        assert (await retention.prune(store, lasting, NOW)) == retention.Pruned()
    finally:
        await store.close()


@pytest.fixture
def quick(monkeypatch):
    """Slices so small that they end everywhere, and no rest between them."""
    monkeypatch.setattr(retention, "_SLICE", 3)
    monkeypatch.setattr(retention, "_LEAST", 0.0)
    monkeypatch.setattr(retention, "_REST", 0.0)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(archive=LASTING, history=LASTING, events=EVENTS)
def test_what_must_stay_is_there_and_what_must_go_is_gone(quick, folder, archive, history, events):
    asyncio.run(run(folder / f"{next(_numbers)}.db", Retention(archive, history), events))


FAULTS = {
    "a slice forgotten": lambda found: type(found)(found.shelf, found.keys[1:], found.counts, found.after),
    "the archive left alone": lambda found: type(found)(found.shelf) if found.shelf is Shelf.ARCHIVE else found,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_seen(quick, folder, monkeypatch, fault):
    take_away = retention._take_away
    monkeypatch.setattr(retention, "_take_away", lambda found, tx: take_away(FAULTS[fault](found), tx))
    events = [(30, MessageState.COMMITTED, "a", ""), (20, MessageState.COMMITTED, "a", ""), (1, MessageState.COMMITTED, "a", "")]
    with pytest.raises(AssertionError):
        asyncio.run(run(folder / f"{next(_numbers)}.db", Retention(5 * DAY, 5 * DAY), events))


def test_a_rule_that_forgets_who_waits_is_seen(quick, folder, monkeypatch):
    """The planted fault: the bytes of a parked message are taken for finished ones."""

    spoilt = {
        **Connection.queries,
        "expired_archive": Connection.queries["expired_archive"].replace("('pending', 'parked')", "('pending')"),
    }
    monkeypatch.setattr(Connection, "queries", spoilt)
    with pytest.raises(AssertionError):
        asyncio.run(run(folder / f"{next(_numbers)}.db", Retention(5 * DAY, None), [(30, MessageState.PARKED, "a", "")]))
