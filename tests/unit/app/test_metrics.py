"""The page that Prometheus reads, read back by its own parser."""

import asyncio
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from hub.app.metrics import Metrics
from hub.core.errors import StoreAway
from hub.engine import events
from hub.engine.events import (
    BatchCommitted,
    DeliveryFailed,
    DeliverySettled,
    Event,
    MessageSettled,
    RequestAnswered,
    WorkerFailed,
    emit,
    listening,
)
from hub.store.rows import Standing, Unfinished

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


class Books:
    """A store that has only these to give; None: it is away."""

    standing_now: Standing | None = Standing({}, {}, (), ())

    async def standing(self, visibility) -> Standing:
        if self.standing_now is None:
            raise StoreAway("planted")
        return self.standing_now


class At:
    def now(self) -> datetime:
        return NOW


@pytest.fixture
def books() -> Books:
    return Books()


@pytest.fixture
def metrics(books):
    made = Metrics(books, At())
    with listening(made.on):
        yield made


def read(metrics) -> dict[tuple, float]:
    """Name and labels, to value."""
    page = asyncio.run(metrics.page()).decode()
    return {
        (sample.name.removeprefix("calder_"), *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name.startswith("calder_")
    }


def test_what_happens_is_counted(metrics):
    emit(MessageSettled("pas", 1, "committed", "AA", 0.02))
    emit(MessageSettled("pas", 2, "committed", "AA", 0.04))
    emit(MessageSettled("pas", 3, "refused", "AE", 0.01))
    emit(DeliverySettled("gp", 7, "waiting", 3.0))
    emit(DeliverySettled("gp", 7, "delivered", 65.0))
    emit(BatchCommitted(16, 0.03, 0.002))
    emit(RequestAnswered("$emergency-care", 404, 0.005))
    found = read(metrics)
    assert found["messages_total", "AA", "committed", "pas"] == 2
    assert found["messages_total", "AE", "pas", "refused"] == 1
    assert found["message_seconds_count", "pas"] == 3
    assert found["message_seconds_sum", "pas"] == pytest.approx(0.07)
    assert found["delivery_attempts_total", "gp", "waiting"] == 1
    assert found["delivery_seconds_sum", "gp"] == 65.0  # of those that were delivered
    assert found["commit_pieces_sum",] == 16
    assert found["sync_seconds_sum",] == 0.002
    assert found["requests_total", "$emergency-care", "404"] == 1


def test_what_failed_is_counted(metrics):
    emit(DeliveryFailed("gp", 7, "ambiguous", "dead", 1))
    emit(WorkerFailed("backlog", "KeyError"))
    found = read(metrics)
    assert found["delivery_failures_total", "ambiguous", "gp"] == 1
    assert found["faults_total", "backlog"] == 1


def test_the_oldest_that_waits_is_the_lag(metrics, books):
    hour_ago, second_ago = NOW - timedelta(hours=1), NOW - timedelta(seconds=1)
    books.standing_now = Standing(
        {"pas": 500},
        {"gp": 3},
        (Unfinished("pas", "parked", 1, hour_ago), Unfinished("pas", "pending", 12, second_ago)),
        (Unfinished("gp", "dead", 2, hour_ago),),
    )
    found = read(metrics)
    assert found["received", "pas"] == 500
    assert (found["messages_waiting", "parked", "pas"], found["message_lag_seconds", "parked", "pas"]) == (1, 3600)
    assert (found["messages_waiting", "pas", "pending"], found["message_lag_seconds", "pas", "pending"]) == (12, 1)
    assert (found["deliveries_waiting", "dead", "gp"], found["delivery_lag_seconds", "dead", "gp"]) == (2, 3600)


def test_what_waits_no_more_is_gone_from_the_page(metrics, books):
    books.standing_now = Standing({"pas": 1}, {}, (Unfinished("pas", "parked", 1, NOW),), ())
    assert ("messages_waiting", "parked", "pas") in read(metrics)
    books.standing_now = Standing({"pas": 1}, {}, (), ())
    assert ("messages_waiting", "parked", "pas") not in read(metrics)


def test_a_clock_that_was_set_back_makes_no_lag_below_zero(metrics, books):
    books.standing_now = Standing({"pas": 1}, {}, (Unfinished("pas", "pending", 1, NOW + timedelta(hours=1)),), ())
    assert read(metrics)["message_lag_seconds", "pas", "pending"] == 0


def test_while_the_store_is_away_the_page_says_so(metrics, books):
    assert read(metrics)["store_up",] == 1
    books.standing_now = None
    assert read(metrics)["store_up",] == 0


def test_quiet_events_are_not_logged(monkeypatch):
    class Refuses:
        def __getattr__(self, name):
            raise AssertionError("a quiet event reached the log")

    monkeypatch.setattr(events, "_LOG", Refuses())
    emit(RequestAnswered("read", 200, 0.001))
    with pytest.raises(AssertionError):
        emit(WorkerFailed("backlog", "KeyError"))


def test_no_event_has_a_field_that_could_hold_a_person():
    """Names of the configuration, the hub's own ids, codes, counts, durations: no other kinds of field."""
    known = {
        "owner",
        "source", "destination", "type", "address", "worker", "code", "reasons", "fault", "failure", "state", "interaction",
        "receipt", "delivery", "count", "attempts", "status", "pieces", "seconds", "syncing",
    }  # fmt: skip
    for kind in Event.__subclasses__():
        assert {each.name for each in fields(kind)} <= known, kind


def test_every_metric_is_explained(metrics):
    page = (Path(__file__).parents[3] / "docs" / "observability.md").read_text()
    named = {family.name for family in text_string_to_metric_families(asyncio.run(metrics.page()).decode())}
    missing = {name for name in named if name.startswith("calder_") and f"`{name}" not in page}
    assert missing == set()
