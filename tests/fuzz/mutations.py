"""Inputs made from inputs: bytes, words and lines are taken out, doubled, exchanged; two inputs are spliced. JSON is changed as a tree."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from typing import Any

Mutate = Callable[[random.Random, str, str, Sequence[str]], str]  # chance, the input, another one, words

SIGNS = [
    "\n",
    "\r",
    "\t",
    " ",
    "\x00",
    "\x1c",
    "\x85",
    "\u2028",
    "\ufeff",
    "\ud800",
    "é",
    "\U0001f600",
    '"',
    "'",
    "\\",
    "|",
    "^",
    "~",
    "&",
    "#",
    "-",
    "0",
    "9" * 30,
    "-1",
]
_WORD = re.compile(r"\w+|\s+|[^\w\s]")


def mutate_text(chance: random.Random, text: str, other: str, words: Sequence[str]) -> str:
    for _ in range(chance.choice((1, 1, 2, 3, 6))):
        text = chance.choice(_TEXT)(chance, text, other, words)
    return text[:60_000]


def _signs(chance: random.Random, text: str, _other: str, words: Sequence[str]) -> str:
    start = chance.randint(0, len(text))
    end = min(len(text), start + chance.choice((0, 0, 1, 1, 2, 8, 40)))
    return text[:start] + chance.choice((chance.choice(SIGNS), chance.choice(words), text[start:end] * 2, "")) + text[end:]


def _words(chance: random.Random, text: str, _other: str, words: Sequence[str]) -> str:
    found = list(_WORD.finditer(text))
    if not found:
        return chance.choice(words)
    one, another = chance.choice(found), chance.choice(found)
    put = chance.choice((chance.choice(words), another.group(), chance.choice(SIGNS), ""))
    return text[: one.start()] + put + text[one.end() :]


def _lines(chance: random.Random, text: str, other: str, _words: Sequence[str]) -> str:
    separator = "\r" if text.count("\r") > text.count("\n") else "\n"
    lines, others = text.split(separator), other.split(separator)
    at = chance.randrange(len(lines))
    match chance.randrange(6):
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, lines[chance.randrange(len(lines))])
        case 2:
            lines.insert(at, chance.choice(others))
        case 3:
            to = chance.randrange(len(lines))
            lines[at], lines[to] = lines[to], lines[at]
        case 4:
            lines[at] = " " * chance.choice((0, 1, 2, 4, 8)) + lines[at].lstrip(" ")
        case _:
            start = chance.randrange(len(others))
            lines[at:at] = others[start : start + chance.randint(1, 12)]
    return separator.join(lines)


def _splice(chance: random.Random, text: str, other: str, _words: Sequence[str]) -> str:
    return text[: chance.randint(0, len(text))] + other[chance.randint(0, len(other)) :]


_TEXT = (_signs, _signs, _words, _words, _words, _lines, _lines, _splice)


def mutate_message(chance: random.Random, text: str, other: str, words: Sequence[str]) -> str:
    """A message mostly stays one: fields and components are changed, rarely the header's delimiters."""
    if chance.random() < 0.15:
        return mutate_text(chance, text, other, words)
    for _ in range(chance.choice((1, 1, 2, 4, 10))):
        text = chance.choice((_field, _field, _field, _lines))(chance, text, other, words)
    return text[:60_000]


def _field(chance: random.Random, text: str, other: str, words: Sequence[str]) -> str:
    lines = text.split("\r")
    at = chance.randrange(len(lines))
    sign = chance.choice("|||^^~&")
    parts, others = lines[at].split(sign), chance.choice(other.split("\r")).split(sign)
    number = chance.randrange(len(parts)) if at else max(2, chance.randrange(len(parts))) if len(parts) > 2 else 0
    match chance.randrange(6):
        case 0 if number < len(parts):
            parts[number] = chance.choice(words)
        case 1 if number < len(parts):
            parts[number] = chance.choice(others)
        case 2:
            parts.insert(number, chance.choice((chance.choice(words), "", '""')))
        case 3 if number < len(parts) and (at or len(parts) > 3):
            del parts[number]
        case 4 if number < len(parts):
            parts[number] += chance.choice("^~&") + chance.choice(words)
        case _ if number < len(parts):
            parts[number] = mutate_text(chance, parts[number], chance.choice(others), words).replace("\r", "")
    lines[at] = sign.join(parts)
    return "\r".join(lines)


# --- JSON


def mutate_json(chance: random.Random, text: str, other: str, words: Sequence[str]) -> str:
    value, another = json.loads(text), json.loads(other)
    for _ in range(chance.choice((1, 1, 2, 4))):
        value = _change(chance, value, _somewhere(chance, another), words)
    return json.dumps(value)[:60_000] if len(json.dumps(value)) <= 60_000 else text


def _somewhere(chance: random.Random, value: Any) -> Any:
    while isinstance(value, dict | list) and value and chance.random() < 0.8:
        value = chance.choice(list(value.values()) if isinstance(value, dict) else value)
    return value


def _change(chance: random.Random, value: Any, other: Any, words: Sequence[str]) -> Any:
    """Somewhere in the value, mostly deep."""
    if isinstance(value, dict | list) and value and chance.random() < 0.85:
        copy: Any = dict(value) if isinstance(value, dict) else list(value)
        at = chance.choice(list(copy)) if isinstance(copy, dict) else chance.randrange(len(copy))
        match chance.randrange(8):
            case 0:
                del copy[at]
            case 1 if isinstance(copy, dict):
                copy[chance.choice(words)] = copy.pop(at)
            case 1 if isinstance(copy, list):
                copy.insert(at, copy[chance.randrange(len(copy))])
            case 2 if isinstance(copy, dict):
                copy[chance.choice(words)] = other
            case _:
                copy[at] = _change(chance, copy[at], other, words)
        return copy
    plain = [None, True, False, 0, -1, 10**30, 1.5, "", [], {}, [[]], chance.choice(words), chance.choice(SIGNS), other]
    return chance.choice([*plain, mutate_text(chance, value, "", words)] if isinstance(value, str) else plain)
