"""A backup: a folder of files and a manifest of what they are, by whose absence or difference a damaged one is known.

It is written beside its place and moved there when all of it is on the disk, so that a folder of this name is whole.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Final

from hub.core.errors import StoreError

__all__ = ["HELD", "LEFT_IN_FLIGHT", "Manifest", "read_manifest", "seal", "write_backup"]

_MANIFEST: Final = "manifest.json"
HELD: Final = "held: the store was restored from a backup, and this may have been sent after that was made. Revive it if it was not"
LEFT_IN_FLIGHT: Final = "ambiguous: it was in flight when the backup was made from which the store was restored"


@dataclass(frozen=True, slots=True)
class Manifest:
    """kind: of the store, sqlite or postgresql. schema: its last migration. files: SHA-256 by name."""

    kind: str
    schema: int
    made: str
    messages: int
    files: dict[str, str]


@contextmanager
def write_backup(place: Path) -> Iterator[Path]:
    """A folder to write into, and to `seal`. It is moved to its place when the block ends, and is gone when an error ends it."""
    if place.exists():
        raise StoreError(f"{place} is there already: a backup goes to a new folder")
    place.parent.mkdir(parents=True, exist_ok=True)
    aside = place.with_name(f"{place.name}.unfinished")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(mode=0o700)
    try:
        yield aside
        aside.rename(place)
        _sync(place.parent)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise


def seal(folder: Path, *, kind: str, schema: int, made: str, messages: int) -> Manifest:
    """Sync every file, then say what they are."""
    files = sorted(folder.iterdir())
    for file in files:
        _sync(file)
    manifest = Manifest(kind, schema, made, messages, {file.name: _digest(file) for file in files})
    (folder / _MANIFEST).write_text(json.dumps(asdict(manifest), indent=1), encoding="utf-8")
    _sync(folder / _MANIFEST)
    _sync(folder)
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """After every file was read and found to be what was written. Raises StoreError."""
    try:
        manifest = Manifest(**json.loads((folder / _MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise StoreError(f"{folder} is not a whole backup: its manifest is not there, or not readable") from error
    for name, digest in manifest.files.items():
        file = folder / name
        if not file.is_file():
            raise StoreError(f"the backup is not whole: {name} is missing")
        if _digest(file) != digest:
            raise StoreError(f"the backup is damaged: {name} is not what was written")
    return manifest


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return file_digest(opened, "sha256").hexdigest()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
