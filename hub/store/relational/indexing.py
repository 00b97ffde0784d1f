"""The search entries of one resource as rows of the index tables."""

from __future__ import annotations

from collections import defaultdict
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
from hub.store.relational.dictionaries import Names

__all__ = ["Row", "Rows", "index_rows", "kinds_in", "kinds_of"]

Row = tuple[object, ...]
Rows = dict[str, list[Row]]  # by kind: "token", "string", ...

# The kinds in the order of their bits in resource.indexed.
_KINDS: Final = ("token", "string", "date", "reference", "number", "quantity", "uri")


def index_rows(names: Names, type_: str, key: int, entries: Iterable[Entry]) -> Rows:
    """key: of the resource."""
    rows: Rows = defaultdict(list)
    for entry in entries:
        param = names.number("param", f"{type_}.{entry.param}")
        match entry:
            case TokenEntry():
                rows["token"].append((key, param, entry.code, names.number("system", entry.system)))
            case ReferenceEntry():
                _add_reference(rows, names, type_, (key, param), entry)
            case QuantityEntry():
                system = names.number("system", entry.system)
                rows["quantity"].append((key, param, entry.low, entry.high, entry.code, system, entry.unit))
            case StringEntry():
                rows["string"].append((key, param, entry.folded, entry.text))
            case DateEntry() | NumberEntry():
                rows["date" if isinstance(entry, DateEntry) else "number"].append((key, param, entry.low, entry.high))
            case UriEntry():
                rows["uri"].append((key, param, entry.uri))
    return rows


def kinds_of(rows: Rows) -> int:
    """The bit set of the tables that hold these rows."""
    return sum(1 << bit for bit, kind in enumerate(_KINDS) if kind in rows)


def kinds_in(indexed: int) -> list[str]:
    """Those that a bit set names: most resources are in three of the seven tables."""
    return [kind for bit, kind in enumerate(_KINDS) if indexed >> bit & 1]


def _add_reference(rows: Rows, names: Names, type_: str, of: tuple[int, int], entry: ReferenceEntry) -> None:
    """One reference may be literal and logical at once; the identifier of a logical one is a token of "param:identifier"."""
    key, param = of
    if entry.id is not None and entry.type is not None:
        rows["reference"].append((key, param, entry.id, names.number("type", entry.type)))
    if entry.uri is not None:
        rows["reference"].append((key, param, entry.uri, 0))
    if entry.value is not None:
        logical = names.number("param", f"{type_}.{entry.param}:identifier")
        rows["token"].append((key, logical, entry.value, names.number("system", entry.system or "")))
