"""What is wrong, where, and what to do next: the value every parser, checker and map returns.

Codes are declared in each package's `codes.py` and never reused. A diagnostic carries names of places (`OBX-5`,
`Observation.status`, `pid.map:14:12`) and never a value from a message: it may be logged, shown and mailed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """HL7 table 0516 and FHIR issue-severity use the same three words."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


@dataclass(frozen=True, slots=True)
class Code:
    """A numbered kind of diagnostic.

    name: stable, e.g. "M204". title: one line, lower case, no full stop. explain: the page of `calder explain`
    (plain English, Markdown: what it means, an example, how to mend it). hl7: ERR-3 from table 0357.
    issue: FHIR issue-type.
    """

    name: str
    title: str
    explain: str
    severity: Severity = Severity.ERROR
    hl7: str = "207"
    issue: str = "processing"


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a text: file, 1-based line and column, and the length of the underlined part."""

    file: str
    line: int
    column: int
    length: int = 1


@dataclass(frozen=True, slots=True)
class Note:
    """A second place that belongs to the same diagnostic, with its own short text."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. `detail` says what was found at this place; `fix` is the next step."""

    code: Code
    detail: str
    span: Span | None = None  # where in a map, table or settings file
    place: str | None = None  # where in a message or resource: "OBX[3]-5.1", "Patient.name[0].family"
    fix: str | None = None
    notes: tuple[Note, ...] = field(default=())

    @property
    def severity(self) -> Severity:
        return self.code.severity

    @property
    def is_error(self) -> bool:
        return self.code.severity is Severity.ERROR
