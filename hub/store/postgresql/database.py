"""Connections: how one is made, what it asks of the server, and how the schema comes to be.

A commit that was acknowledged must be on the disk of the server (and of its synchronous standby, where there is one), so a server
that does not sync is refused. https://www.postgresql.org/docs/current/wal-async-commit.html
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

import psycopg
from psycopg.rows import TupleRow
from zstandard import ZstdDecompressor

from hub.core.errors import StoreAway, StoreError
from hub.store.postgresql.statements import SQL, read_text
from hub.store.relational.connection import only

__all__ = ["Connection", "check_current", "connect", "failure", "failure_name", "is_away", "latest_migration", "make", "migrate", "seal_of"]

_SEAL: Final = 0x43414C44  # "CALD": who writes a batch
_MIGRATING: Final = 0x43414C45
_TRIES: Final = 30  # to migrate, where somebody is at work on a table
_GIVES_WAY: Final = 1.0  # seconds between two of them
_OLDEST: Final = 150000  # server_version_num
_SESSION: Final = (
    "SET idle_in_transaction_session_timeout = '15s'; "  # a hub that hangs must not hold the seal for ever
    "SET join_collapse_limit = 1; SET from_collapse_limit = 1; "  # the queries say the order, also for a table that was empty a minute ago
    "SET lock_timeout = '60s'; SET jit = off; SET default_transaction_isolation = 'read committed'"
)


class Connection(psycopg.Connection[TupleRow]):
    """One that knows the named queries (hub.store.relational.connection)."""

    queries: Mapping[str, str] = SQL
    placeholder = "%({})s"

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.unpackers: dict[int, ZstdDecompressor] = {}


def connect(url: str) -> Connection:
    """Transactions are begun and ended by hand. Raises StoreAway where nobody answers, StoreError for a server that will not do."""
    try:
        connection = Connection.connect(
            url, autocommit=True, connect_timeout=5, keepalives_idle=5, keepalives_interval=2, keepalives_count=3,
            tcp_user_timeout=10_000, client_encoding="utf8", application_name="calder",
        )  # fmt: skip
    except psycopg.Error as error:
        raise failure(error, "be reached") from error
    try:
        connection.execute(_SESSION)
        _check_server(connection)
    except psycopg.Error as error:
        connection.close()
        raise failure(error, "be used") from error
    except BaseException:
        connection.close()
        raise
    return connection


def _check_server(connection: Connection) -> None:
    def setting(name: str) -> str:
        return str(only(connection.execute("SELECT current_setting(%s)", (name,))))

    if int(setting("server_version_num")) < _OLDEST:
        raise StoreError("the database server is older than PostgreSQL 15")
    if setting("server_encoding") != "UTF8":
        raise StoreError("the database is not in UTF8; make one with ENCODING 'UTF8'")
    if setting("fsync") != "on" or setting("full_page_writes") != "on":
        raise StoreError("the database server does not sync (fsync or full_page_writes is off): what it acknowledges can be lost")
    if setting("synchronous_commit") in ("off", "local"):
        connection.execute("SET synchronous_commit = on")  # what stands there for others is no promise to our senders


def seal_of(connection: Connection) -> int:
    """The advisory lock of the store in this schema; the schema may be shared with nobody, the database may."""
    return _lock_number(connection, _SEAL)


def _lock_number(connection: Connection, kind: int) -> int:
    schema = only(connection.execute("SELECT CAST(CAST(current_schema() AS regnamespace) AS oid)"))
    if schema is None:
        raise StoreError("the search path of the connection names no schema that exists")
    return kind << 32 | int(schema)


def latest_migration() -> int:
    return max(_migrations())


def migrate(connection: Connection) -> None:
    """A new schema gets schema.sql; an older one the migrations it has not had; a foreign or newer one is left alone.

    Two hubs that start at once migrate once: the second waits, and finds nothing to do. A migration that waits for a table makes everybody
    wait who comes after it: it gives way soon, and tries again.
    """
    for _ in range(_TRIES):
        try:
            return _migrate(connection)
        except psycopg.errors.LockNotAvailable:
            time.sleep(_GIVES_WAY)
        except psycopg.Error as error:
            raise failure(error, "be brought up to date") from error
    raise StoreError("the store could not be brought up to date: somebody holds one of its tables; try again when that is over")


def _migrate(connection: Connection) -> None:
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_lock_number(connection, _MIGRATING),))
        connection.execute("SET LOCAL lock_timeout = '1s'")
        for script in _missing_scripts(connection):
            connection.execute(script)
        connection.execute("UPDATE calder SET version = %s WHERE version <> %s", (latest_migration(), latest_migration()))


def make(connection: Connection, version: int) -> None:
    """The schema as it was after so many migrations, where there is nothing yet. StoreError where there is something."""
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (_lock_number(connection, _MIGRATING),))
    if not _is_empty(connection):
        raise StoreError("the schema of the database is not empty: a backup is restored into a new one")
    for number, name in sorted(_migrations().items()):
        if number <= version:
            connection.execute(read_text("migrations", name))


def check_current(connection: Connection) -> None:
    """For those that only read: StoreError for a store that is not there, or not of this version."""
    if _version(connection) < latest_migration():
        raise StoreError("the store was made by an older Calder; start the hub once to bring it up to date")


def _missing_scripts(connection: Connection) -> list[str]:
    if not _exists(connection) and _is_empty(connection):
        return [read_text("schema.sql")]
    version = _version(connection)
    return [read_text("migrations", name) for number, name in sorted(_migrations().items()) if number > version]


def _version(connection: Connection) -> int:
    if not _exists(connection):
        raise StoreError("the schema of the database is not a store of Calder")
    row = connection.execute("SELECT version FROM calder").fetchone()
    version = int(row[0]) if row is not None else 0
    if version > latest_migration():
        raise StoreError("the store was made by a newer Calder; use that one")
    return version


def _exists(connection: Connection) -> bool:
    sql = "SELECT to_regclass(quote_ident(current_schema()) || '.calder') IS NOT NULL"
    return bool(only(connection.execute(sql)))


def _is_empty(connection: Connection) -> bool:
    sql = "SELECT NOT EXISTS (SELECT 1 FROM pg_class WHERE relnamespace = CAST(current_schema() AS regnamespace))"
    return bool(only(connection.execute(sql)))


def _migrations() -> dict[int, str]:
    names = (entry.name for entry in files("hub.store.postgresql").joinpath("migrations").iterdir())
    return {int(name[:4]): name for name in names if name.endswith(".sql")}


def failure_name(error: psycopg.Error) -> str:
    """DeadlockDetected and the like. The server's own texts may quote values."""
    return type(error).__name__


def is_away(error: psycopg.Error) -> bool:
    """The server is not there, or not for us: gone, starting, stopping, out of connections. Not that it refused what it was asked."""
    # https://www.postgresql.org/docs/current/errcodes-appendix.html: 08 connection, 53300 too many, 57P operator intervention
    state = error.sqlstate
    if state is None:
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return state.startswith(("08", "57P")) or state in ("53300", "25P03")


def failure(error: psycopg.Error, verb: str) -> StoreError:
    kind = StoreAway if is_away(error) else StoreError
    made = kind(f"the database could not {verb}: {failure_name(error)}")
    made.__cause__ = error
    return made
