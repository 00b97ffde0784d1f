"""Traces for an OpenTelemetry collector, where hub.yaml names one (`telemetry: {otlp: URL}`). The packages are the extra `otel`.

Spans are made of events, when they are over: a message, a delivery, a request, a group commit. So they hold what events may hold,
and nothing of a patient.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import fields
from typing import Any, Final

from hub.app.installed import AssemblyError
from hub.engine.events import BatchCommitted, DeliverySettled, Event, MessageSettled, RequestAnswered

__all__ = ["Tracing"]

_NAMES: Final[dict[type[Event], Callable[[Any], str]]] = {
    MessageSettled: lambda event: f"message {event.source}",
    DeliverySettled: lambda event: f"delivery {event.destination}",
    RequestAnswered: lambda event: f"fhir {event.interaction}",
    BatchCommitted: lambda _: "commit",
}


class Tracing:
    """url: of the collector's OTLP/HTTP endpoint for traces. Raises AssemblyError where the packages are not installed."""

    def __init__(self, url: str, *, hub: str, version: str) -> None:
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - an extra, loaded where it is asked for
            from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
            from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
            from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
            from opentelemetry.trace import Status, StatusCode  # noqa: PLC0415
        except ImportError:
            raise AssemblyError("hub.yaml asks for telemetry: install it with `pip install calder-hub[otel]`") from None
        resource = Resource.create({"service.name": "calder", "service.instance.id": hub, "service.version": version})
        self._provider = TracerProvider(resource=resource)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=url)))  # sends on a thread of its own
        self._tracer = self._provider.get_tracer("calder")
        self._failed = Status(StatusCode.ERROR)

    def on(self, event: Event) -> None:
        name = _NAMES.get(type(event))
        if name is None:
            return
        now = time.time_ns()
        told = {each.name: getattr(event, each.name) for each in fields(event)}
        seconds = told.pop("seconds")
        span = self._tracer.start_span(
            name(event),
            start_time=now - int(seconds * 1e9),
            attributes={f"calder.{key}": value for key, value in told.items() if value is not None},
        )
        if told.get("state") in {"parked", "refused", "dead"} or told.get("status", 0) >= 500:
            span.set_status(self._failed)
        span.end(end_time=now)

    def close(self) -> None:
        """Sends what is left; a collector that is away is not waited for longer than its own time-out."""
        self._provider.shutdown()
