"""The Store over one PostgreSQL database (hub.store.contract), which several hubs may share."""

from __future__ import annotations

from hub.store.postgresql.database import connect, migrate
from hub.store.postgresql.readers import Readers
from hub.store.postgresql.registrar import Registrar
from hub.store.postgresql.writer import Writer
from hub.store.relational.connection import only
from hub.store.relational.store import RelationalStore

__all__ = ["PostgresqlStore", "open_store", "read_page_key"]


def open_store(
    url: str,
    *,
    queue_limit: int = 10_000,
    batch_limit: int = 256,
    lease: float = 15.0,
    patience: float = 60.0,
    read_only: bool = False,
) -> PostgresqlStore:
    """url: as of libpq, `postgresql://USER@HOST/DATABASE`. Makes the schema, or brings it up to date; a plain call, made before the
    event loop serves anybody. StoreAway where the database cannot be reached.

    lease: seconds without a sign of life after which others may take over what this hub has in flight. patience: seconds for which
    submitted work waits for a database that is away.
    """
    if read_only:
        return PostgresqlStore(Readers(url), None)
    with connect(url) as connection:
        migrate(connection)
    readers = Readers(url)
    try:
        registrar = Registrar(url, lease)
        try:
            writer = Writer(url, registrar, queue_limit=queue_limit, batch_limit=batch_limit, patience=patience)
        except BaseException:
            registrar.close()
            raise
    except BaseException:
        readers.close()
        raise
    return PostgresqlStore(readers, writer, registrar.close)


def read_page_key(url: str) -> bytes:
    """The key of the page links of all hubs on this store."""
    with connect(url) as connection:
        return bytes(only(connection.execute("SELECT page_key FROM calder")))


class PostgresqlStore(RelationalStore):
    """Made by `open_store`; `await close()` when done."""
