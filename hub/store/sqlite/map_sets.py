"""The texts of the map sets that the hub has used: some 100 kB each, packed to a tenth."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Sequence

from hub.core.visibility import Visibility
from hub.store.rows import MapSetTexts
from hub.store.sqlite.statements import SQL
from hub.store.sqlite.work import Work

__all__ = ["MapSetWork", "list_kept", "texts_of"]


class MapSetWork(Work):
    """The part of a Transaction that keeps maps."""

    __slots__ = ()

    def keep_map_set(self, digest: str, texts: MapSetTexts) -> None:
        number = self._names.number("map_set", digest)
        if not self._read(SQL["has_map_set_text"], (number,)).fetchone()[0]:
            self._write(SQL["add_map_set_text"], (number, _pack(texts)))


def texts_of(connection: sqlite3.Connection, visibility: Visibility, digest: str) -> MapSetTexts | None:
    row = None if _is_limited(visibility) else connection.execute(SQL["map_set_text"], (digest,)).fetchone()
    return None if row is None else _unpack(row[0])


def list_kept(connection: sqlite3.Connection, visibility: Visibility) -> Sequence[str]:
    return [] if _is_limited(visibility) else [name for (name,) in connection.execute(SQL["kept_map_sets"])]


def _is_limited(visibility: Visibility) -> bool:
    return visibility.people is not None or visibility.types is not None


def _pack(texts: MapSetTexts) -> bytes:
    """Any text comes back as it was, lone surrogates too: JSON writes them as escapes."""
    return zlib.compress(json.dumps({"maps": dict(texts.maps), "tables": dict(texts.tables)}).encode("ascii"), 6)


def _unpack(body: bytes) -> MapSetTexts:
    held = json.loads(zlib.decompress(body))
    return MapSetTexts(held["maps"], held["tables"])
