"""What the engine tells its operators: one class for each kind of event, with fields that cannot hold a patient.

A field is a name from the configuration, an id of the hub's own, a code, a count or a duration. Nothing of a message or a resource.
Events are logged, and told to those that listen: metrics and traces are made of them. The quiet ones are too many for a log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from typing import ClassVar, Final, Literal

import structlog

__all__ = [
    "AnswerNotKept",
    "BatchCommitted",
    "DeliveryFailed",
    "DeliverySettled",
    "DestinationAway",
    "DestinationBack",
    "DoorNotOpened",
    "Event",
    "MessageParked",
    "MessageRefused",
    "MessageSettled",
    "MessagesPruned",
    "RefusalNotTold",
    "RequestAnswered",
    "RequestFailed",
    "SourceStarted",
    "SourceStopped",
    "SourceUnavailable",
    "TransformerFailed",
    "TransformerLost",
    "VersionsPruned",
    "WorkerFailed",
    "emit",
    "listening",
]

Level = Literal["quiet", "info", "warning", "error"]


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
class DoorNotOpened(Event):
    """fault: what the system said of the socket."""

    text: ClassVar[str] = "no operators' door: no socket can stand beside the store; commands that mend wait until the hub is stopped"
    level: ClassVar[Level] = "warning"
    fault: str


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
class RefusalNotTold(Event):
    """It was told that the message is kept, and the connection went before it could be told that it is refused."""

    text: ClassVar[str] = "the sender could not be told that its message is refused: ask it to look at the message"
    level: ClassVar[Level] = "error"
    source: str
    receipt: int


@dataclass(frozen=True, slots=True)
class AnswerNotKept(Event):
    text: ClassVar[str] = "could not note which answers reached their senders"
    level: ClassVar[Level] = "warning"
    count: int


@dataclass(frozen=True, slots=True)
class DestinationAway(Event):
    """count: of failures in a row. What is owed to it waits, and spends no attempts."""

    text: ClassVar[str] = "destination cannot be reached: nothing more is tried until it answers"
    level: ClassVar[Level] = "error"
    destination: str
    count: int


@dataclass(frozen=True, slots=True)
class DestinationBack(Event):
    text: ClassVar[str] = "destination answers again"
    level: ClassVar[Level] = "info"
    destination: str


@dataclass(frozen=True, slots=True)
class DeliveryFailed(Event):
    text: ClassVar[str] = "delivery failed"
    level: ClassVar[Level] = "warning"
    destination: str
    delivery: int
    failure: str
    state: str
    attempts: int
    owner: str | None = None  # who is asked about it, where it is dead


@dataclass(frozen=True, slots=True)
class MessagesPruned(Event):
    text: ClassVar[str] = "the bytes of messages are gone: their time was over"
    source: str
    count: int


@dataclass(frozen=True, slots=True)
class VersionsPruned(Event):
    text: ClassVar[str] = "superseded versions are gone: their time was over"
    type: str
    count: int


@dataclass(frozen=True, slots=True)
class WorkerFailed(Event):
    text: ClassVar[str] = "a worker failed and goes on"
    level: ClassVar[Level] = "error"
    worker: str
    fault: str


@dataclass(frozen=True, slots=True)
class TransformerLost(Event):
    """fault: the signal that ended it, or what it did. count: of the messages it had in hand; they run again."""

    text: ClassVar[str] = "a transformer ended, and another one is started"
    level: ClassVar[Level] = "error"
    fault: str
    count: int


@dataclass(frozen=True, slots=True)
class TransformerFailed(Event):
    text: ClassVar[str] = "a transformer could not be started and is tried again: messages may have to wait"
    level: ClassVar[Level] = "error"
    fault: str


@dataclass(frozen=True, slots=True)
class MessageSettled(Event):
    """One for each message whose sender is answered. code: MSA-1. seconds: from its bytes to its answer."""

    text: ClassVar[str] = "message settled"
    level: ClassVar[Level] = "quiet"
    source: str
    receipt: int
    state: str
    code: str | None
    seconds: float


@dataclass(frozen=True, slots=True)
class DeliverySettled(Event):
    """One for each attempt. state: that it led to. seconds: since it was first due."""

    text: ClassVar[str] = "delivery settled"
    level: ClassVar[Level] = "quiet"
    destination: str
    delivery: int
    state: str
    seconds: float


@dataclass(frozen=True, slots=True)
class BatchCommitted(Event):
    """One group commit. pieces: of work. seconds: of the whole; syncing: of the COMMIT alone, which is the disk's."""

    text: ClassVar[str] = "batch committed"
    level: ClassVar[Level] = "quiet"
    pieces: int
    seconds: float
    syncing: float


@dataclass(frozen=True, slots=True)
class RequestAnswered(Event):
    """interaction: of FHIR, or the operation's name; never the address. status: of HTTP."""

    text: ClassVar[str] = "request answered"
    level: ClassVar[Level] = "quiet"
    interaction: str
    status: int
    seconds: float


_LOG = structlog.stdlib.get_logger("calder.engine")


Listener = Callable[[Event], None]
_listeners: Final[list[Listener]] = []


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Tell it of every event meanwhile, on the thread where it happens. It must be quick, and may not raise."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def emit(event: Event) -> None:
    """A log that cannot be written (closed, a full disk, nobody at the other end of the pipe) takes nothing else down with it."""
    for listener in _listeners:
        listener(event)
    if event.level == "quiet":
        return
    given = {each.name: getattr(event, each.name) for each in fields(event)}
    with suppress(OSError, ValueError):
        match event.level:
            case "info":
                _LOG.info(event.text, **given)
            case "warning":
                _LOG.warning(event.text, **given)
            case "error":
                _LOG.error(event.text, **given)
