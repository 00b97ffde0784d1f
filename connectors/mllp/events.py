"""What an MLLP listener tells its operators. No field can hold anything of a message: addresses, counts and reasons only."""

from __future__ import annotations

from typing import Literal

import structlog

__all__ = ["report"]

Trouble = Literal[
    "bytes outside a frame were skipped",
    "connection closed: message too large",
    "connection closed: message not complete in time",
    "connection closed: nothing came",
    "connection closed: slow, and it held the most while memory was short",
    "connection closed: it ended inside a message",
    "connection closed: the answer could not be written",
    "connection closed: the hub could not keep the message",
    "connection refused: too many are open",
    "the same message is refused again and again: it is taken once a second",
    "connection closed: the listener failed",
]

_LOG = structlog.stdlib.get_logger("calder.mllp")


def report(trouble: Trouble, *, peer: str, count: int = 0) -> None:
    """count: bytes, or connections."""
    _LOG.warning(trouble, peer=peer, count=count)
