"""The values of search parameters, from text. https://hl7.org/fhir/R4/search.html

A value that cannot be read is None here; `parse` says so with the parameter's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from hub.fhir.references import parse_reference
from hub.fhir.search.folding import fold
from hub.fhir.search.query import (
    DateValue,
    NumberValue,
    ParamType,
    Prefix,
    QuantityValue,
    ReferenceValue,
    StringValue,
    TokenValue,
    UriValue,
    Value,
)
from hub.fhir.search.ranges import date_range, number_range

__all__ = ["parse_reference_value", "parse_token", "parser_of", "split"]

ValueParser = Callable[[str], Value | None]

_NUMBER: Final = re.compile(r"[+-]?\d{1,40}(?:\.\d{1,40})?(?:[eE][+-]?\d{1,2})?", re.ASCII)
_PIECE: Final = re.compile(r"\\.?|[^\\]", re.DOTALL)
_ID: Final = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_PREFIX: Final = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb|ap)(?=[-+\d])", re.ASCII)
_EXACT: Final = frozenset({Prefix.GT, Prefix.LT, Prefix.GE, Prefix.LE, Prefix.SA, Prefix.EB})


def split(text: str, separator: str) -> list[str]:
    r"""At each separator that has no backslash before it; the escapes (`\,` `\|` `\$` `\\`) stay as they are."""
    if "\\" not in text:
        return text.split(separator)
    parts = [""]
    for piece in _PIECE.findall(text):
        if piece == separator:
            parts.append("")
        else:
            parts[-1] += piece
    return parts


def unescape(text: str) -> str:
    return re.sub(r"\\([,|$\\])", r"\1", text)


def parse_token(text: str) -> TokenValue | None:
    parts = [unescape(part) for part in split(text, "|")]
    match parts:
        case [code] if code:
            return TokenValue(None, code)
        case [system, ""] if system:
            return TokenValue(system, None)
        case [system, code] if code:
            return TokenValue(system, code)
        case _:
            return None


def parse_reference_value(text: str, *, base: str | None = None) -> ReferenceValue | None:
    """`id`, `Type/id`, an address under our own base, or a foreign one."""
    plain = unescape(text)
    literal = parse_reference(plain, base=base)
    if literal is not None:
        return ReferenceValue(literal.type, literal.id)
    if _ID.fullmatch(plain):
        return ReferenceValue(None, plain)
    return ReferenceValue(None, None, plain) if ":" in plain and not any(char.isspace() for char in plain) else None


def _string(text: str) -> StringValue | None:
    plain = unescape(text)
    return StringValue(plain, fold(plain)) if plain.strip() else None


def _date(text: str) -> DateValue | None:
    prefix, rest = _prefix(text)
    covered = date_range(rest)
    return None if covered is None else DateValue(prefix, *covered)


def _prefix(text: str) -> tuple[Prefix, str]:
    found = _PREFIX.match(text)
    return (Prefix(found[1]), text[2:]) if found else (Prefix.EQ, text)


def _number(text: str) -> NumberValue | None:
    """With a prefix of comparison the number is exact; without, it covers its written precision; `ap` covers a tenth either way."""
    prefix, rest = _prefix(text)
    if not _NUMBER.fullmatch(rest):
        return None
    number = Decimal(rest)
    if prefix in _EXACT:
        return NumberValue(prefix, float(number), float(number))
    if prefix is Prefix.AP:
        tenth = abs(number) / 10
        return NumberValue(prefix, float(number - tenth), float(number + tenth))
    return NumberValue(prefix, *number_range(number))


def _quantity(text: str) -> QuantityValue | None:
    """`number`, `number|system|code`, `number||code`."""
    parts = [unescape(part) for part in split(text, "|")]
    number = _number(parts[0])
    if number is None or len(parts) not in {1, 3}:
        return None
    system, code = parts[1:] if len(parts) == 3 else ("", "")
    return QuantityValue(number, system or None, code or None)


def _uri(text: str) -> UriValue | None:
    plain = unescape(text)
    return UriValue(plain) if plain else None


def parser_of(kind: ParamType, *, base: str | None = None) -> ValueParser:
    """Raises KeyError for composite and special parameters."""
    if kind is ParamType.REFERENCE:
        return lambda text: parse_reference_value(text, base=base)
    return _PARSERS[kind]


_PARSERS: Final[dict[ParamType, ValueParser]] = {
    ParamType.TOKEN: parse_token,
    ParamType.STRING: _string,
    ParamType.DATE: _date,
    ParamType.NUMBER: _number,
    ParamType.QUANTITY: _quantity,
    ParamType.URI: _uri,
}
