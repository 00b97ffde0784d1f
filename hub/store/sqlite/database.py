"""The file: who may write it, how a connection is set up, which version its schema has.

WAL and synchronous=FULL: a commit returns after the log is synced. https://www.sqlite.org/wal.html
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from zstandard import ZstdDecompressor

from hub.core.errors import StoreError
from hub.store.sqlite.statements import SQL, read_text

__all__ = ["Connection", "Synchronous", "WriterLock", "connect_reader", "connect_writer", "failure_name", "latest_migration", "migrate"]

Synchronous = Literal["FULL", "OFF"]

_APPLICATION_ID = 0x43414C44  # "CALD"
_BUSY_SECONDS = 10.0
_STATEMENTS = 512  # compiled statements kept by a connection


class Connection(sqlite3.Connection):
    """One that knows the named queries (hub.store.relational.connection)."""

    queries: Mapping[str, str] = SQL
    placeholder = ":{}"

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.unpackers: dict[int, ZstdDecompressor] = {}


class WriterLock:
    """Held by the one process that writes. The kernel lets go of it when the process dies, however it dies."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._file)
            raise StoreError(
                f"{path} is being written by another hub; stop that one first, or open the store read-only beside it"
            ) from None

    def release(self) -> None:
        os.close(self._file)


def connect_writer(path: Path, synchronous: Synchronous) -> Connection:
    """The connection of the writer: transactions are begun and ended by hand."""
    if not path.exists():
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))  # patients' records: the owner only
    connection = _connect(f"{path.absolute().as_uri()}?mode=rw")
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = OFF" if synchronous == "OFF" else "PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_size_limit = 67108864")
        connection.execute("PRAGMA cache_size = -32768")  # KiB: the pages that a busy hour touches, not two megabytes of them
        migrate(connection, path)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise StoreError(f"{path} cannot be opened as a store: {failure_name(error)}") from error
    except BaseException:
        connection.close()
        raise
    return connection


def connect_reader(path: Path) -> Connection:
    """A connection that cannot write."""
    try:
        connection = _connect(f"{path.absolute().as_uri()}?mode=ro")
    except sqlite3.OperationalError as error:
        raise StoreError(f"{path} cannot be opened: {failure_name(error)}") from error
    try:
        connection.execute("PRAGMA query_only = ON")
        _check_current(connection, path)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise StoreError(f"{path} cannot be opened as a store: {failure_name(error)}") from error
    except BaseException:
        connection.close()
        raise
    return connection


def failure_name(error: sqlite3.Error) -> str:
    """SQLITE_FULL and the like. SQLite's own texts may be longer, but need not be free of values."""
    return getattr(error, "sqlite_errorname", type(error).__name__)


def latest_migration() -> int:
    return max(_migrations())


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """A new file gets schema.sql; an older one the migrations it has not had; a foreign or newer one is left alone."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for script in _missing_scripts(connection, path):
            _run(connection, script)
        connection.execute(f"PRAGMA user_version = {latest_migration()}")
        connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _missing_scripts(connection: sqlite3.Connection, path: Path) -> list[str]:
    if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
        return [read_text("schema.sql")]
    version = _check_mark(connection, path)
    return [read_text("migrations", name) for number, name in sorted(_migrations().items()) if number > version]


def _connect(uri: str) -> Connection:
    connection = sqlite3.connect(
        uri,
        uri=True,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        factory=Connection,
        cached_statements=_STATEMENTS,
    )
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection


def _check_mark(connection: sqlite3.Connection, path: Path) -> int:
    """The version of its schema; StoreError when it is not ours, or not ours yet."""
    if connection.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION_ID:
        raise StoreError(f"{path} is not a store of Calder")
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > latest_migration():
        raise StoreError(f"{path} was made by a newer Calder; use that one")
    return version


def _check_current(connection: sqlite3.Connection, path: Path) -> None:
    if _check_mark(connection, path) < latest_migration():
        raise StoreError(f"{path} was made by an older Calder; start the hub once to bring it up to date")


def _migrations() -> dict[int, str]:
    names = (entry.name for entry in files("hub.store.sqlite").joinpath("migrations").iterdir())
    return {int(name[:4]): name for name in names if name.endswith(".sql")}


def _run(connection: sqlite3.Connection, script: str) -> None:
    """Statement by statement: executescript would commit the transaction it stands in."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""
