"""What the engine is told about its surroundings: made by settings from hub.yaml, or by `--dev`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

__all__ = ["Acknowledge", "DestinationConfig", "OnPoison", "Retention", "Retry", "RouteConfig", "SourceConfig"]


class Acknowledge(StrEnum):
    """When the sender is answered."""

    COMMITTED = "committed"  # when its effect is in the record, or it is refused
    RECEIVED = "received"  # when it is in the archive


class OnPoison(StrEnum):
    """What is done with a message that breaks a map. It is the hub's failure, so the sender is not told AE."""

    PARK = "park"  # answered AA; it and the later ones of its lane wait for a person
    SKIP = "skip"  # answered AA and put aside
    STOP = "stop"  # no answer; the source takes nothing more


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """processing: the values of MSH-11 that are taken, None for all. family: the lane's kind of content, else by message code.

    strict_control_ids: refuse other content under a control id used before. parameters: the values of the maps' `param`s.
    share: its weight among the sources that wait for room in the engine.
    """

    name: str
    organisation: str | None = None
    acknowledge: Acknowledge = Acknowledge.COMMITTED
    processing: frozenset[str] | None = frozenset({"P"})
    on_poison: OnPoison = OnPoison.PARK
    family: str | None = None
    strict_control_ids: bool = False
    share: int = 1
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


@dataclass(frozen=True, slots=True)
class DestinationConfig:
    """idempotent: takes the same message (same control id) twice without harm, so an unanswered one may be sent again.

    enhanced: it is asked for two answers (MSH-15, MSH-16). version: the HL7 version written. parameters: the values of the maps' `param`s.
    """

    name: str
    organisation: str | None = None
    retry: Retry = field(default_factory=Retry)
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
