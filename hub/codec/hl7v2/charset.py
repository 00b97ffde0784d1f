"""MSH-18: from bytes to text, so that the same text gives the same bytes again.

HL7 table 0211. An empty MSH-18 means ASCII; where other bytes come all the same, UTF-8 is tried and then Windows-1252,
and a warning says so. Every codec here is strict and reversible: nothing is replaced and nothing is left out.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import Final

from hub.codec.codes import CHARSET_ASSUMED, CHARSET_MISMATCH, CHARSET_SPELLING, CHARSET_UNSUPPORTED
from hub.core.diagnostics import Diagnostic

__all__ = ["Decoded", "charset_name", "decode", "find_charset", "find_wide_charset", "undecodable_at"]

_TABLE_0211: Final[dict[str, str]] = {
    "ASCII": "ascii",
    **{f"8859/{part}": f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)},
    "UNICODE": "utf-8",
    "UNICODE UTF-8": "utf-8",
    "UNICODE UTF-16": "utf-16",
}
# Spellings met in the field, for which there is only one thing that they can mean.
_OTHER_SPELLINGS: Final[dict[str, str]] = {
    "US-ASCII": "ascii",
    "ISO IR6": "ascii",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "UNICODE UTF8": "utf-8",
    "UTF-16": "utf-16",
    **{f"ISO-8859-{part}": f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)},
    **{f"ISO8859-{part}": f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)},
    **{f"ISO8859/{part}": f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)},
    "WINDOWS-1252": "cp1252",
    "CP1252": "cp1252",
}
_NAMES: Final[dict[str, str]] = {codec: name for name, codec in _TABLE_0211.items()} | {
    "utf-16-le": "UNICODE UTF-16",
    "utf-16-be": "UNICODE UTF-16",
}
_WIDE: Final = (("utf-16-le", codecs.BOM_UTF16_LE), ("utf-16-be", codecs.BOM_UTF16_BE))
_SNIFFED: Final = 64


@dataclass(frozen=True, slots=True)
class Decoded:
    """`text.encode(charset)` gives the bytes again. `charset` is the name of a Python codec."""

    text: str
    charset: str
    diagnostics: tuple[Diagnostic, ...] = ()


def find_charset(name: str) -> str | None:
    """The Python codec for a name of table 0211 (or a well-known other spelling of it)."""
    key = name.strip().upper()
    return _TABLE_0211.get(key) or _OTHER_SPELLINGS.get(key)


def charset_name(charset: str) -> str | None:
    """What MSH-18 says for a Python codec; None where table 0211 has no name for it."""
    return _NAMES.get(charset)


def find_wide_charset(data: bytes) -> str | None:
    """UTF-16 shows in the first bytes: a byte order mark, or M, S and H with zeros between them."""
    head = data[:_SNIFFED]
    for charset, mark in _WIDE:
        if head.startswith(mark):
            return charset
    at = head.find(b"M\x00S\x00H")
    if at < 0 or head[:at].strip(b"\r\n \x00\x0b"):
        return None
    return "utf-16-be" if at % 2 else "utf-16-le"


def decode(data: bytes, declared: str, wide: str | None) -> Decoded | Diagnostic:
    """`declared` is the first repetition of MSH-18, `wide` what `find_wide_charset` saw."""
    name = declared.strip()
    if not name:
        return _decode_undeclared(data, wide)
    charset = find_charset(name)
    if charset is None:
        return Diagnostic(CHARSET_UNSUPPORTED, "MSH-18 names a set that is not read here", place="MSH-18")
    is_wide = charset == "utf-16" or name.upper() == "UNICODE"  # UNICODE alone may be either
    if wide is not None and is_wide:
        charset = wide
    elif wide is not None or charset == "utf-16":
        return Diagnostic(CHARSET_MISMATCH, "MSH-18 and the bytes of the header do not agree about UTF-16", place="MSH-18")
    text = _try(data, charset)
    if text is None:
        return Diagnostic(CHARSET_MISMATCH, f"not {charset} at byte {undecodable_at(data, charset)}", place="MSH-18")
    notes: tuple[Diagnostic, ...] = ()
    if name not in _TABLE_0211:
        notes = (Diagnostic(CHARSET_SPELLING, "read, though table 0211 spells it otherwise", place="MSH-18"),)
    return Decoded(text, charset, notes)


def _decode_undeclared(data: bytes, wide: str | None) -> Decoded | Diagnostic:
    if wide is None and data.isascii():
        return Decoded(data.decode("ascii"), "ascii")
    for charset in (wide,) if wide is not None else ("utf-8", "cp1252", "iso8859-1"):
        text = _try(data, charset)
        if text is not None:
            return Decoded(text, charset, (Diagnostic(CHARSET_ASSUMED, f"read as {charset}", place="MSH-18"),))
    return Diagnostic(CHARSET_MISMATCH, "looks like UTF-16 and cannot be read as such", place="MSH-18")


def _try(data: bytes, charset: str) -> str | None:
    try:
        return data.decode(charset)
    except UnicodeDecodeError:
        return None


def undecodable_at(data: bytes, charset: str) -> int | None:
    """Offset of the first byte that is not in the charset."""
    try:
        data.decode(charset)
    except UnicodeDecodeError as error:
        return error.start
    return None
