"""Rows of @version_columns as values."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hub.core.visibility import Visibility
from hub.store.relational.connection import Connection
from hub.store.relational.instants import parse_instant, to_microseconds
from hub.store.relational.limits import limits, to_array
from hub.store.relational.packing import Packer, unpack
from hub.store.rows import Version

__all__ = ["Owner", "history", "owner_of", "read", "read_several", "to_version", "version_values", "vread"]

_LAST = 2**63 - 1

Owner = tuple[str | None, str | None]  # the person, and the labels as they are kept


def read(connection: Connection, visibility: Visibility, type_: str, id_: str) -> Version | None:
    row = connection.execute(connection.queries["read"], {"type": type_, "id": id_, **limits(visibility)}).fetchone()
    return None if row is None else to_version(connection, row)


def read_several(connection: Connection, visibility: Visibility, addresses: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Version]:
    given = {"addresses": json.dumps(addresses), **limits(visibility)}
    found = [to_version(connection, row) for row in connection.execute(connection.queries["read_several"], given)]
    return {(version.type, version.id): version for version in found}


def vread(connection: Connection, visibility: Visibility, type_: str, id_: str, version: int) -> Version | None:
    row = connection.execute(connection.queries["vread"], {"type": type_, "id": id_, "version": version, **limits(visibility)}).fetchone()
    return None if row is None else to_version(connection, row)


def history(connection: Connection, visibility: Visibility, type_: str, id_: str, *, limit: int, before: int | None) -> Sequence[Version]:
    given = {"type": type_, "id": id_, "limit": limit, "before": _LAST if before is None else before}
    return [to_version(connection, row) for row in connection.execute(connection.queries["history"], given | limits(visibility))]


def to_version(connection: Connection, row: tuple[Any, ...]) -> Version:
    type_, id_, version, updated, packing, packed, person, labels, deleted, *rest = row
    known = frozenset(json.loads(labels)) if labels else frozenset()
    body = unpack(connection, packing, packed)
    return Version(type_, id_, version, parse_instant(updated), body, person, known, bool(deleted), *rest)


def owner_of(version: Version, person: str | None, labels: str | None) -> Owner:
    """Whose it is, and its labels. A deletion has no body to say so: it stays that person's, under the labels it had."""
    if not version.deleted:
        return version.person, _array(version.labels)
    return version.person or person, _array(version.labels.union(json.loads(labels or "[]")))


def version_values(resource: int, version: Version, owner: Owner, map_set: int | None, packer: Packer) -> tuple[object, ...]:
    """The values of `add_version`. resource: its key."""
    return (
        resource,
        version.version,
        to_microseconds(version.updated),
        *owner,
        int(version.deleted),
        version.interaction,
        version.receipt,
        version.rule,
        map_set,
        *packer.pack(version.body),
    )


def _array(labels: frozenset[str]) -> str | None:
    return to_array(labels) if labels else None
