"""The store of a region: PostgreSQL 15 or later, for one hub or several. `open_store` opens it."""

from hub.store.postgresql.store import PostgresqlStore, open_store, read_page_key

__all__ = ["PostgresqlStore", "open_store", "read_page_key"]
