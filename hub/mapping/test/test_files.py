"""`*.test.yaml`: tests of maps, in files of their own. docs/mapping-language.md, "Tests".

map: pid
tests:
  - name: a patient of the Infirmary
    v2: PID|1||9990000018^^^NHS^NH||Ramsbottom^Elsie||19401207|F
    fhir: {birthDate: 1940-12-07, gender: female}
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from hub.codec.hl7v2 import dictionary
from hub.core.diagnostics import Code, Diagnostic, Span
from hub.core.suggest import suggest
from hub.mapping.codes import tests as codes
from hub.mapping.test.yaml_nodes import Items, Node, Pairs, Scalar, read_yaml

__all__ = ["Beside", "WrittenFile", "WrittenTest", "read_test_file"]

Beside = Callable[[str], str | None]  # the text of a file, by its name from the folder of the test file

_OF_FILE: Final = ("map", "source", "version", "given", "params", "tests")
_OF_TEST: Final = ("name", "map", "source", "version", "given", "params", "v2", "fhir", "refused", "round_trip", "whole")
_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Side:
    """One of `v2` and `fhir`. node: None where it is not there. file, text: of the file that is named instead."""

    node: Node | None = None
    file: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class _Settings:
    """What stands at the top of the file for all tests, and in one for itself."""

    map: Scalar | None
    source: Scalar | None
    version: str | None
    givens: tuple[tuple[str, str], ...]
    params: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class WrittenTest:
    """One item of `tests`, before it is known what its map makes. node: for writing it anew."""

    name: str
    map: Scalar | None
    source: Scalar | None
    version: str | None
    givens: tuple[tuple[str, str], ...]
    params: tuple[tuple[str, str], ...]
    v2: Side
    fhir: Side
    refused: str | None
    round_trip: bool
    whole: bool
    backward: bool
    node: Pairs
    span: Span


@dataclass(frozen=True, slots=True)
class WrittenFile:
    path: str
    text: str
    tests: tuple[WrittenTest, ...]
    diagnostics: tuple[Diagnostic, ...]


def read_test_file(path: str, text: str, beside: Beside) -> WrittenFile:
    """Never raises. A test that cannot be read is reported and left out; up to 20 diagnostics, in the order of the file."""
    text = text.removeprefix("\ufeff")
    node = read_yaml(path, text)
    if isinstance(node, Diagnostic):
        return WrittenFile(path, text, (), (node,))
    reading = _Reading(path, beside)
    tests = tuple(reading.read(node))
    ordered = sorted(reading.diagnostics, key=lambda one: (one.span.line, one.span.column) if one.span else (0, 0))
    return WrittenFile(path, text, tests, tuple(ordered[:_MOST]))


@dataclass(slots=True)
class _Reading:
    path: str
    beside: Beside
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def report(self, code: Code, detail: str, span: Span, fix: str | None = None) -> None:
        self.diagnostics.append(Diagnostic(code, detail, span, fix=fix))

    def read(self, node: Node | None) -> Iterator[WrittenTest]:
        if not isinstance(node, Pairs):
            where = Span(self.path, 1, 1) if node is None else node.span
            self.report(codes.NOTHING_TO_CONVERT, "no `tests:` in this file", where, "`map: NAME` and `tests:` begin it")
            return
        whole = self._keys(node, _OF_FILE)
        settings = self._settings(whole)
        tests = whole.get("tests")
        if not isinstance(tests, Items):
            if not self.diagnostics:
                where = node.span if tests is None else tests.span
                self.report(codes.NOTHING_TO_CONVERT, "`tests` is a list", where, "each test behind `- `")
            return
        for item in tests.items:
            before = len(self.diagnostics)
            test = self._test(item, settings)
            if test is not None and len(self.diagnostics) == before:
                yield test

    def _settings(self, keys: dict[str, Node]) -> _Settings:
        return _Settings(
            self._text(keys.get("map")),
            self._text(keys.get("source")),
            self._version(keys.get("version")),
            self._names(keys.get("given")),
            self._names(keys.get("params")),
        )

    def _keys(self, node: Pairs, known: tuple[str, ...]) -> dict[str, Node]:
        found: dict[str, Node] = {}
        for key, value in node.pairs:
            if key.text not in known:
                near = suggest(key.text, known)
                self.report(codes.UNKNOWN_KEY, "not a key of this block", key.span, f"did you mean `{near}`?" if near else None)
            elif key.text in found:
                self.report(codes.KEY_TWICE, f"`{key.text}` stands above as well", key.span)
            else:
                found[key.text] = value
        return found

    def _test(self, node: Node, around: _Settings) -> WrittenTest | None:
        if not isinstance(node, Pairs):
            self.report(codes.NOTHING_TO_CONVERT, "a test has keys: `name`, `v2`, `fhir`", node.span)
            return None
        keys = self._keys(node, _OF_TEST)
        own = self._settings(keys)
        name = self._text(keys.get("name"))
        if name is None:
            self.report(codes.NOTHING_TO_CONVERT, "the test has no name", node.span, "`name:` says what it shows")
        sides = [key.text for key, _ in node.pairs if key.text in {"v2", "fhir"}]
        if not sides:
            self.report(codes.NOTHING_TO_CONVERT, "it converts nothing", node.span, "add `v2:`")
        return WrittenTest(
            name.text if name is not None else "",
            own.map or around.map,
            own.source or around.source,
            own.version or around.version,
            around.givens + own.givens,
            around.params + own.params,
            self._v2(keys.get("v2")),
            self._side(keys.get("fhir")),
            self._matching(keys.get("refused"), r"[A-Z]\d{3}", "the code of a diagnostic, as M407"),
            self._matching(keys.get("round_trip"), "exact", "`exact`") is not None,
            self._matching(keys.get("whole"), "true|false", "`true` or `false`") == "true",
            backward=sides[:1] == ["fhir"],
            node=node,
            span=node.span if name is None else name.span,
        )

    def _text(self, node: Node | None) -> Scalar | None:
        if node is None or (isinstance(node, Scalar) and node.text.strip()):
            return node
        self.report(codes.WRONG_VALUE, "one text belongs here", node.span)
        return None

    def _matching(self, node: Node | None, pattern: str, wanted: str) -> str | None:
        if node is None:
            return None
        if isinstance(node, Scalar) and re.fullmatch(pattern, node.text, re.ASCII):
            return node.text
        self.report(codes.WRONG_VALUE, f"here belongs {wanted}", node.span)
        return None

    def _version(self, node: Node | None) -> str | None:
        if node is None or (isinstance(node, Scalar) and node.text in dictionary.VERSIONS):
            return node.text if isinstance(node, Scalar) else None
        self.report(codes.WRONG_VALUE, f"the versions are {', '.join(dictionary.VERSIONS)}", node.span)
        return None

    def _names(self, node: Node | None) -> tuple[tuple[str, str], ...]:
        if node is None:
            return ()
        if isinstance(node, Pairs) and all(isinstance(value, Scalar) for _, value in node.pairs):
            return tuple((key.text, value.text) for key, value in node.pairs if isinstance(value, Scalar))
        self.report(codes.WRONG_VALUE, "names with one value each belong here", node.span)
        return ()

    def _v2(self, node: Node | None) -> Side:
        side = self._side(node)
        if isinstance(node, Scalar) and node.style == ">":
            self.report(codes.WRONG_VALUE, "`>` would put all segments into one line", node.span, "`|`")
        elif side.file is None and not isinstance(node, Scalar | None):
            self.report(codes.WRONG_VALUE, "a text belongs here, or `{file: NAME}`", node.span)
        return side

    def _side(self, node: Node | None) -> Side:
        """`{file: x.hl7}` is the text of that file."""
        if not isinstance(node, Pairs) or len(node.pairs) != 1 or node.pairs[0][0].text != "file":
            return Side(node)
        name = self._text(node.pairs[0][1])
        text = self.beside(name.text) if name is not None else None
        if name is not None and text is None:
            self.report(codes.NO_FILE, "not there, too large, not UTF-8, or outside the folder of the tests", name.span)
        return Side(node, name.text if name is not None else None, text)
