"""What the engine is told about its surroundings: made by settings from hub.yaml, or by `--dev`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

__all__ = [
    "Acknowledge",
    "BreakerPolicy",
    "DestinationConfig",
    "Mode",
    "OnDead",
    "OnPoison",
    "Retention",
    "Retry",
    "RouteConfig",
    "SourceConfig",
    "Window",
]


class Acknowledge(StrEnum):
    """When the sender is answered."""

    COMMITTED = "committed"  # when its effect is in the record, or it is refused
    RECEIVED = "received"  # when it is in the archive


class Mode(StrEnum):
    """Acknowledgement mode: HL7 v2 chapter 2, section 2.9."""

    ORIGINAL = "original"
    ENHANCED = "enhanced"
    AUTO = "auto"  # as MSH-15 and MSH-16 of each message say


class OnPoison(StrEnum):
    """What is done with a message that breaks a map. It is the hub's failure, so the sender is not told AE."""

    PARK = "park"  # answered AA; it and the later ones of its lane wait for a person
    SKIP = "skip"  # answered AA and put aside
    STOP = "stop"  # no answer; the source takes nothing more


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """processing: the values of MSH-11 that are taken, None for all. family: the lane's kind of content, else by message code.

    strict_control_ids: refuse other content under a control id used before. parameters: the values of the maps' `param`s.
    share: its weight among the sources that wait for room in the engine. sequence_numbers: MSH-13 is kept and checked.
    """

    name: str
    organisation: str | None = None
    acknowledge: Acknowledge = Acknowledge.COMMITTED
    processing: frozenset[str] | None = frozenset({"P"})
    on_poison: OnPoison = OnPoison.PARK
    family: str | None = None
    strict_control_ids: bool = False
    share: int = 1
    mode: Mode = Mode.ORIGINAL
    sequence_numbers: bool = False
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def scope(self) -> str:
        """Whose order numbers its messages carry: two feeds of one organisation speak of the same orders."""
        return self.organisation or self.name


@dataclass(frozen=True, slots=True)
class Retry:
    """Back-off of a delivery: from `initial`, doubling to `maximum`; after `lasting` (`for` in hub.yaml) it is a dead letter.

    answers: a no that passes, so that the message is sent again: a code of MSA-1 (AR), or one of ERR-3 whatever MSA-1 says (206).
    """

    initial: timedelta = timedelta(seconds=1)
    maximum: timedelta = timedelta(minutes=5)
    lasting: timedelta = timedelta(days=3)
    answers: frozenset[str] = frozenset({"206"})  # application record locked: says of itself that it passes


class OnDead(StrEnum):
    """What becomes of the rest of a lane when one of its deliveries has died."""

    GO_ON = "go-on"  # the next is sent: it says all that the dead one would have said of its resource, and what is true now
    HOLD = "hold"  # nothing of this lane is sent until a person has revived or discarded it


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """After so many failures in a row to reach a destination it is left alone for a pause, then asked whether it is there."""

    failures: int = 5
    pause: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Window:
    """The part of each day in which a destination may be sent to, by the clocks of a zone. It may go over midnight."""

    opens: time
    closes: time
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class DestinationConfig:
    """idempotent: takes the same message (same control id) twice without harm, so an unanswered one may be sent again.

    rate: messages in a second. connections: how many messages may be on their way at once. owner: who is asked about dead letters.
    enhanced: it is asked for two answers (MSH-15, MSH-16). version: the HL7 version written. parameters: the values of the maps' `param`s.
    """

    name: str
    organisation: str | None = None
    retry: Retry = field(default_factory=Retry)
    breaker: BreakerPolicy = field(default_factory=BreakerPolicy)
    rate: float | None = None
    window: Window | None = None
    connections: int = 1
    on_dead: OnDead = OnDead.GO_ON
    owner: str | None = None
    idempotent: bool = False
    enhanced: bool = False
    version: str = "2.4"
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long is kept what need not be kept for ever; None: for ever. archive: the bytes of messages, since they came. history: versions
    that are superseded, since then.
    """

    archive: timedelta | None = None
    history: timedelta | None = None


@dataclass(frozen=True, slots=True)
class RouteConfig:
    """Every version of a resource of type `when` goes through the map to each destination."""

    when: str
    map: str
    to: tuple[str, ...]
