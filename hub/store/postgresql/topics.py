"""What a piece of work has read or written, as hashes that two hubs can compare.

A batch that has read a topic which another hub has written since is run again. A hash that two topics share costs one such run,
and nothing else.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from hashlib import blake2b
from typing import Literal

__all__ = ["Kind", "lane_topic", "pack", "topic", "unpack"]

Kind = Literal["resource", "type", "key", "control id", "message", "lane", "sequence", "entry"]


def topic(kind: Kind, *parts: str) -> int:
    text = "\0".join((kind, *parts))
    return int.from_bytes(blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest(), "little", signed=True)


def lane_topic(lane: str) -> int:
    """All lanes of a person together, since a merge joins all of them."""
    return topic("lane", lane[:16])


def pack(topics: Iterable[int]) -> bytes:
    return array("q", topics).tobytes()


def unpack(packed: bytes) -> Iterable[int]:
    topics = array("q")
    topics.frombytes(packed)
    return topics
