"""YAML as nodes with places, and nothing of YAML that surprises: no aliases, no tags, no types by look (`no`, `010`, dates).

https://yaml.org/spec/1.2.2/ is read by libyaml, event by event, so that depth and size are bounded before anything is built.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

import yaml

from hub.core.diagnostics import Code, Diagnostic, Span
from hub.mapping.codes import tests as codes

__all__ = ["Items", "Node", "Pairs", "Scalar", "read_yaml"]

MAX_CHARACTERS: Final = 500_000
MAX_DEPTH: Final = 64
_ODD_BREAK: Final = re.compile("[\x85\u2028\u2029]|\r(?!\n)")
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Scalar:
    """text: as it was written, whatever it looks like. style: None for a plain one, else its sign: ' " | >. start, end: offsets."""

    text: str
    style: str | None
    span: Span
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Items:
    items: tuple[Node, ...]
    span: Span
    start: int
    end: int
    flow: bool = False


@dataclass(frozen=True, slots=True)
class Pairs:
    """flow: written in braces."""

    pairs: tuple[tuple[Scalar, Node], ...]
    span: Span
    start: int
    end: int
    flow: bool = False

    def find(self, name: str) -> Node | None:
        return next((value for key, value in self.pairs if key.text == name), None)


Node = Scalar | Items | Pairs


class _Refused(Exception):
    def __init__(self, code: Code, detail: str, at: int) -> None:
        super().__init__(detail)
        self.code, self.detail, self.at = code, detail, at


def read_yaml(path: str, text: str) -> Node | Diagnostic | None:
    """The one document of the file; None where it is empty. Never raises."""
    places = _Places(path, text)
    if len(text) > MAX_CHARACTERS:
        return Diagnostic(codes.TOO_MUCH, f"{len(text):,} characters", Span(path, 1, 1))
    odd = _ODD_BREAK.search(text)
    if odd is not None:
        detail = f"U+{ord(odd[0]):04X} ends a line for some programs and not for others"
        return Diagnostic(
            codes.NOT_YAML, detail, places.span(odd.start(), odd.end()), fix="in a text in double quotes it is written `\\u2028`"
        )
    try:
        return _build(places, text)
    except _Refused as refused:
        return Diagnostic(refused.code, refused.detail, places.span(refused.at, refused.at + 1))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        at = mark.index if mark is not None else getattr(error, "position", 0) or 0
        problem = str(getattr(error, "problem", None) or "a character that YAML does not allow")
        fix = "a text with `: ` in it stands in quotes, or in a block: `v2: |`" if problem.startswith("mapping values") else None
        return Diagnostic(codes.NOT_YAML, problem, places.span(at, at + 1), fix=fix)
    except UnicodeEncodeError as error:
        return Diagnostic(codes.NOT_YAML, "half a character", places.span(error.start, error.start + 1))


class _Places:
    """Offsets to lines and columns. Lines end as they do for an editor, at a line feed."""

    def __init__(self, path: str, text: str) -> None:
        self._path = path
        self._text = text
        self._starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))][:-1]

    def span(self, start: int, end: int) -> Span:
        start = max(0, min(start, len(self._text)))
        line = bisect_right(self._starts, start)
        begins = self._starts[line - 1]
        ends = self._text.find("\n", start)
        length = min(end, ends if ends >= 0 else len(self._text)) - start
        return Span(self._path, line, start - begins + 1, max(1, length))


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come yet. key: of the pair that is being read."""

    is_pairs: bool
    start: int
    flow: bool
    items: list[Node]
    pairs: list[tuple[Scalar, Node]]
    key: Scalar | None = None


def _build(places: _Places, text: str) -> Node | None:
    found: Node | None = None
    around: list[_Open] = []
    for event in _events(text):
        start, end = _at(event.start_mark), _at(event.end_mark)
        if isinstance(event, yaml.CollectionStartEvent):
            around.append(_open(event, start, len(around)))
            continue
        if isinstance(event, yaml.CollectionEndEvent):
            found = _close(around.pop(), places, end)
        elif isinstance(event, yaml.ScalarEvent):
            found = Scalar(event.value, event.style or None, places.span(start, end), start, end)
        else:
            continue
        if around:
            _put(around[-1], found)
    return found


def _open(event: yaml.CollectionStartEvent, start: int, depth: int) -> _Open:
    if depth >= MAX_DEPTH:
        raise _Refused(codes.TOO_MUCH, f"more than {MAX_DEPTH} levels deep", start)
    return _Open(isinstance(event, yaml.MappingStartEvent), start, bool(event.flow_style), [], [])


def _at(mark: object) -> int:
    """Of libyaml's marks and those of PyYAML itself."""
    return int(getattr(mark, "index", 0))


def _events(text: str) -> Iterator[yaml.Event]:
    documents = 0
    for event in yaml.parse(text, Loader=_LOADER):
        documents += isinstance(event, yaml.DocumentStartEvent)
        if documents > 1:
            raise _Refused(codes.WRONG_VALUE, "a second document: a test file has one", _at(event.start_mark))
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) or getattr(event, "tag", None):
            raise _Refused(codes.NO_ALIASES, "an anchor, an alias or a tag", _at(event.start_mark))
        yield event


def _close(opened: _Open, places: _Places, end: int) -> Node:
    """A block ends in libyaml where the next thing begins: the end is that of its last value."""
    last: Node | None = opened.items[-1] if opened.items else opened.pairs[-1][1] if opened.pairs else None
    end = end if opened.flow or last is None else last.end
    span = places.span(opened.start, end)
    if opened.is_pairs:
        return Pairs(tuple(opened.pairs), span, opened.start, end, opened.flow)
    return Items(tuple(opened.items), span, opened.start, end, opened.flow)


def _put(around: _Open, node: Node) -> None:
    if not around.is_pairs:
        around.items.append(node)
    elif around.key is not None:
        around.pairs.append((around.key, node))
        around.key = None
    elif isinstance(node, Scalar):
        around.key = node
    else:
        raise _Refused(codes.WRONG_VALUE, "a key is a name", node.start)
