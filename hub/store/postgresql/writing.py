"""Held rows into their tables, many at a time. https://www.postgresql.org/docs/current/sql-copy.html"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from hub.core.errors import StoreError
from hub.store.postgresql.database import Connection
from hub.store.postgresql.held import Held, Stand
from hub.store.postgresql.statements import SQL
from hub.store.relational.dictionaries import Term
from hub.store.relational.indexing import Row, Rows, kinds_in
from hub.store.relational.instants import to_microseconds
from hub.store.relational.packing import Packer

__all__ = ["write"]

_I, _T, _B, _F, _S, _A = "int8", "text", "bytea", "float8", "int2", "int8[]"
# The types of the columns that each COPY of sql/copying.sql fills.
_TYPES: Final = {
    "receipt": (_I, _I, _T, _T, _B, _I, _T, _T, _T, _T, _B, _T, _T, _I, _T, _T, _I),
    "archive": (_I, _I, _I, _S, _B),
    "resource": (_I, _I, _T, _I, _I, _T, _T, _S, _I, _A),
    "version": (_I, _I, _I, _T, _T, _S, _T, _I, _T, _I, _S, _B),
    "superseded": (_I, _I, _I),
    "posting": (_I, _I),
    "string": (_I, _I, _T, _T),
    "date": (_I, _I, _I, _I),
    "number": (_I, _I, _F, _F),
    "quantity": (_I, _I, _F, _F, _I),
    "key": (_I, _T, _T),
    "audit": (_I, _T, _T, _T, _T, _T, _T, _T, _T, _T, _T, _I),
}

_Terms = Mapping[int, frozenset[int]]  # of each resource


def write(connection: Connection, held: Held, hub: int, packer: Packer, numbers: Mapping[Term, int]) -> None:
    """numbers: of the terms in it."""
    _copy(connection, "receipt", [(*receipt.row(), hub) for receipt in held.receipts.values()])
    _copy(connection, "archive", [receipt.archive_row(packer) for receipt in held.receipts.values()])
    _note_outcomes(connection, held.outcomes)
    _write_record(connection, held.stands.values(), numbers)
    _copy(connection, "key", [(system, value, person) for (_, value), (system, person) in held.keys.items()])
    if held.deliveries:
        connection.execute(SQL["add_deliveries"], {"rows": json.dumps(held.deliveries)})
    _copy(connection, "audit", held.audit)


def _write_record(connection: Connection, stands: Collection[Stand], numbers: Mapping[Term, int]) -> None:
    terms = {stand.key: stand.has(numbers) for stand in stands}
    new = [stand for stand in stands if not stand.base]
    _copy(connection, "resource", [(stand.key, stand.type, stand.version.id, *_standing(stand, terms)) for stand in new])
    _renew(connection, [stand for stand in stands if stand.base], terms)
    versions = [row for stand in stands for row in stand.versions]
    _copy(connection, "version", versions)
    _copy(connection, "superseded", list(_superseded(versions)))
    _copy(connection, "posting", sorted((term, stand.key) for stand in stands for term in terms[stand.key] - stand.had))
    for kind, rows in _value_rows(stands).items():
        _copy(connection, kind, sorted(rows, key=_by_resource))


def _superseded(versions: Iterable[Row]) -> Iterator[Row]:
    """What stood before each, from the moment it came."""
    for resource, version, updated, *_ in versions:
        if isinstance(version, int) and version > 1:
            yield updated, resource, version - 1


def _standing(stand: Stand, terms: _Terms) -> Row:
    version = stand.version
    owner = (version.person, stand.labels)
    have = sorted(terms[stand.key]) or None
    return (version.version, to_microseconds(version.updated), *owner, int(version.deleted), stand.indexed, have)


def _renew(connection: Connection, stands: Collection[Stand], terms: _Terms) -> None:
    if not stands:
        return
    cursor = connection.cursor()
    cursor.executemany(SQL["renew_resource"], [(*_standing(stand, terms), stand.key, stand.base) for stand in stands])
    if cursor.rowcount != len(stands):
        raise StoreError("a resource was changed under the seal")
    gone = sorted((term, stand.key) for stand in stands for term in stand.had - terms[stand.key])
    if gone:
        connection.execute(SQL["drop_postings"], {"terms": [term for term, _ in gone], "resources": [key for _, key in gone]})
    old: dict[str, list[int]] = defaultdict(list)
    for stand in stands:
        for kind in kinds_in(stand.was_indexed):
            old[kind].append(stand.key)
    for kind, keys in old.items():
        connection.execute(SQL["drop_rows"].format(kind=kind), {"keys": keys})


def _value_rows(stands: Iterable[Stand]) -> Rows:
    """A second equal row says nothing more."""
    rows: Rows = defaultdict(list)
    for stand in stands:
        for kind, several in stand.index.rows.items():
            rows[kind] += dict.fromkeys(several)
    return rows


def _by_resource(row: Row) -> tuple[object, ...]:
    return row[1::-1]


def _note_outcomes(connection: Connection, outcomes: dict[int, str]) -> None:
    if not outcomes:
        return
    noted = connection.execute(SQL["note_outcomes"], {"ids": list(outcomes), "outcomes": list(outcomes.values())})
    if noted.rowcount != len(outcomes):
        raise StoreError("there is no such receipt, or its answer cannot become this")


def _copy(connection: Connection, name: str, rows: Collection[Row]) -> None:
    if not rows:
        return
    with connection.cursor().copy(SQL[f"copy_{name}"]) as copy:
        copy.set_types(_TYPES[name])
        for row in rows:
            copy.write_row(row)
