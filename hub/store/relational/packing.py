"""Bodies as they are kept: packed by zstd (RFC 8878) with a dictionary, and given back byte for byte.

One Observation is too short to pack well by itself: what repeats, repeats from body to body. A dictionary holds what repeats. Each row
says which dictionary its body was packed with, and the store keeps every dictionary that a row of it may name, so that it can be read
whatever the software ships by then.

The dictionary is made of invented messages (hub.cli.packing_dictionary) and never of the store's own: it would keep pieces of people
whose bodies are erased later (docs/decisions/0009-life-of-the-store.md).
"""

from __future__ import annotations

import zlib
from hashlib import sha256
from importlib.resources import files
from typing import Final

import zstandard

from hub.core.errors import StoreError
from hub.store.relational.connection import Connection

__all__ = ["PLAIN", "Packed", "Packer", "keep_dictionary", "shipped_dictionary", "unpack"]

PLAIN: Final = 0
_ZLIB: Final = -1  # larger messages of the first stores
_MAGIC: Final = b"\x28\xb5\x2f\xfd"  # every frame begins with it, so it is not kept
_LEVEL: Final = 3  # beyond it: four times the time for three bytes in a hundred
_SHORTEST: Final = 48

Packed = tuple[int, bytes]  # the number of what it was packed with, and the bytes


def shipped_dictionary() -> bytes:
    """What new bodies are packed with. It may be made anew: a store that has rows of the one before keeps that one, too."""
    return files("hub.store.relational").joinpath("dictionary", "bodies.zstd").read_bytes()


class Packer:
    """Of one thread. number: the one that the store gave the dictionary."""

    def __init__(self, number: int, dictionary: bytes) -> None:
        held = zstandard.ZstdCompressionDict(dictionary)
        held.precompute_compress(level=_LEVEL)
        self._number = number
        self._compressor = zstandard.ZstdCompressor(level=_LEVEL, dict_data=held, write_dict_id=False, write_checksum=False)

    def pack(self, body: bytes) -> Packed:
        """Plain where nothing would be saved."""
        if len(body) < _SHORTEST:
            return PLAIN, body
        packed = self._compressor.compress(body)[len(_MAGIC) :]
        return (self._number, packed) if len(packed) < len(body) else (PLAIN, body)


def keep_dictionary(connection: Connection) -> Packer:
    """The store keeps what bodies are packed with from now on; it may have been there before."""
    dictionary = shipped_dictionary()
    digest = sha256(dictionary).digest()
    while (row := connection.execute(connection.queries["find_dictionary"], (digest,)).fetchone()) is None:
        connection.execute(connection.queries["add_dictionary"], (digest, dictionary))
    return Packer(int(row[0]), dictionary)


def unpack(connection: Connection, number: int, body: bytes) -> bytes:
    """Raises StoreError for what cannot be unpacked: the store is damaged."""
    if number == PLAIN:
        return body
    try:
        return zlib.decompress(body) if number == _ZLIB else _unpacker(connection, number).decompress(_MAGIC + body)
    except (zlib.error, zstandard.ZstdError) as error:
        raise StoreError("the store is damaged: a body cannot be unpacked") from error


def _unpacker(connection: Connection, number: int) -> zstandard.ZstdDecompressor:
    known = connection.unpackers.get(number)
    if known is None:
        row = connection.execute(connection.queries["dictionary"], (number,)).fetchone()
        if row is None:
            raise StoreError("the store is damaged: the dictionary that a body was packed with is not there")
        known = connection.unpackers[number] = zstandard.ZstdDecompressor(dict_data=zstandard.ZstdCompressionDict(row[0]))
    return known
