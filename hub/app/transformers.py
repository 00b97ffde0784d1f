"""The transformers of one hub: how many, and what each of them is told."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Final

from hub.app.installed import DISTRIBUTION
from hub.engine.configuration import SourceConfig
from hub.engine.transformers.frames import Setup, Texts
from hub.engine.transformers.transformers import Transformers
from hub.mapping.mapset import MapSets
from hub.settings.model import HubSettings

__all__ = ["transformers_of"]

_COMMAND: Final = (sys.executable, "-P", "-m", "hub.app.transformer")
_MOST: Final = 4  # by itself: each takes some 60 MB


def transformers_of(settings: HubSettings, maps: MapSets, sources: Sequence[SourceConfig]) -> Transformers | None:
    """None where maps run in the hub's own process."""
    number = settings.transformers if settings.transformers is not None else _suitable(development=settings.development)
    if number == 0:
        return None
    setup = Setup(
        os.getpid(),
        version(DISTRIBUTION),
        {each.digest: Texts(dict(each.texts.maps), dict(each.texts.tables)) for each in maps.every},
        [(source, maps.of(source.name).digest) for source in sources],
    )
    return Transformers(_COMMAND, setup, number=number, limit=settings.transform_limit)


def _suitable(*, development: bool) -> int:
    """One for trying things out, where a quick start and little memory count; else one for each core that this process may use."""
    return 1 if development else min(_MOST, len(os.sched_getaffinity(0)))
