"""Rows of @version_columns as values."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from hub.core.visibility import Visibility
from hub.store.rows import Version
from hub.store.sqlite.instants import parse_instant
from hub.store.sqlite.limits import limits
from hub.store.sqlite.statements import SQL

__all__ = ["history", "read", "read_several", "to_version", "vread"]

_LAST = 2**63 - 1


def read(connection: sqlite3.Connection, visibility: Visibility, type_: str, id_: str) -> Version | None:
    row = connection.execute(SQL["read"], {"type": type_, "id": id_, **limits(visibility)}).fetchone()
    return None if row is None else to_version(row)


def read_several(
    connection: sqlite3.Connection, visibility: Visibility, addresses: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], Version]:
    given = {"addresses": json.dumps(addresses), **limits(visibility)}
    found = [to_version(row) for row in connection.execute(SQL["read_several"], given)]
    return {(version.type, version.id): version for version in found}


def vread(connection: sqlite3.Connection, visibility: Visibility, type_: str, id_: str, version: int) -> Version | None:
    row = connection.execute(SQL["vread"], {"type": type_, "id": id_, "version": version, **limits(visibility)}).fetchone()
    return None if row is None else to_version(row)


def history(
    connection: sqlite3.Connection, visibility: Visibility, type_: str, id_: str, *, limit: int, before: int | None
) -> Sequence[Version]:
    given = {"type": type_, "id": id_, "limit": limit, "before": _LAST if before is None else before}
    return [to_version(row) for row in connection.execute(SQL["history"], given | limits(visibility))]


def to_version(row: tuple[Any, ...]) -> Version:
    type_, id_, version, updated, body, person, labels, deleted, *rest = row
    known = frozenset(json.loads(labels)) if labels else frozenset()
    return Version(type_, id_, version, parse_instant(updated), body, person, known, bool(deleted), *rest)
