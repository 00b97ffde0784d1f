"""What the engine tells its operators: one class for each kind of log line, with fields that cannot hold a patient.

A field is a name from the configuration, an id of the hub's own, a code, a count or a duration. Nothing of a message or a resource.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, fields
from typing import ClassVar, Literal

import structlog

__all__ = [
    "AnswerNotKept",
    "DeliveryFailed",
    "Event",
    "MessageParked",
    "MessageRefused",
    "RequestFailed",
    "SourceStarted",
    "SourceStopped",
    "SourceUnavailable",
    "TransformerFailed",
    "TransformerLost",
    "WorkerFailed",
    "emit",
]

Level = Literal["info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Event:
    text: ClassVar[str]
    level: ClassVar[Level] = "info"


@dataclass(frozen=True, slots=True)
class SourceStarted(Event):
    text: ClassVar[str] = "source started"
    source: str
    address: str


@dataclass(frozen=True, slots=True)
class RequestFailed(Event):
    """fault: the name of the exception and the place of our own code, never its text."""

    text: ClassVar[str] = "a request failed through a fault of the hub's own"
    level: ClassVar[Level] = "error"
    fault: str


@dataclass(frozen=True, slots=True)
class SourceStopped(Event):
    """By policy (`on_poison: stop`): it takes nothing more until the hub is started again."""

    text: ClassVar[str] = "source stopped by its policy: a message could not be processed"
    level: ClassVar[Level] = "error"
    source: str
    fault: str


@dataclass(frozen=True, slots=True)
class SourceUnavailable(Event):
    text: ClassVar[str] = "the store took nothing: the sender gets no answer and tries again"
    level: ClassVar[Level] = "warning"
    source: str
    fault: str


@dataclass(frozen=True, slots=True)
class MessageRefused(Event):
    text: ClassVar[str] = "message refused"
    level: ClassVar[Level] = "warning"
    source: str
    receipt: int
    code: str
    reasons: tuple[str, ...]  # diagnostic codes


@dataclass(frozen=True, slots=True)
class MessageParked(Event):
    """The incident: its lane waits for a person."""

    text: ClassVar[str] = "message parked: later messages of its lane wait"
    level: ClassVar[Level] = "error"
    source: str
    receipt: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnswerNotKept(Event):
    text: ClassVar[str] = "could not note which answers reached their senders"
    level: ClassVar[Level] = "warning"
    count: int


@dataclass(frozen=True, slots=True)
class DeliveryFailed(Event):
    text: ClassVar[str] = "delivery failed"
    level: ClassVar[Level] = "warning"
    destination: str
    delivery: int
    failure: str
    state: str
    attempts: int


@dataclass(frozen=True, slots=True)
class WorkerFailed(Event):
    text: ClassVar[str] = "a worker failed and goes on"
    level: ClassVar[Level] = "error"
    worker: str
    fault: str


@dataclass(frozen=True, slots=True)
class TransformerLost(Event):
    """cause: the signal that ended it, or what it did. messages: how many it had in hand; they run again."""

    text: ClassVar[str] = "a transformer ended, and another one is started"
    level: ClassVar[Level] = "error"
    cause: str
    messages: int


@dataclass(frozen=True, slots=True)
class TransformerFailed(Event):
    text: ClassVar[str] = "a transformer could not be started and is tried again: messages may have to wait"
    level: ClassVar[Level] = "error"
    cause: str


_LOG = structlog.stdlib.get_logger("calder.engine")


def emit(event: Event) -> None:
    """A log that cannot be written (closed, a full disk, nobody at the other end of the pipe) takes nothing else down with it."""
    given = {each.name: getattr(event, each.name) for each in fields(event)}
    with suppress(OSError, ValueError):
        match event.level:
            case "info":
                _LOG.info(event.text, **given)
            case "warning":
                _LOG.warning(event.text, **given)
            case "error":
                _LOG.error(event.text, **given)
