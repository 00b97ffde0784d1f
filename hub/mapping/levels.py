"""Whose a file is, by its name: the product's, the site's, or one source's of the site.

hl7v2/segments/pid.map          packaged
local/pid.map, local/tables/…   the site's: for every source
local/airedale/pid.map          only for messages of the source `airedale`
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

__all__ = ["LOCAL", "Level", "in_force", "level_of", "source_of"]

LOCAL: Final = "local"
_KINDS: Final = frozenset({"tables", "profiles", "tests"})  # folders of the site itself: no source is called so


class Level(IntEnum):
    """A later one goes before an earlier one."""

    PACKAGED = 0
    SITE = 1
    SOURCE = 2


def source_of(name: str) -> str | None:
    """The source whose own the file is."""
    first, _, rest = name.partition("/")
    folder, below, _ = rest.partition("/")
    return folder if first == LOCAL and below and folder not in _KINDS else None


def level_of(name: str) -> Level:
    if source_of(name) is not None:
        return Level.SOURCE
    return Level.SITE if name.startswith(f"{LOCAL}/") else Level.PACKAGED


def in_force(name: str, source: str | None) -> bool:
    """Is the file one of the set of this source? None: of the set of all that have no overlays of their own."""
    return source_of(name) in (None, source)
