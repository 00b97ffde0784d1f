r"""Escape sequences: from the text of a subcomponent to what it says, and back.

HL7 v2 chapter 2, section 2.7 "Use of escape sequences in text fields". Highlighting and indents are dropped; sequences that are
not known, or are a site's own (`\Z..\`), or switch the character set (`\C..\`, `\M..\`), stay as they came.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from hub.codec.hl7v2.encoding import DEFAULT_ENCODING, EncodingCharacters

__all__ = ["escape", "unescape"]

_BODY: Final = r"([FSTREPHN]|[Xx](?:[0-9A-Fa-f]{2})+|\.[A-Za-z]{2} ?[+-]?[0-9]{0,2})"
_DROPPED: Final = frozenset({"H", "N"})
_LAYOUT_DROPPED: Final = frozenset({"in", "ti", "fi", "nf"})
_NEW_LINE: Final = re.compile(r"\r\n|\r|\n")


def unescape(text: str, encoding: EncodingCharacters = DEFAULT_ENCODING, charset: str = "utf-8") -> str:
    r"""`charset` is the message's, for the bytes of `\Xdd..\`. An escape character that begins no known sequence is itself."""
    if encoding.escape not in text:
        return text
    meanings = _meanings(encoding)

    def meaning(found: re.Match[str]) -> str:
        body = found[1]
        fixed = meanings.get(body)
        if fixed is not None:
            return fixed
        expanded = _layout(body) if body.startswith(".") else _hexadecimal(body, charset)
        return found[0] if expanded is None else expanded

    return _sequence(encoding.escape).sub(meaning, text)


def escape(text: str, encoding: EncodingCharacters = DEFAULT_ENCODING) -> str:
    r"""Text that stands in a message as itself. A line break of any kind becomes `\.br\`, other control characters `\Xdd\`."""
    table, special = _escapes(encoding)
    if special.search(text) is None:
        return text
    return _NEW_LINE.sub("\n", text).translate(table)


@lru_cache(maxsize=64)
def _sequence(character: str) -> re.Pattern[str]:
    return re.compile(re.escape(character) + _BODY + re.escape(character), re.ASCII)


@lru_cache(maxsize=64)
def _meanings(encoding: EncodingCharacters) -> dict[str, str]:
    meanings = {
        "F": encoding.field,
        "S": encoding.component,
        "T": encoding.subcomponent,
        "R": encoding.repetition,
        "E": encoding.escape,
    } | dict.fromkeys(_DROPPED, "")
    if encoding.truncation is not None:
        meanings["P"] = encoding.truncation
    return meanings


@lru_cache(maxsize=64)
def _escapes(encoding: EncodingCharacters) -> tuple[dict[int, str], re.Pattern[str]]:
    mark = encoding.escape
    table = {number: f"{mark}X{number:02X}{mark}" for number in (*range(32), 127) if chr(number) != "\t"}
    table |= {ord(meaning): mark + name + mark for name, meaning in _meanings(encoding).items() if meaning}
    if "." not in encoding.field + encoding.msh2:  # else a line break stays \X0A\
        table[ord("\n")] = f"{mark}.br{mark}"
    return table, re.compile("[" + "".join(re.escape(chr(number)) for number in (*table, 13)) + "]")


def _layout(body: str) -> str | None:
    """Formatting commands of FT, section 2.7.6: line breaks and spaces are kept, indents and word wrap are not."""
    command, count = body[1:3].lower(), body[3:].strip()
    if command in {"br", "ce"}:
        return "\n"
    if command in _LAYOUT_DROPPED:
        return ""
    if command in {"sp", "sk"} and not count.startswith("-"):
        return ("\n" if command == "sp" else " ") * int(count or 1)
    return None


def _hexadecimal(body: str, charset: str) -> str | None:
    r"""The bytes of \Xdd..\ in the message's charset; None where they are not text in it, or for \P\ without a truncation mark."""
    if body[0] not in "Xx":
        return None
    try:
        return bytes.fromhex(body[1:]).decode(charset)
    except UnicodeDecodeError:
        return None
