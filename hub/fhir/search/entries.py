"""What one resource contributes to the search index: typed rows, made by `hub.fhir.search.extract`, kept by the store.

Structs, since a message has some eighty of them: one is made and hashed in a fifth of the time of a frozen dataclass. They go from one
process to another as tagged arrays.
"""

from __future__ import annotations

from msgspec import Struct


class TokenEntry(Struct, frozen=True, array_like=True, tag_field="kind", tag="token"):
    param: str
    system: str  # "" when the coding has none
    code: str


class StringEntry(Struct, frozen=True, array_like=True, tag_field="kind", tag="string"):
    param: str
    text: str
    folded: str


class DateEntry(Struct, frozen=True, array_like=True, tag_field="kind", tag="date"):
    """[low, high) in microseconds since 1970 UTC; open ends are the least and greatest 64-bit integers."""

    param: str
    low: int
    high: int


class ReferenceEntry(Struct, frozen=True, array_like=True, tag_field="kind", tag="reference"):
    """A literal reference (`type`, `id`), a foreign `uri`, or a logical one (`system`, `value` of its identifier)."""

    param: str
    type: str | None = None
    id: str | None = None
    uri: str | None = None
    system: str | None = None
    value: str | None = None


class NumberEntry(Struct, frozen=True, array_like=True, tag_field="kind", tag="number"):
    """A number is a point (low = high); a Range and a comparator have an extent, open ends are infinite."""

    param: str
    low: float
    high: float


class QuantityEntry(Struct, frozen=True, array_like=True, tag_field="kind", tag="quantity"):
    """As NumberEntry. Nothing is converted between units."""

    param: str
    low: float
    high: float
    system: str
    code: str
    unit: str


class UriEntry(Struct, frozen=True, array_like=True, tag_field="kind", tag="uri"):
    param: str
    uri: str


Entry = TokenEntry | StringEntry | DateEntry | ReferenceEntry | NumberEntry | QuantityEntry | UriEntry
