"""A search, parsed and typed: what the store compiles to SQL. FHIR R4 3.1.1, https://hl7.org/fhir/R4/search.html

A query is a conjunction of clauses; the values of one clause are alternatives (the comma).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ParamType(StrEnum):
    NUMBER = "number"
    DATE = "date"
    STRING = "string"
    TOKEN = "token"  # noqa: S105 -- the kind of search parameter that R4 calls so, not a secret
    REFERENCE = "reference"
    COMPOSITE = "composite"
    QUANTITY = "quantity"
    URI = "uri"
    SPECIAL = "special"


class Prefix(StrEnum):
    EQ = "eq"
    NE = "ne"
    GT = "gt"
    LT = "lt"
    GE = "ge"
    LE = "le"
    SA = "sa"
    EB = "eb"
    AP = "ap"


@dataclass(frozen=True, slots=True)
class TokenValue:
    """`code` (system None), `system|code`, `|code` (system ""), `system|` (code None)."""

    system: str | None
    code: str | None


@dataclass(frozen=True, slots=True)
class StringValue:
    """text: as typed. folded: lower case without accents, for the default prefix match and :contains."""

    text: str
    folded: str


@dataclass(frozen=True, slots=True)
class DateValue:
    """The range a date text covers, [low, high) in microseconds since 1970 UTC."""

    prefix: Prefix
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class ReferenceValue:
    """`type` None when only an id was given; `uri` for absolute references that are not ours."""

    type: str | None
    id: str | None
    uri: str | None = None


@dataclass(frozen=True, slots=True)
class NumberValue:
    """The range that the written precision implies: 36.5 is [36.45, 36.55). Exact (low = high) after gt, lt, ge, le, sa, eb."""

    prefix: Prefix
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class QuantityValue:
    number: NumberValue
    system: str | None
    code: str | None


@dataclass(frozen=True, slots=True)
class UriValue:
    uri: str


@dataclass(frozen=True, slots=True)
class MissingValue:
    """The :missing modifier."""

    missing: bool


Value = TokenValue | StringValue | DateValue | ReferenceValue | NumberValue | QuantityValue | UriValue | MissingValue


@dataclass(frozen=True, slots=True)
class Clause:
    """One parameter of the query. `values` are alternatives; `modifier` without the colon ("exact", "not", "Patient")."""

    param: str
    type: ParamType
    values: tuple[Value, ...]
    modifier: str | None = None


@dataclass(frozen=True, slots=True)
class Sort:
    param: str
    type: ParamType
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Include:
    """`_include=source:param[:target]`, or `_revinclude` when reverse."""

    source: str
    param: str
    target: str | None = None
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """after: the keyset of the last row of the page before (sort values, then the row's own key), or None."""

    type: str
    clauses: tuple[Clause, ...] = ()
    sort: tuple[Sort, ...] = ()
    count: int = 20
    total: bool = False
    includes: tuple[Include, ...] = ()
    summary: str | None = None
    elements: tuple[str, ...] = ()
    after: tuple[object, ...] | None = None
