"""What a map gives when it runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from hub.core.diagnostics import Diagnostic
from hub.core.json import Resource
from hub.mapping.syntax import Mode


class Produced(NamedTuple):
    """One resource made by a row of a message map. (A tuple, since it is made for every resource, in a third of the time.)

    full_url: a stable urn:uuid by which the others refer to it. key: the values of the row's `key` (empty: identified by its
    identifiers). cleared: top-level elements that an HL7 null takes away (modes merge and amend). rule: "oru_r01.result".
    """

    full_url: str
    resource: Resource
    mode: Mode
    key: tuple[str, ...]
    rule: str
    cleared: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Step:
    """Where one element came from: target "Observation[2].valueQuantity.value" <- "OBX[3]-5", by the rule at file:line."""

    target: str
    source: str
    rule: str
    file: str
    line: int
    start: int | None = None  # byte span of the source in the message
    end: int | None = None
    made_by: str | None = None  # full_url of the produced resource


class Reason(StrEnum):
    """Why a row made nothing."""

    EMPTY = "empty"  # what it reads is not there
    GUARD = "guard"  # a `when` does not hold, or every `unless` does
    NOT_IN_TABLE = "not in the table"
    UNREADABLE = "unreadable"
    OTHER_WAY = "other way"  # the row says `<-`
    NO_INSTANCE = "no instance"  # of the `each` it stands in
    ALONE = "alone"  # a text of the map, which stands only beside something else


@dataclass(frozen=True, slots=True)
class Unmade:
    """A row that made nothing, once for each instance it was asked about. Never a value of the message.

    target: as in `Step`, as far as it is known ("Observation[2].status"; "Observation" where there is no resource).
    place: of the instance ("OBX[3]"), None for the whole message. detail: by reason, the paths that are empty ("OBX-14 or $time"), the
    condition as the map has it ("OBX-11 = R"), the table's name, what cannot be read ("not a number"), the group ("OBSERVATION"), or the
    text of the map. made_by: as in `Step`.
    """

    target: str
    rule: str
    file: str
    line: int
    reason: Reason
    detail: str
    place: str | None = None
    made_by: str | None = None


@dataclass(frozen=True, slots=True)
class Conversion:
    """v2 to FHIR. `refused` when any diagnostic is an error: then nothing of `produced` may be used."""

    produced: tuple[Produced, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    trace: tuple[Step, ...] = ()
    map_name: str = ""
    unmade: tuple[Unmade, ...] = ()  # with a trace only

    @property
    def refused(self) -> bool:
        return any(diagnostic.is_error for diagnostic in self.diagnostics)


@dataclass(frozen=True, slots=True)
class Written:
    """FHIR to v2: the message, or why there is none."""

    body: bytes | None
    diagnostics: tuple[Diagnostic, ...] = field(default=())

    @property
    def refused(self) -> bool:
        return self.body is None
