"""Registered functions: the only escape from rows, and each one says what it takes, gives, and how it goes back.

    @function(takes=("CX.4",), gives="uri", back=authority_text, examples=[Example(("NHS",), "https://fhir.nhs.uk/Id/nhs-number")])
    def authority(hd: str) -> str | None: ...

What is not said is taken from the annotations: `str` takes an ST, `int` and `Decimal` an NM, a model of `fhir.resources` its type.
docs/mapping-language.md, "Functions".
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from hub.codec.hl7v2 import dictionary

__all__ = ["Example", "Function", "NotAFunction", "Registry", "Unreadable", "function"]


class Unreadable(Exception):
    """Raised by a function for a value it cannot take. The text never carries the value."""


class NotAFunction(TypeError):
    """A function that maps cannot call: raised where it is declared, with what to mend."""


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
    back: value -> tuple of argument texts; None if it cannot be turned round. package: which one gave it, in which version; "" is the hub.
    """

    name: str
    doc: str
    takes: tuple[str, ...]
    gives: str
    forward: Callable[..., Any] | None
    back: Callable[[Any], tuple[str, ...]] | None
    examples: tuple[Example, ...]
    fills: tuple[str, ...] = ()
    package: str = ""


Registry = Mapping[str, Function]
Back = Callable[[Any], object]

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_COMPONENT: Final = re.compile(r"([A-Z]{2,3})\.(\d{1,2})")
_TAKES: Final = {str: "ST", int: "NM", Decimal: "NM"}
_GIVES: Final = {str: "string", int: "integer", Decimal: "decimal", bool: "boolean"}
_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)", re.ASCII)
_USUAL: Final = "2.5.1"


def function(
    *,
    examples: Sequence[Example],
    takes: Sequence[str] | None = None,
    gives: str | None = None,
    back: Back | None = None,
    fills: Sequence[str] = (),
    name: str | None = None,
) -> Callable[[Callable[..., Any]], Function]:
    """The Python function below, as one that maps can name. Its docstring is its page; its examples are run by `calder map check`.

    takes: HL7 datatypes, or a component whose datatype is meant ("CX.4"). back: value -> text, or a tuple of one text for each argument.
    """

    def declare(written: Callable[..., Any]) -> Function:
        own = name or str(getattr(written, "__name__", ""))
        if not _NAME.fullmatch(own):
            raise NotAFunction(f"`{own}`: a name has small letters, digits and _")
        doc = inspect.getdoc(written)
        if not doc or not examples:
            raise NotAFunction(f"`{own}` has no {'examples' if doc else 'docstring'}: both stand in its page")
        hints = get_type_hints(written)
        readers, kinds = _arguments(own, written, hints, takes)
        given = gives or _given(own, hints.get("return"))
        for example in examples:
            if not kinds[-1].endswith("*") and len(example.arguments) != len(kinds):
                raise NotAFunction(f"`{own}` takes {len(kinds)}, and an example has {len(example.arguments)}")
        forward = _reading(written, readers) if any(reader is not None for reader in readers) else written
        doc = " ".join(doc.split())
        return Function(own, doc, kinds, given, forward, _texts(own, back, len(kinds)), tuple(examples), tuple(fills))

    return declare


# --- arguments


_Read = Callable[[Any], Any]


def _arguments(
    name: str, written: Callable[..., Any], hints: Mapping[str, Any], takes: Sequence[str] | None
) -> tuple[list[_Read | None], tuple[str, ...]]:
    """How each is read (None: as it is), and the datatypes."""
    parameters = list(inspect.signature(written).parameters.values())
    if not parameters or any(one.kind in {one.KEYWORD_ONLY, one.VAR_KEYWORD} for one in parameters):
        raise NotAFunction(f"`{name}` takes its arguments by place, and at least one")
    if takes is not None and len(takes) != len(parameters):
        raise NotAFunction(f"`{name}` has {len(parameters)} parameters, and `takes` names {len(takes)}")
    kinds: list[str] = []
    readers: list[_Read | None] = []
    for at, parameter in enumerate(parameters):
        kind, reader = _argument(name, parameter, hints.get(parameter.name))
        kinds.append(_datatype(name, takes[at]) if takes is not None else kind)
        readers.append(reader)
    return readers, tuple(kinds)


def _argument(name: str, parameter: inspect.Parameter, hint: Any) -> tuple[str, _Read | None]:
    kind, optional = _plain(hint)
    star = "*" if parameter.kind is parameter.VAR_POSITIONAL else ""
    if kind is str:
        return "ST" + star, None
    if kind in {int, Decimal}:
        return "NM" + star, _number_reader(kind, optional=optional)
    if hasattr(kind, "model_validate") and hasattr(kind, "get_resource_type"):
        return str(kind.get_resource_type()), _model_reader(kind)
    if hint in {Any, dict} or get_origin(hint) is dict:
        return "ST" + star, None
    raise NotAFunction(f"`{name}`: `{parameter.name}` is annotated with str, int, Decimal or a model of fhir.resources")


def _plain(hint: Any) -> tuple[Any, bool]:
    """`int | None` is int, and may be absent."""
    if get_origin(hint) in {Union, UnionType}:
        others = [one for one in get_args(hint) if one is not NoneType]
        return (others[0] if len(others) == 1 else None), len(others) < len(get_args(hint))
    return hint, False


def _datatype(name: str, kind: str) -> str:
    found = _COMPONENT.fullmatch(kind)
    if found is None:
        return kind
    definition = dictionary.datatype(_USUAL, found[1])
    component = definition.component(int(found[2])) if definition is not None else None
    if component is None:
        raise NotAFunction(f"`{name}`: HL7 has no {kind}")
    return component.datatype


def _number_reader(kind: type, *, optional: bool) -> _Read:
    def read(text: str) -> int | Decimal | None:
        text = text.strip()
        if not text and optional:
            return None
        if not _NUMBER.fullmatch(text) or (kind is int and "." in text):
            raise Unreadable("not a whole number" if kind is int else "not a number")
        return int(text) if kind is int else Decimal(text)

    return read


def _model_reader(model: Any) -> _Read:
    """Built only where a function asks for it. pydantic's own text carries values, and is left behind."""

    def read(value: Any) -> Any:
        try:
            return model.model_validate(value)
        except (ValueError, TypeError, RecursionError):
            raise Unreadable(f"not a {model.get_resource_type()} as FHIR has it") from None

    return read


def _reading(written: Callable[..., Any], readers: Sequence[_Read | None]) -> Callable[..., Any]:
    """The last reader also reads what stands behind a `*`."""

    def call(*arguments: Any) -> Any:
        own = [readers[min(at, len(readers) - 1)] for at in range(len(arguments))]
        return written(*(argument if reader is None else reader(argument) for reader, argument in zip(own, arguments, strict=True)))

    return call


# --- what it gives, and the way back


def _given(name: str, hint: Any) -> str:
    kind, _ = _plain(hint)
    found = _GIVES.get(kind) if isinstance(kind, type) else None
    if found is None:
        raise NotAFunction(f"`{name}`: say with `gives` which FHIR type it gives; it gives plain values")
    return found


def _texts(name: str, back: Back | None, count: int) -> Callable[[Any], tuple[str, ...]] | None:
    if back is None:
        return None
    if len(inspect.signature(back).parameters) != 1:
        raise NotAFunction(f"`{name}`: the way back takes the value, and nothing else")

    def texts(value: Any) -> tuple[str, ...]:
        found = back(value)
        if isinstance(found, tuple):
            return found
        return ("" if found is None else str(found), *[""] * (count - 1))

    return texts
