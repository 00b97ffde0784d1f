"""What a map gives when it runs."""

from __future__ import annotations

from dataclasses import dataclass, field

from hub.core.diagnostics import Diagnostic
from hub.core.json import Resource
from hub.mapping.syntax import Mode


@dataclass(frozen=True, slots=True)
class Produced:
    """One resource made by a row of a message map.

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


@dataclass(frozen=True, slots=True)
class Conversion:
    """v2 to FHIR. `refused` when any diagnostic is an error: then nothing of `produced` may be used."""

    produced: tuple[Produced, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    trace: tuple[Step, ...] = ()
    map_name: str = ""

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
