"""Logical ids of what messages make: the same resource gets the same id however often, and in whatever store, it is made.

A Patient's id comes from the message that first told of the person, never from a number: whoever sees an id in a URL could try
all NHS numbers against it.
"""

from __future__ import annotations

from base64 import b32encode
from hashlib import sha256

__all__ = ["id_by_identifier", "id_by_key", "id_by_origin"]


def id_by_key(type_: str, scope: str, key: tuple[str, ...]) -> str:
    """scope: whose numbers these are (the source's organisation)."""
    return _digest("key", type_, scope, *key)


def id_by_identifier(type_: str, system: str, value: str) -> str:
    """An identifier with a system is the same thing whoever sends it."""
    return _digest("identifier", type_, system, value)


def id_by_origin(type_: str, origin: bytes, ordinal: int) -> str:
    """The nth resource of a message that says nothing by which it could be known again. origin: digest of the message."""
    return _digest("origin", type_, origin.hex(), str(ordinal))


def _digest(*parts: str) -> str:
    """32 characters, 160 bits. Each part carries its length, so that no two lists of parts read the same."""
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return b32encode(sha256(text.encode()).digest()[:20]).decode().lower()
