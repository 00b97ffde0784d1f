"""The embedded store: one SQLite file, one writer with group commit, a few readers. `open_store` opens it."""

from hub.store.sqlite.store import SqliteStore, open_store

__all__ = ["SqliteStore", "open_store"]
