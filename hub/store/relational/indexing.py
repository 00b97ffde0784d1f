"""The search entries of one resource, as what the index keeps of them.

    found whole     tokens, references, uris: a *term*, which stands once for all that have it, and a posting for each resource
    in an order     strings, dates, numbers, quantities: a row of the value itself

A term says what is meant in full, so that no two are ever taken for each other; its number makes the posting small.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
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
from hub.store.relational.dictionaries import Names, Term

__all__ = ["Index", "Row", "Rows", "index_of", "kinds_in", "kinds_of"]

Row = tuple[object, ...]
Rows = dict[str, list[Row]]  # by kind: "string", "date", ...

_URI: Final = 0  # the space of a uri; that of a token is its system, that of a reference the type it leads to, below zero
_BITS: Final = {"string": 1, "date": 2, "number": 4, "quantity": 5}  # of resource.indexed


@dataclass(frozen=True, slots=True)
class Index:
    """terms: each once."""

    terms: frozenset[Term] = frozenset()
    rows: Rows = field(default_factory=dict)


def index_of(names: Names, type_: str, key: int, entries: Iterable[Entry]) -> Index:
    """key: of the resource."""
    terms: list[Term] = []
    rows: Rows = defaultdict(list)
    for entry in entries:
        param = names.number("param", f"{type_}.{entry.param}")
        match entry:
            case TokenEntry():
                terms.append((param, entry.code, names.number("system", entry.system)))
            case ReferenceEntry():
                terms += _terms_of(names, type_, param, entry)
            case UriEntry():
                terms.append((param, entry.uri, _URI))
            case QuantityEntry():
                unit = names.unit((entry.code, names.number("system", entry.system), entry.unit))
                rows["quantity"].append((key, param, entry.low, entry.high, unit))
            case StringEntry():
                rows["string"].append((key, param, entry.folded, entry.text))
            case DateEntry() | NumberEntry():
                rows["date" if isinstance(entry, DateEntry) else "number"].append((key, param, entry.low, entry.high))
    return Index(frozenset(terms), rows)


def kinds_of(rows: Rows) -> int:
    """The bit set of the tables that hold these rows."""
    return sum(1 << bit for kind, bit in _BITS.items() if kind in rows)


def kinds_in(indexed: int) -> list[str]:
    """Those that a bit set names."""
    return [kind for kind, bit in _BITS.items() if indexed >> bit & 1]


def _terms_of(names: Names, type_: str, param: int, entry: ReferenceEntry) -> Iterable[Term]:
    """One reference may be literal and logical at once; the identifier of a logical one is a token of "param:identifier"."""
    if entry.id is not None and entry.type is not None:
        yield param, entry.id, -names.number("type", entry.type)
    if entry.uri is not None:
        yield param, entry.uri, _URI
    if entry.value is not None:
        yield names.number("param", f"{type_}.{entry.param}:identifier"), entry.value, names.number("system", entry.system or "")
