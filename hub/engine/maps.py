"""What the engine asks of a map set (`hub.mapping.mapset.MapSet`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from hub.codec.hl7v2 import Message
from hub.core.json import Resource
from hub.mapping.conversion import Conversion, Written

__all__ = ["MapSet", "MessageMap"]


class MessageMap(Protocol):
    def forward(self, message: Message, *, params: Mapping[str, str], givens: Mapping[str, str] = {}) -> Conversion: ...

    def backward(
        self, resources: Sequence[Resource], *, params: Mapping[str, str], givens: Mapping[str, str], version: str = "2.4"
    ) -> Written: ...


class MapSet(Protocol):
    @property
    def digest(self) -> str:
        """Content hash: it stands beside everything that the maps made."""
        ...

    def find_message_map(self, message: Message) -> MessageMap | None: ...

    def get(self, name: str) -> MessageMap | None: ...
