"""The shape of a map: what the parser gives, what check, compile, fmt and the language server read.

The left side of every arrow is v2, the right side FHIR (the seam for CDA and JSON is `Endpoint.format`).
docs/mapping-language.md is the reference for people; the names here are its words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from hub.core.diagnostics import Span


class Arrow(StrEnum):
    BOTH = "<->"
    FORWARD = "->"  # v2 to FHIR only
    BACKWARD = "<-"  # FHIR to v2 only


# --- paths and values


@dataclass(frozen=True, slots=True)
class Condition:
    """`PATH = v`, `!=`, `in (…)`, `not in (…)`, `present`, `absent`. `values` is empty for the last two."""

    subject: Path | Name
    test: Literal["=", "!=", "in", "not in", "present", "absent"]
    values: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class GroupStep:
    """A step into a group: `PATIENT`, `PARENT`, `MEMBER[OBX-3.1 = 150021]` (the first instance for which it holds)."""

    name: str
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class V2Path:
    """`PATIENT.PID-3[2].4.1`. In a datatype map the segment is the datatype's name and `field` is None: `CX.4.1`.

    repetition: None when not written (all of them, or the only one), "*" all, "first", "last", or a 1-based number.
    A path to a whole segment or group has field None and component None.
    """

    groups: tuple[GroupStep, ...]
    segment: str | None
    field: int | None
    repetition: int | Literal["*", "first", "last"] | None
    component: int | None
    subcomponent: int | None
    span: Span


@dataclass(frozen=True, slots=True)
class FhirStep:
    """`name`, `name[*]`, `name[2]` (1-based as in v2), `component:systolic` (a slice), `extension("url")`.

    In a map to a Bundle the first step is a resource type.
    """

    name: str
    index: int | Literal["*"] | None = None
    slice: str | None = None
    url: str | None = None
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class FhirPath:
    steps: tuple[FhirStep, ...]
    span: Span


Path = V2Path | FhirPath


@dataclass(frozen=True, slots=True)
class Name:
    """`$time`: a param, a given or a let."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Constant:
    """A string, number or bare code, as text."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Call:
    """`value_type(OBX-5, OBX-6)`: a registered function."""

    function: str
    arguments: tuple[Expression, ...]
    span: Span


Atom = Path | Name | Constant | Call


@dataclass(frozen=True, slots=True)
class Alternative:
    """One atom of an `or` chain; `because` makes its use a reported fact."""

    atom: Atom
    because: str | None = None


@dataclass(frozen=True, slots=True)
class Expression:
    """`OBX-14 or $time`: the first that is populated. Written the other way round, the first that can be written."""

    alternatives: tuple[Alternative, ...]
    span: Span


# --- clauses


@dataclass(frozen=True, slots=True)
class Binding:
    """`subject = patient` in `with`, `time = OBR-7` in `giving`. In `with`, a bare word that names a row is that row's resource."""

    name: str
    value: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Default:
    """`else final because "…"`."""

    value: Constant
    because: str
    span: Span


@dataclass(frozen=True, slots=True)
class Clauses:
    when: tuple[Condition, ...] = ()
    unless: tuple[Condition, ...] = ()
    table: str | None = None
    table_span: Span | None = None
    by: Call | None = None
    with_: tuple[Binding, ...] = ()
    giving: tuple[Binding, ...] = ()
    default: Default | None = None
    policy: Literal["skip", "refuse"] | None = None  # `or skip`, `or refuse`
    key: tuple[Expression, ...] = ()
    mode: Mode | None = None  # `as merge`
    member_of: tuple[str, FhirPath] | None = None  # `in report.result`
    because: str | None = None
    agreeing: bool = False  # `table NAME agreeing`


class Mode(StrEnum):
    """What a resource made by a row does to the one that is there (same key)."""

    REPLACE = "replace"  # the new state, whole (the default)
    MERGE = "merge"  # the elements it has replace theirs, the others stay; HL7 null takes an element away
    IDENTIFY = "identify"  # made if unknown, else left as it is
    AMEND = "amend"  # as merge, and never makes one: nothing there, nothing done (reported)


# --- what stands in a map


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    left: Expression
    arrow: Arrow
    right: FhirPath
    clauses: Clauses
    span: Span  # the row's name
    value: Constant | Name | Call | None = None  # in a row `<-`: what is written; then `right` has no steps


@dataclass(frozen=True, slots=True)
class LeftOut:
    """`drop FIELD because "…"` (not wanted) and `keep FIELD because "…"` (residue: wanted, FHIR cannot hold it)."""

    kept: bool
    paths: tuple[V2Path, ...]
    when: tuple[Condition, ...]
    because: str
    span: Span


@dataclass(frozen=True, slots=True)
class Each:
    """`each GROUP`, once for each instance. tree: `tree OBX-4` makes PARENT and MEMBER known inside."""

    group: str
    tree: V2Path | None
    where: tuple[Condition, ...]
    body: tuple[Item, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Let:
    """`let kind = OBX-2 or value_type(OBX-5, OBX-6)`."""

    name: str
    value: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Param:
    """`param unverified_status : code = preliminary`: set by the source in hub.yaml."""

    name: str
    type: str
    default: Constant | None
    span: Span


@dataclass(frozen=True, slots=True)
class Given:
    """`given time : TS`: handed over by the row that calls this map (`giving time = OBR-7`), or by the engine."""

    name: str
    type: str
    span: Span


Item = Row | LeftOut | Each | Let


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`v2 CX` or `fhir Identifier`. names: one, or several that share their positions (`v2 CWE, CE, CNE`).

    profile: the url behind `fhir Patient profile "https://…"`, which tightens what R4 says of the type.
    """

    format: Literal["v2", "fhir"]
    names: tuple[str, ...]
    span: Span
    profile: str | None = None
    profile_span: Span | None = None


@dataclass(frozen=True, slots=True)
class Test:
    """`test "title" of MAP`, its input, what is expected, and whether the way back must give the same bytes."""

    title: str
    map: str | None  # None: the map above it
    givens: tuple[tuple[str, str], ...]
    params: tuple[tuple[str, str], ...]
    v2: tuple[str, ...]  # segments, or one field for a datatype map
    fhir: str | None  # JSON text: every element named must be there and equal (a list: item by item)
    refused: str | None  # the code of the diagnostic that must be reported
    round_trip: bool
    span: Span
    fhir_span: Span | None = None
    backward: bool = False  # `fhir` stands before `v2`: FHIR is converted, v2 expected


@dataclass(frozen=True, slots=True)
class MapDeclaration:
    name: str
    left: Endpoint
    arrow: Arrow
    right: Endpoint
    versions: tuple[str, str]  # lowest and highest HL7 version served
    when: tuple[Condition, ...]  # on the message: which of several maps of one structure
    params: tuple[Param, ...]
    givens: tuple[Given, ...]
    body: tuple[Item, ...]
    span: Span


# --- what a site adds


@dataclass(frozen=True, slots=True)
class SegmentField:
    """`2 CWE[*]  "Alerts"`."""

    number: int
    datatype: str
    repeats: bool
    title: str
    span: Span
    datatype_span: Span


@dataclass(frozen=True, slots=True)
class SegmentDeclaration:
    """`segment ZPI "Airedale patient extras"`: a segment that HL7 does not know, declared where it is used."""

    name: str
    title: str
    fields: tuple[SegmentField, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class NewDefault:
    """`param NAME = VALUE` in an overlay."""

    name: str
    value: Constant
    span: Span


@dataclass(frozen=True, slots=True)
class DropRow:
    """`drop row NAME because "…"` in an overlay."""

    row: str
    because: str
    span: Span


@dataclass(frozen=True, slots=True)
class Overlay:
    """`overlay NAME`: what a site or one of its sources does otherwise than the map of that name (hub.mapping.overlay)."""

    map: str
    defaults: tuple[NewDefault, ...]
    params: tuple[Param, ...]
    dropped: tuple[DropRow, ...]
    body: tuple[Item, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class MapFile:
    path: str
    maps: tuple[MapDeclaration, ...]
    tests: tuple[Test, ...] = field(default=())
    segments: tuple[SegmentDeclaration, ...] = ()
    overlays: tuple[Overlay, ...] = ()
