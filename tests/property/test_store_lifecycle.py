"""Random histories of messages and deliveries against the transition tables, with hubs that stop and start: one on SQLite, two on PostgreSQL."""

import asyncio
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from hub.core.errors import StoreError
from hub.core.lifecycle import DELIVERY_MOVES, MESSAGE_MOVES, DeliveryState, MessageState
from hub.core.visibility import Visibility
from hub.store import postgresql as postgresql_store
from hub.store import sqlite
from hub.store.rows import Arrival, NewDelivery

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SYSTEM = Visibility.system("test")
OPEN = (DeliveryState.DUE, DeliveryState.IN_FLIGHT, DeliveryState.WAITING)
lanes = st.sampled_from([None, "a", "b"])
hubs = st.integers(0, 1)


class Lifecycle(RuleBasedStateMachine):
    """hubs: all on one store. holders: which of them has a delivery in flight."""

    def __init__(self):
        super().__init__()
        self.begin()
        self.hubs = [self.open() for _ in range(self.number_of_hubs)]
        self.holders: dict[int, int] = {}
        self.messages: dict[int, MessageState] = {}
        self.lanes: dict[int, str | None] = {}
        self.deliveries: dict[int, tuple[DeliveryState, str | None, int]] = {}  # state, lane, not before
        self.clock = 0

    def teardown(self):
        for store in self.hubs:
            asyncio.run(store.close())
        self.end()

    @property
    def store(self):
        return self.hubs[0]

    def submit(self, work, hub=0):
        return asyncio.run(self.hubs[hub % len(self.hubs)].submit(work))

    def at(self, second):
        return NOW + timedelta(seconds=second)

    # --- messages

    @rule(lane=lanes, fails=st.booleans(), hub=hubs)
    def arrive(self, lane, fails, hub):
        class Bad(Exception):
            pass

        def work(tx):
            receipt = tx.archive(Arrival("lab", b"x", b"d", NOW))
            tx.conclude(receipt, lane=lane)
            if fails:
                raise Bad
            return receipt

        with suppress(Bad):
            receipt = self.submit(work, hub)
            assert receipt not in self.messages
            self.messages[receipt] = MessageState.PENDING
            self.lanes[receipt] = lane

    @precondition(lambda self: self.messages)
    @rule(data=st.data(), state=st.sampled_from(MessageState), hub=hubs)
    def move(self, data, state, hub):
        receipt = data.draw(st.sampled_from(sorted(self.messages)))
        legal = state in MESSAGE_MOVES[self.messages[receipt]]
        try:
            self.submit(lambda tx: tx.move(receipt, state), hub)
            assert legal
            self.messages[receipt] = state
        except StoreError:
            assert not legal

    # --- deliveries

    @rule(lane=lanes, hub=hubs)
    def owe(self, lane, hub):
        owed = NewDelivery("ward", "Observation", "o", 1, "m", self.at(self.clock), lane=lane)
        number = self.submit(lambda tx: tx.owe(owed), hub)
        self.deliveries[number] = (DeliveryState.DUE, lane, self.clock)

    def head(self, lane):
        return min((number for number, (state, its, _) in self.deliveries.items() if its == lane and state in OPEN), default=None)

    def claimable(self):
        flying = {lane for state, lane, _ in self.deliveries.values() if state is DeliveryState.IN_FLIGHT}
        for number, (state, lane, not_before) in sorted(self.deliveries.items()):
            ready = state in (DeliveryState.DUE, DeliveryState.WAITING) and not_before <= self.clock
            if ready and (lane is None or (lane not in flying and self.head(lane) == number)):
                yield number

    @rule(limit=st.integers(1, 3), hub=hubs)
    def claim(self, limit, hub):
        expected = sorted(self.claimable(), key=lambda number: (self.deliveries[number][2], number))[:limit]
        claimed = [row.id for row in self.submit(lambda tx: tx.claim("ward", self.at(self.clock), limit), hub)]
        assert claimed == sorted(expected)
        for number in claimed:
            _, lane, not_before = self.deliveries[number]
            self.deliveries[number] = (DeliveryState.IN_FLIGHT, lane, not_before)
            self.holders[number] = hub % len(self.hubs)

    @precondition(lambda self: self.deliveries)
    @rule(
        data=st.data(),
        state=st.sampled_from([state for state in DeliveryState if state is not DeliveryState.IN_FLIGHT]),
        wait=st.integers(0, 2),
        hub=hubs,
    )
    def settle(self, data, state, wait, hub):
        """Taking off is the claim's business; everything else is tried."""
        number = data.draw(st.sampled_from(sorted(self.deliveries)))
        before, lane, not_before = self.deliveries[number]
        another_has_it = before is DeliveryState.IN_FLIGHT and self.holders[number] != hub % len(self.hubs)
        legal = state in DELIVERY_MOVES[before] and not another_has_it
        again = self.clock + wait
        try:
            self.submit(lambda tx: tx.settle(number, state, now=self.at(self.clock), not_before=self.at(again)), hub)
            assert legal
            self.deliveries[number] = (state, lane, again if state in (DeliveryState.WAITING, DeliveryState.DUE) else not_before)
        except StoreError:
            assert not legal

    @rule()
    def wait(self):
        self.clock += 1

    @rule(hub=hubs)
    def restart(self, hub):
        hub %= len(self.hubs)
        asyncio.run(self.hubs[hub].close())
        self.hubs[hub] = self.open()
        asyncio.run(self.hubs[hub].recover(self.at(self.clock)))
        for number, (state, lane, _) in self.deliveries.items():
            if state is DeliveryState.IN_FLIGHT and self.holders[number] == hub:
                self.deliveries[number] = (DeliveryState.WAITING, lane, self.clock)

    # --- what holds at all times

    @invariant()
    def the_store_says_the_same(self):
        rows = asyncio.run(self.store.receipts(SYSTEM))
        assert {row.id: row.state for row in rows} == self.messages
        rows = asyncio.run(self.store.deliveries(SYSTEM))
        assert {row.id: row.state for row in rows} == {number: state for number, (state, *_) in self.deliveries.items()}

    @invariant()
    def the_ledger_balances(self):
        ledger = asyncio.run(self.store.ledger(SYSTEM))
        assert ledger.balanced
        assert sum(line["owed"] for line in ledger.destinations.values()) == len(self.deliveries)
        # a source whose first message was taken back may stand there with nothing
        assert sum(line["received"] for line in ledger.sources.values()) == len(self.messages)

    @invariant()
    def lanes_are_held_by_what_is_open(self):
        for lane in ("a", "b"):
            held = any(
                state in (MessageState.PENDING, MessageState.PARKED) and self.lanes[number] == lane
                for number, state in self.messages.items()
            )
            assert self.submit(lambda tx, lane=lane: tx.lane_is_blocked(lane)) == held


class OnSqlite(Lifecycle):
    number_of_hubs = 1

    def begin(self):
        self.folder = tempfile.TemporaryDirectory()

    def open(self):
        return sqlite.open_store(Path(self.folder.name) / "calder.db", synchronous="OFF")

    def end(self):
        self.folder.cleanup()


class OnPostgresql(Lifecycle):
    number_of_hubs = 2
    emptied: Callable[[], str]

    def begin(self):
        self.address = OnPostgresql.emptied()

    def open(self):
        return postgresql_store.open_store(self.address)

    def end(self):
        pass


@pytest.fixture(scope="module", autouse=True)
def _database(postgresql):
    OnPostgresql.emptied = staticmethod(postgresql.emptied)


OnSqlite.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
OnPostgresql.TestCase.settings = settings(max_examples=10, stateful_step_count=25, deadline=None)
TestOnSqlite = OnSqlite.TestCase
TestOnPostgresql = OnPostgresql.TestCase
