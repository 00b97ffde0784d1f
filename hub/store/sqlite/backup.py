"""Backup of the embedded store beside a running hub, and its restore.

`VACUUM INTO` writes what one snapshot sees, the log included, into a new file without free pages; the hub goes on writing meanwhile.
A copy of the file alone would lack what stands in its log. https://www.sqlite.org/lang_vacuum.html
"""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Final

from hub.core.errors import StoreError
from hub.store.relational.backup import HELD, LEFT_IN_FLIGHT, Manifest, read_manifest, seal, write_backup
from hub.store.relational.connection import only
from hub.store.sqlite.database import WriterLock, connect_reader, connect_writer, failure_name, latest_migration
from hub.store.sqlite.statements import SQL

__all__ = ["backup", "restore"]

_FILE: Final = "hub.db"
_PAGE_KEY: Final = "page.key"  # signs page links, beside the store (hub.app.http)


def backup(path: Path, place: Path, *, made: str) -> Manifest:
    """Raises StoreError."""
    connection = connect_reader(path)
    try:
        with write_backup(place) as folder:
            copy = folder / _FILE
            connection.execute("PRAGMA query_only = OFF")  # it would refuse the new file, too; this connection cannot write the old one
            connection.execute("VACUUM INTO ?", (str(copy),))
            copy.chmod(0o600)
            if (path.parent / _PAGE_KEY).exists():
                shutil.copy2(path.parent / _PAGE_KEY, folder / _PAGE_KEY)
            return seal(folder, kind="sqlite", schema=latest_migration(), made=made, messages=_check(copy))
    except sqlite3.Error as error:
        raise StoreError(f"the backup could not be written: {failure_name(error)}") from error
    finally:
        connection.close()


def restore(place: Path, path: Path, *, resume: bool) -> Manifest:
    """resume: deliveries that were due go out. Raises StoreError; then nothing is restored."""
    manifest = read_manifest(place)
    if manifest.kind != "sqlite":
        raise StoreError(f"this is a backup of a {manifest.kind} store: restore it with --store {manifest.kind}://…")
    if manifest.schema > latest_migration():
        raise StoreError("the backup was made by a newer Calder; use that one")
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = WriterLock(path)
    aside = path.with_name(f"{path.name}.restoring")
    try:
        _refuse_messages(path)
        _forget(aside)
        shutil.copyfile(place / _FILE, aside)
        aside.chmod(0o600)
        _prepare(aside, resume=resume)
        _forget(path)
        aside.rename(path)
        if (place / _PAGE_KEY).exists():
            shutil.copy2(place / _PAGE_KEY, path.parent / _PAGE_KEY)
    except sqlite3.Error as error:
        raise StoreError(f"the backup could not be restored: {failure_name(error)}") from error
    finally:
        _forget(aside)
        lock.release()
    return manifest


def _refuse_messages(path: Path) -> None:
    if not path.exists():
        return
    connection = connect_writer(path, "FULL")
    try:
        if only(connection.execute(SQL["last_receipt"])):
            raise StoreError(f"{path} has messages: a backup is restored where there is no store, or an empty one")
    finally:
        connection.close()


def _prepare(path: Path, *, resume: bool) -> None:
    """Brought up to date, its deliveries held; all of it in the file itself when this returns."""
    connection = connect_writer(path, "FULL")
    try:
        if not resume:
            connection.execute(SQL["hold_deliveries"], {"held": HELD, "left": LEFT_IN_FLIGHT})
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()
    _check(path)


def _check(path: Path) -> int:
    """That SQLite finds nothing wrong, and how many messages there are."""
    connection = connect_reader(path)
    try:
        if only(connection.execute("PRAGMA integrity_check(1)")) != "ok":
            raise StoreError("the store is damaged: SQLite's integrity check says so")
        return int(only(connection.execute("SELECT count(*) FROM receipt")))
    finally:
        connection.close()


def _forget(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
