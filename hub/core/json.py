"""JSON as care records need it: decimals keep their digits (36.50 stays 36.50), bytes out are compact and stable.

A resource is a plain dict with `decimal.Decimal` for every number that was written with a point or an exponent.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

__all__ = ["Json", "JsonError", "Resource", "parse_json", "render_json"]

# The JSON edge: values are str, int, Decimal, bool, None, list and dict.
Json = Any
Resource = dict[str, Any]

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")


class JsonError(ValueError):
    """Not JSON, or nested too deeply. Its text names a byte offset and never a value."""


def parse_json(data: bytes | str) -> Json:
    """Text to value. Raises JsonError."""
    try:
        return _decoder.decode(data)
    except RecursionError:
        raise JsonError("nested too deeply") from None
    except ArithmeticError:
        raise JsonError("a number is out of all bounds") from None
    except (msgspec.DecodeError, ValueError) as error:
        raise JsonError(str(error)) from None


def render_json(value: Json) -> bytes:
    """Value to compact UTF-8 text, keys in the order they stand in."""
    return _encoder.encode(value)
