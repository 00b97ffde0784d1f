"""Registered functions: the only escape from rows, and each one says what it takes, gives, and how it goes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


class Unreadable(Exception):
    """Raised by a function for a value it cannot take. The text never carries the value."""


@dataclass(frozen=True, slots=True)
class Example:
    """arguments as v2 texts (or JSON values); gives: the value, or None with fails=True. one_way: not true backward."""

    arguments: tuple[Any, ...]
    gives: Any = None
    fails: bool = False
    one_way: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """takes: v2 datatypes of the arguments, "ST" for texts (unescaped), "ST*" for every repetition of one.

    gives: a FHIR type ("Quantity", "code", "uri"), and for a complex type the elements it fills, in `fills`.
    back: value -> tuple of argument texts; None if it cannot be turned round.
    """

    name: str
    doc: str
    takes: tuple[str, ...]
    gives: str
    forward: Callable[..., Any] | None
    back: Callable[[Any], tuple[str, ...]] | None
    examples: tuple[Example, ...]
    fills: tuple[str, ...] = ()


Registry = Mapping[str, Function]
