"""The store that an address names: `sqlite:PATH`, or `postgresql://USER@HOST/DATABASE` as libpq reads it."""

from __future__ import annotations

import os
from pathlib import Path

from hub.app.installed import AssemblyError
from hub.store import postgresql, sqlite
from hub.store.relational.store import RelationalStore

__all__ = ["is_postgresql", "open_store", "sqlite_path"]

_SCHEMES = ("postgresql", "postgres")


def open_store(url: str, *, read_only: bool = False) -> RelationalStore:
    """Raises AssemblyError for an address of another kind, StoreError where it cannot be opened."""
    if is_postgresql(url):
        return postgresql.open_store(url, read_only=read_only)
    path = sqlite_path(url)
    if not read_only:
        _make_folder(path.parent)
    return sqlite.open_store(path, read_only=read_only)


def _make_folder(folder: Path) -> None:
    """With its name on the disk: a store whose folder is forgotten is lost, however well it was synced itself."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for each in missing:
        handle = os.open(each.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def is_postgresql(url: str) -> bool:
    return url.partition("://")[0] in _SCHEMES


def sqlite_path(url: str) -> Path:
    scheme, _, path = url.partition(":")
    if scheme != "sqlite" or not path:
        raise AssemblyError("the store's url is sqlite:PATH or postgresql://…")
    return Path(path)
