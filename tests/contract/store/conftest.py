"""What every test of the store contract is given: an empty store of each kind, and a short way to say things to it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from hub.core.lifecycle import MessageState
from hub.core.visibility import Visibility
from hub.fhir.search.entries import Entry
from hub.fhir.search.query import Clause, ParamType, Query, Value
from hub.store import postgresql, sqlite
from hub.store.contract import Store, Transaction
from hub.store.rows import Arrival, NewDelivery, NewVersion, Page, Version

T = TypeVar("T")
NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


class World:
    """A store, driven from plain functions."""

    now = NOW
    system = Visibility.system("test")

    def __init__(self, store: Store) -> None:
        self.store = store

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(coroutine)

    def submit(self, work: Callable[[Transaction], T]) -> T:
        return asyncio.run(self.store.submit(work))

    def at(self, seconds: float) -> datetime:
        return NOW + timedelta(seconds=seconds)

    def seen_by(self, people: set[str] | None = None, types: set[str] | None = None, denied: set[str] | None = None) -> Visibility:
        return Visibility(
            caller=None,
            basis="test",
            people=None if people is None else frozenset(people),
            types=None if types is None else frozenset(types),
            denied_labels=frozenset(denied or ()),
        )

    def arrival(self, control_id: str | None = "1", source: str = "lab", body: bytes = b"MSH|^~\\&|") -> Arrival:
        return Arrival(source, body, hashlib.sha256(body).digest(), NOW, control_id=control_id, message_type="ORU^R01")

    def receive(self, state: MessageState = MessageState.PENDING, *, control_id: str = "1", source: str = "lab", **known: Any) -> int:
        def work(transaction: Transaction) -> int:
            receipt = transaction.archive(self.arrival(control_id, source))
            transaction.conclude(receipt, **known)
            if state is not MessageState.PENDING:
                transaction.move(receipt, state)
            return receipt

        return self.submit(work)

    def version(self, name: str, version: int = 1, **fields: Any) -> Version:
        type_, id_ = name.split("/")
        fields = {"updated": NOW, "body": f"{name}:{version}".encode(), **fields}
        return Version(type_, id_, version, **fields)

    def put(self, name: str, *entries: Entry, version: int = 1, **fields: Any) -> None:
        new = NewVersion(self.version(name, version, **fields), entries)
        self.submit(lambda transaction: transaction.put(new))

    def search(self, type_: str, *clauses: Clause, visibility: Visibility | None = None, **options: Any) -> Page:
        return self.run(self.store.search(visibility or self.system, Query(type_, clauses, **options)))

    def ids(self, type_: str, *clauses: Clause, **options: Any) -> list[str]:
        return [version.id for version in self.search(type_, *clauses, **options).matches]

    def clause(self, param: str, type_: ParamType, *values: Value, modifier: str | None = None) -> Clause:
        return Clause(param, type_, values, modifier)

    def owe(self, destination: str = "ward", lane: str | None = None, **fields: Any) -> int:
        given = {"type": "Observation", "id": "o", "version": 1, "map_name": "oru", "due": NOW, **fields}
        return self.submit(lambda transaction: transaction.owe(NewDelivery(destination, lane=lane, **given)))

    def claim(self, destination: str = "ward", seconds: float = 0, limit: int = 10) -> list[int]:
        return [delivery.id for delivery in self.submit(lambda transaction: transaction.claim(destination, self.at(seconds), limit))]


KINDS = ("sqlite", "postgresql")


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """A module that overrides it speaks of one of them only."""
    return request.param


@pytest.fixture
def opening(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Callable[..., Store]:
    """Opens the store of this test; again, after it was closed."""
    if kind == "sqlite":
        return lambda **options: sqlite.open_store(tmp_path / "calder.db", **{"synchronous": "OFF", **options})
    url = request.getfixturevalue("emptied_schema")
    return lambda **options: postgresql.open_store(url, **options)


@pytest.fixture
def world(opening: Callable[..., Store]) -> Iterator[World]:
    world = World(opening())
    yield world
    asyncio.run(world.store.close())
