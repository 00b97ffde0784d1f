"""Backup of a PostgreSQL store beside running hubs, and its restore into an empty schema.

Every table by COPY, in one REPEATABLE READ transaction: one moment of all of them, and nobody waits for it. Tools of the server
(pg_dump, pg_basebackup with its log) do it too; this needs none of them, and knows what a restored store must not send again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

from hub.core.errors import StoreError
from hub.store.postgresql.database import Connection, check_current, connect, failure, latest_migration, make, migrate
from hub.store.postgresql.statements import SQL
from hub.store.relational.backup import HELD, LEFT_IN_FLIGHT, Manifest, read_manifest, seal, write_backup
from hub.store.relational.connection import only

__all__ = ["backup", "restore"]

_PASSING: Final = frozenset({"hub", "batch", "last_batch"})  # of hub processes at work: none of them is at work on what is restored
_COUNTING: Final = ("source", "destination")  # restored last: triggers count what is added for those that are there
_NEXT: Final = {"receipt_id": ("receipt", "id"), "resource_key": ("resource", "key"), "delivery_id": ("delivery", "id")}
_TABLES: Final = (
    "SELECT relname FROM pg_class WHERE relnamespace = CAST(current_schema() AS regnamespace) AND relkind = 'r' ORDER BY relname"
)
_IDENTITIES: Final = (
    "SELECT c.relname, a.attname FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid "
    "WHERE c.relnamespace = CAST(current_schema() AS regnamespace) AND a.attidentity <> ''"
)
_PIECE: Final = 1 << 20


def backup(url: str, place: Path, *, made: str) -> Manifest:
    """Raises StoreError."""
    try:
        with connect(url) as connection, write_backup(place) as folder, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            check_current(connection)
            for table in _tables(connection):
                statement = sql.SQL("COPY {} TO STDOUT (FORMAT BINARY)").format(sql.Identifier(table))
                with (folder / f"{table}.copy").open("wb") as file, connection.cursor().copy(statement) as copy:
                    for piece in copy:
                        file.write(piece)
            messages = int(only(connection.execute("SELECT count(*) FROM receipt")))
            return seal(folder, kind="postgresql", schema=latest_migration(), made=made, messages=messages)
    except psycopg.Error as error:
        raise failure(error, "be backed up") from error


def restore(place: Path, url: str, *, resume: bool) -> Manifest:
    """In one transaction: all of it, or nothing. resume: deliveries that were due go out. Raises StoreError."""
    manifest = read_manifest(place)
    if manifest.kind != "postgresql":
        raise StoreError(f"this is a backup of a {manifest.kind} store: restore it with --data")
    if manifest.schema > latest_migration():
        raise StoreError("the backup was made by a newer Calder; use that one")
    try:
        with connect(url) as connection:
            with connection.transaction():
                connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
                make(connection, manifest.schema)
                _fill(connection, place, manifest)
                if not resume:
                    connection.execute(SQL["hold_deliveries"], {"held": HELD, "left": LEFT_IN_FLIGHT})
            migrate(connection)
    except psycopg.Error as error:
        raise failure(error, "be restored") from error
    return manifest


def _tables(connection: Connection) -> list[str]:
    return [name for (name,) in connection.execute(_TABLES) if name not in _PASSING]


def _fill(connection: Connection, place: Path, manifest: Manifest) -> None:
    for table in ("calder", "system"):
        connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))  # the rows that every new schema has
    tables = [name.removesuffix(".copy") for name in manifest.files]
    for table in sorted(tables, key=lambda name: name in _COUNTING):
        statement = sql.SQL("COPY {} FROM STDIN (FORMAT BINARY)").format(sql.Identifier(table))
        with (place / f"{table}.copy").open("rb") as file, connection.cursor().copy(statement) as copy:
            while piece := file.read(_PIECE):
                copy.write(piece)
    for sequence, (table, column) in _NEXT.items():
        _go_on(connection, sequence, table, column)
    for table, column in connection.execute(_IDENTITIES).fetchall():
        _go_on(connection, str(only(connection.execute("SELECT pg_get_serial_sequence(%s, %s)", (table, column)))), table, column)


def _go_on(connection: Connection, sequence: str, table: str, column: str) -> None:
    last = sql.SQL("SELECT coalesce(max({}), 0) + 1 FROM {}").format(sql.Identifier(column), sql.Identifier(table))
    connection.execute("SELECT setval(CAST(%s AS regclass), %s, false)", (sequence, only(connection.execute(last))))
