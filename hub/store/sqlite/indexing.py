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
from hub.store.sqlite.adding import Row
from hub.store.sqlite.names import Names

__all__ = ["Rows", "index_rows", "kinds_in", "kinds_of"]

Rows = dict[str, list[Row]]  # by kind: "token", "string", ...

# The kinds in the order of their bits in resource.indexed.
_KINDS: Final = ("token", "string", "date", "reference", "number", "quantity", "uri")


def index_rows(names: Names, type_: str, key: int, entries: Iterable[Entry]) -> Rows:
    """key: of the resource."""
    rows: Rows = {}
    for entry in entries:
        for kind, row in _rows(names, type_, key, entry):
            rows.setdefault(kind, []).append(row)
    return rows


def kinds_of(rows: Rows) -> int:
    """The bit set of the tables that hold these rows."""
    return sum(1 << bit for bit, kind in enumerate(_KINDS) if kind in rows)


def kinds_in(indexed: int) -> list[str]:
    """Those that a bit set names: most resources are in three of the seven tables."""
    return [kind for bit, kind in enumerate(_KINDS) if indexed >> bit & 1]


def _rows(names: Names, type_: str, key: int, entry: Entry) -> Iterable[tuple[str, Row]]:
    param = names.number("param", f"{type_}.{entry.param}")
    match entry:
        case TokenEntry():
            return (("token", (key, param, entry.code, names.number("system", entry.system))),)
        case StringEntry():
            return (("string", (key, param, entry.folded, entry.text)),)
        case DateEntry():
            return (("date", (key, param, entry.low, entry.high)),)
        case ReferenceEntry():
            return _references(names, type_, key, param, entry)
        case NumberEntry():
            return (("number", (key, param, entry.low, entry.high)),)
        case QuantityEntry():
            system = names.number("system", entry.system)
            return (("quantity", (key, param, entry.low, entry.high, entry.code, system, entry.unit)),)
        case UriEntry():
            return (("uri", (key, param, entry.uri)),)


def _references(names: Names, type_: str, key: int, param: int, entry: ReferenceEntry) -> list[tuple[str, Row]]:
    """One reference may be literal and logical at once; the identifier of a logical one is a token of "param:identifier"."""
    rows: list[tuple[str, Row]] = []
    if entry.id is not None and entry.type is not None:
        rows.append(("reference", (key, param, entry.id, names.number("type", entry.type))))
    if entry.uri is not None:
        rows.append(("reference", (key, param, entry.uri, 0)))
    if entry.value is not None:
        logical = names.number("param", f"{type_}.{entry.param}:identifier")
        rows.append(("token", (key, logical, entry.value, names.number("system", entry.system or ""))))
    return rows
