"""The page that Prometheus reads: what happened, told by events as it happens; and what waits, asked of the store for each reading.

https://prometheus.io/docs/practices/naming/. Labels are names from the configuration, states and codes: never anything of a message.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from hub.app.thread_cpu import ThreadCpu
from hub.core.errors import StoreError
from hub.core.ports import Clock
from hub.core.visibility import Visibility
from hub.engine.events import (
    BatchCommitted,
    DeliveryFailed,
    DeliverySettled,
    Event,
    MessageSettled,
    RequestAnswered,
    RequestFailed,
    SourceUnavailable,
    WorkerFailed,
)
from hub.store.contract import Store
from hub.store.rows import Standing

__all__ = ["Metrics"]

_SYSTEM: Final = Visibility.system("metrics")
_QUICK: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_PATIENT: Final = (0.01, 0.1, 1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 86400)
_PIECES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


disable_created_metrics()  # type: ignore[no-untyped-call]  # a second line for each counter, that nobody reads


class Metrics:
    """Of one hub. `on` is its listener (hub.engine.events.listening)."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._registry = CollectorRegistry()
        PlatformCollector(self._registry)
        ProcessCollector(registry=self._registry)
        self._registry.register(ThreadCpu())
        self._happened = _Happened(self._registry)
        self._waits = _Waits(self._registry)

    def on(self, event: Event) -> None:
        """On whatever thread it happens; the counters can take it."""
        self._happened.on(event)

    async def page(self) -> bytes:
        """While the store is away, what waits is left as it was last seen, and `calder_store_up` says so."""
        try:
            standing = await self._store.standing(_SYSTEM)
        except StoreError:
            self._waits.up.set(0)
        else:
            self._waits.up.set(1)
            self._waits.show(standing, self._clock.now())
        return generate_latest(self._registry)


class _Happened:
    """Counters and histograms, one for each kind of event."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"calder_{name}", text, labels, registry=registry)

        def histogram(name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(f"calder_{name}", text, labels, buckets=buckets, registry=registry)

        self._messages = counter("messages", "Messages by what became of them.", "source", "state", "code")
        self._message_seconds = histogram("message_seconds", "From a message's bytes to its answer.", _QUICK, "source")
        self._deliveries = counter("delivery_attempts", "Attempts to deliver by what they led to.", "destination", "state")
        self._failures = counter("delivery_failures", "Attempts that failed, by class.", "destination", "failure")
        self._delivery_seconds = histogram("delivery_seconds", "From due to delivered.", _PATIENT, "destination")
        self._commit_seconds = histogram("commit_seconds", "Group commits.", _QUICK)
        self._sync_seconds = histogram("sync_seconds", "The COMMIT alone: what the disk takes.", _QUICK)
        self._pieces = histogram("commit_pieces", "Pieces of work in a group commit.", _PIECES)
        self._requests = counter("requests", "FHIR interactions by status.", "interaction", "status")
        self._request_seconds = histogram("request_seconds", "FHIR interactions.", _QUICK, "interaction")
        self._faults = counter("faults", "Faults of the hub's own, by where.", "where")
        self._on: Mapping[type[Event], Callable[[Any], None]] = {
            MessageSettled: self._message,
            DeliverySettled: self._delivery,
            DeliveryFailed: lambda event: self._failures.labels(event.destination, event.failure).inc(),
            BatchCommitted: self._batch,
            RequestAnswered: self._request,
            RequestFailed: lambda _: self._faults.labels("request").inc(),
            WorkerFailed: lambda event: self._faults.labels(event.worker).inc(),
            SourceUnavailable: lambda _: self._faults.labels("store").inc(),
        }

    def on(self, event: Event) -> None:
        count = self._on.get(type(event))
        if count is not None:
            count(event)

    def _message(self, event: MessageSettled) -> None:
        self._messages.labels(event.source, event.state, event.code or "").inc()
        self._message_seconds.labels(event.source).observe(event.seconds)

    def _delivery(self, event: DeliverySettled) -> None:
        self._deliveries.labels(event.destination, event.state).inc()
        if event.state == "delivered":
            self._delivery_seconds.labels(event.destination).observe(event.seconds)

    def _batch(self, event: BatchCommitted) -> None:
        self._commit_seconds.observe(event.seconds)
        self._sync_seconds.observe(event.syncing)
        self._pieces.observe(event.pieces)

    def _request(self, event: RequestAnswered) -> None:
        self._requests.labels(event.interaction, str(event.status)).inc()
        self._request_seconds.labels(event.interaction).observe(event.seconds)


class _Waits:
    """Gauges of what waits. The age of the oldest is the lag: a lane that stands still shows here, however much flows beside it."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"calder_{name}", text, labels, registry=registry)

        self.up = gauge("store_up", "1 when the store could be read.")
        self._received = gauge("received", "Messages ever received.", "source")
        self._owed = gauge("owed", "Deliveries ever owed.", "destination")
        self._held = gauge("messages_waiting", "Messages that are pending or parked.", "source", "state")
        self._held_seconds = gauge("message_lag_seconds", "Age of the oldest of them.", "source", "state")
        self._due = gauge("deliveries_waiting", "Deliveries that are not done: due, in flight, waiting, dead.", "destination", "state")
        self._due_seconds = gauge("delivery_lag_seconds", "Age of the oldest of them.", "destination", "state")

    def show(self, standing: Standing, now: datetime) -> None:
        for each in (self._received, self._owed, self._held, self._held_seconds, self._due, self._due_seconds):
            each.clear()
        for gauge, counts in ((self._received, standing.received), (self._owed, standing.owed)):
            for name, count in counts.items():
                gauge.labels(name).set(count)
        for waiting, count_of, age_of in (
            (standing.messages, self._held, self._held_seconds),
            (standing.deliveries, self._due, self._due_seconds),
        ):
            for one in waiting:
                count_of.labels(one.name, one.state).set(one.count)
                age_of.labels(one.name, one.state).set(max(0.0, (now - one.oldest).total_seconds()))
