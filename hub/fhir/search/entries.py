"""What one resource contributes to the search index: typed rows, made by `hub.fhir.search.extract`, kept by the store."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TokenEntry:
    param: str
    system: str  # "" when the coding has none
    code: str


@dataclass(frozen=True, slots=True)
class StringEntry:
    param: str
    text: str
    folded: str


@dataclass(frozen=True, slots=True)
class DateEntry:
    """[low, high) in microseconds since 1970 UTC; open ends are the least and greatest 64-bit integers."""

    param: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class ReferenceEntry:
    """A literal reference (`type`, `id`), a foreign `uri`, or a logical one (`system`, `value` of its identifier)."""

    param: str
    type: str | None = None
    id: str | None = None
    uri: str | None = None
    system: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class NumberEntry:
    """A number is a point (low = high); a Range and a comparator have an extent, open ends are infinite."""

    param: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class QuantityEntry:
    """As NumberEntry. Nothing is converted between units."""

    param: str
    low: float
    high: float
    system: str
    code: str
    unit: str


@dataclass(frozen=True, slots=True)
class UriEntry:
    param: str
    uri: str


Entry = TokenEntry | StringEntry | DateEntry | ReferenceEntry | NumberEntry | QuantityEntry | UriEntry
