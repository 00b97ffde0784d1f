"""Backup and restore of either kind of store. Neither asks anything of a running hub."""

from __future__ import annotations

import asyncio
from pathlib import Path

from hub.app.operator import read_ledger
from hub.app.stores import is_postgresql, sqlite_path
from hub.app.surroundings import SystemClock
from hub.core.errors import StoreError
from hub.store.postgresql import backup as postgresql
from hub.store.relational.backup import Manifest
from hub.store.sqlite import backup as sqlite

__all__ = ["backup_store", "restore_store"]


def backup_store(url: str, place: Path) -> Manifest:
    """Whole and on the disk when it returns. Raises StoreError."""
    made = SystemClock().now().isoformat()
    if is_postgresql(url):
        return postgresql.backup(url, place, made=made)
    return sqlite.backup(sqlite_path(url), place, made=made)


def restore_store(place: Path, url: str, *, resume_deliveries: bool) -> Manifest:
    """Checked before anything is written, and its books after. Raises StoreError."""
    if is_postgresql(url):
        manifest = postgresql.restore(place, url, resume=resume_deliveries)
    else:
        manifest = sqlite.restore(place, sqlite_path(url), resume=resume_deliveries)
    if not asyncio.run(read_ledger(url)).balanced:
        raise StoreError("the ledger of the restored store does NOT balance: do not serve from it, and report this")
    return manifest
