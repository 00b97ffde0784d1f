"""Calling a registered function, both ways: raw texts of fields to its arguments, and what it gives back to raw texts.

A simple type gets the text unescaped; a complex one (HD) its components with HL7's usual delimiters. Several arguments for a function that
takes one complex value are its components: `authority_system(EI.2, EI.3, EI.4)`. `ST*` takes every repetition. What is absent is "".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Final

from hub.codec.hl7v2 import DEFAULT_ENCODING, HL7_NULL, dictionary, escape, unescape
from hub.core.json import Json
from hub.fhir.elements import is_primitive
from hub.mapping.codes.run import FUNCTION_REFUSED, NOT_WRITABLE
from hub.mapping.registry import Function, Unreadable
from hub.mapping.running import Place, Run
from hub.mapping.values.primitives import Misread

_CODES: Final = frozenset({"code", "uri"})  # what they give is one text, so it may be given again
CallForward = Callable[[Run, Sequence[str], Place], Json]

__all__ = ["CallForward", "call_back", "call_forward", "is_simple", "placed"]


@lru_cache(maxsize=512)
def is_simple(v2_type: str) -> bool:
    """Has the type no components? Functions name their types in the words of 2.5."""
    definition = dictionary.datatype("2.5", v2_type)
    return definition is None or definition.is_primitive


def placed(error: Misread, place: Place) -> Misread:
    if error.place is None:
        error.place = place
    return error


def call_forward(function: Function) -> CallForward:
    """From raw texts of fields. None where the function has nothing to say."""
    forward, takes = function.forward, function.takes
    joined = len(takes) == 1 and not is_simple(takes[0])
    simple = [is_simple(kind.rstrip("*")) for kind in takes]
    every = bool(takes) and takes[-1].endswith("*")
    if len(takes) == 1 and not every and not joined and forward is not None:
        return _call_with_text(_remembered(forward) if function.gives in _CODES else forward)

    def call(run: Run, raws: Sequence[str], place: Place) -> Json:
        if forward is None:
            return None
        if joined:
            arguments: list[str] = [_standard(run, raws[0]) if len(raws) == 1 else _joined(run, raws)]
        elif every:
            arguments = [run.text_of(each) for raw in raws for each in raw.split(run.separators[0])]
        else:
            arguments = [run.text_of(raw) if plain else _standard(run, raw) for raw, plain in zip(raws, simple, strict=False)]
            arguments += [""] * (len(takes) - len(arguments))
        if not any(arguments):
            return None
        try:
            value = forward(*arguments)
        except Unreadable as error:
            raise placed(error if isinstance(error, Misread) else Misread(FUNCTION_REFUSED, str(error)), place) from None
        return None if value == "" else value

    return call


def _remembered(forward: Callable[[str], Json]) -> Callable[[str], Json]:
    """Functions are pure, and the same few codes and names of systems come with every message."""
    return lru_cache(maxsize=1024)(forward)


def _call_with_text(forward: Callable[..., Json]) -> CallForward:
    """The usual function, of one text."""

    def call(run: Run, raws: Sequence[str], place: Place) -> Json:
        raw = raws[0]
        text = raw if raw.isalnum() else run.text_of(raw)
        if not text:
            return None
        try:
            value = forward(text)
        except Unreadable as error:
            raise placed(error if isinstance(error, Misread) else Misread(FUNCTION_REFUSED, str(error)), place) from None
        return None if value == "" else value

    return call


def _joined(run: Run, raws: Sequence[str]) -> str:
    return "^".join(escape(run.text_of(raw)) for raw in raws).rstrip("^")


def _standard(run: Run, raw: str) -> str:
    """With HL7's usual delimiters, whatever the message has."""
    if raw == HL7_NULL:
        return ""
    encoding = run.encoding
    if (encoding.component, encoding.subcomponent, encoding.escape) == ("^", "&", "\\"):
        return raw
    parts = [
        "&".join(escape(unescape(part, encoding, run.charset)) for part in component.split(encoding.subcomponent))
        for component in raw.split(encoding.component)
    ]
    return "^".join(parts)


def call_back(function: Function, count: int) -> Callable[[Run, Json], list[str]]:
    """To the raw texts of `count` arguments, in their order. Raises Misread where there is no way back."""
    back, takes = function.back, function.takes
    joined = len(takes) == 1 and not is_simple(takes[0])
    every = bool(takes) and takes[-1].endswith("*")
    wanted = _json_types(function.gives)

    def call(run: Run, value: Json) -> list[str]:
        if back is None:
            return []
        if not isinstance(value, wanted):
            raise Misread(NOT_WRITABLE, f"the function gives a {function.gives}")
        try:
            texts = back(value)
        except Unreadable as error:
            raise error if isinstance(error, Misread) else Misread(NOT_WRITABLE, str(error)) from None
        if joined:
            parts = [unescape(part) for part in texts[0].split("^")]
            return [_own(run, texts[0])] if count == 1 else [run.raw_of(part) for part in (parts + [""] * count)[:count]]
        if every:
            return [run.separators[0].join(run.raw_of(text) for text in texts)]
        return [run.raw_of(text) if is_simple(kind) else _own(run, text) for text, kind in zip(texts, takes, strict=False)]

    return call


def _json_types(fhir_type: str) -> tuple[type, ...]:
    if not is_primitive(fhir_type):
        return (dict,)
    return {"boolean": (bool,), "decimal": (int, Decimal), "integer": (int,), "positiveInt": (int,), "unsignedInt": (int,)}.get(
        fhir_type, (str,)
    )


def _own(run: Run, text: str) -> str:
    """From HL7's usual delimiters to the message's."""
    if run.encoding == DEFAULT_ENCODING:
        return text
    encoding = run.encoding
    parts = [encoding.subcomponent.join(run.raw_of(unescape(part)) for part in component.split("&")) for component in text.split("^")]
    return encoding.component.join(parts)
