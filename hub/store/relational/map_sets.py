"""The texts of the map sets that the hub has used: some 100 kB each, packed to a tenth."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence

from hub.core.visibility import Visibility
from hub.store.relational.connection import Connection
from hub.store.rows import MapSetTexts

__all__ = ["list_kept", "pack", "texts_of"]


def texts_of(connection: Connection, visibility: Visibility, digest: str) -> MapSetTexts | None:
    row = None if _is_limited(visibility) else connection.execute(connection.queries["map_set_text"], (digest,)).fetchone()
    return None if row is None else _unpack(row[0])


def list_kept(connection: Connection, visibility: Visibility) -> Sequence[str]:
    return [] if _is_limited(visibility) else [name for (name,) in connection.execute(connection.queries["kept_map_sets"], ())]


def _is_limited(visibility: Visibility) -> bool:
    return visibility.people is not None or visibility.types is not None


def pack(texts: MapSetTexts) -> bytes:
    """Any text comes back as it was, lone surrogates too: JSON writes them as escapes."""
    return zlib.compress(json.dumps({"maps": dict(texts.maps), "tables": dict(texts.tables)}).encode("ascii"), 6)


def _unpack(body: bytes) -> MapSetTexts:
    held = json.loads(zlib.decompress(body))
    return MapSetTexts(held["maps"], held["tables"])
