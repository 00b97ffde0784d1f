"""Where maps run: in the hub's own process (here), or in transformers, which are processes of their own."""

from __future__ import annotations

from typing import Protocol

from hub.codec.hl7v2 import Message
from hub.engine.configuration import SourceConfig
from hub.engine.transform import Outcome, transform
from hub.mapping.mapset import MapSets

__all__ = ["InProcess", "Transform"]


class Transform(Protocol):
    """Gives what one message comes to. It may take its time, and messages that came later may be done before: whoever keeps an order
    waits for each in turn. Raises nothing that hangs on the message: a map that breaks is Poison.
    """

    async def __call__(self, message: Message, source: SourceConfig, digest: bytes) -> Outcome: ...


class InProcess:
    """Where no transformers run: benchmarks, short commands, and replay with maps that are not the hub's."""

    def __init__(self, maps: MapSets) -> None:
        self._maps = maps

    async def __call__(self, message: Message, source: SourceConfig, digest: bytes) -> Outcome:
        return transform(message, self._maps.of(source.name), source, digest)
