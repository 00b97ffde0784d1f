"""The search entries of one resource as rows of the index tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from hub.fhir.search.entries import (
    DateEntry,
    Entry,
    NumberEntry,
    QuantityEntry,
    ReferenceEntry,
    StringEntry,
    TokenEntry,
    UriEntry,
)
from hub.store.sqlite.names import Names

__all__ = ["Rows", "index_rows", "kinds_in", "kinds_of"]

Row = tuple[int | float | str, ...]
Rows = dict[str, list[Row]]  # by kind: "token", "string", ...

# The kinds in the order of their bits in resource.indexed.
_KINDS: Final = ("token", "string", "date", "reference", "number", "quantity", "uri")


def index_rows(names: Names, type_: str, entries: Iterable[Entry]) -> Rows:
    rows: Rows = {}
    for entry in entries:
        for kind, values in _values(names, type_, entry):
            rows.setdefault(kind, []).append(values)
    return rows


def kinds_of(rows: Rows) -> int:
    """The bit set of the tables that hold these rows."""
    return sum(1 << bit for bit, kind in enumerate(_KINDS) if kind in rows)


def kinds_in(indexed: int) -> list[str]:
    """Those that a bit set names: most resources are in three of the seven tables."""
    return [kind for bit, kind in enumerate(_KINDS) if indexed >> bit & 1]


def _values(names: Names, type_: str, entry: Entry) -> Iterable[tuple[str, Row]]:
    param = names.number("param", f"{type_}.{entry.param}")
    match entry:
        case TokenEntry():
            yield "token", (param, entry.code, names.number("system", entry.system))
        case StringEntry():
            yield "string", (param, entry.folded, entry.text)
        case DateEntry():
            yield "date", (param, entry.low, entry.high)
        case ReferenceEntry():
            yield from _reference(names, type_, param, entry)
        case NumberEntry():
            yield "number", (param, entry.low, entry.high)
        case QuantityEntry():
            yield "quantity", (param, entry.low, entry.high, entry.code, names.number("system", entry.system), entry.unit)
        case UriEntry():
            yield "uri", (param, entry.uri)


def _reference(names: Names, type_: str, param: int, entry: ReferenceEntry) -> Iterable[tuple[str, Row]]:
    """One reference may be literal and logical at once; the identifier of a logical one is a token of "param:identifier"."""
    if entry.id is not None and entry.type is not None:
        yield "reference", (param, entry.id, names.number("type", entry.type))
    if entry.uri is not None:
        yield "reference", (param, entry.uri, 0)
    if entry.value is not None:
        logical = names.number("param", f"{type_}.{entry.param}:identifier")
        yield "token", (logical, entry.value, names.number("system", entry.system or ""))
