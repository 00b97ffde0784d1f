"""`calder map test --update`: what comes out now, written into a `*.test.yaml` in the place of what was expected.

Only that place changes: comments and the order of the file stay. A test that names some elements goes on naming those.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from hub.core.json import Json, render_json
from hub.mapping.test.alignment import align
from hub.mapping.test.runner import Verdict
from hub.mapping.test.test_files import Side, WrittenFile, WrittenTest
from hub.mapping.test.yaml_nodes import Items, Pairs, Scalar
from hub.mapping.test.yaml_text import render_flow, render_lines, render_value

__all__ = ["Update", "is_updatable", "update_file"]


_LONGEST: Final = 120  # in braces; what is longer stands better in lines


@dataclass(frozen=True, slots=True)
class Update:
    """text: of the test file. beside: the files it names, by their names. tests: those that were written."""

    text: str
    beside: dict[str, str]
    tests: tuple[WrittenTest, ...]


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    text: str


def is_updatable(verdict: Verdict) -> bool:
    """Not what is refused, not where the refusal is what the test is about, and not what is right already."""
    case = verdict.test
    if verdict.found is None or case.refused is not None or verdict.passed:
        return False
    if not case.expects:
        return True
    if case.backward:
        return bool(case.v2)
    return case.has_fhir and render_json(_expectation(verdict)) != render_json(case.fhir)


def update_file(file: WrittenFile, verdicts: Sequence[tuple[WrittenTest, Verdict]]) -> Update:
    edits: list[_Edit] = []
    beside: dict[str, str] = {}
    written: list[WrittenTest] = []
    for test, verdict in verdicts:
        if not is_updatable(verdict):
            continue
        side = test.v2 if verdict.test.backward else test.fhir
        if side.file is not None:
            beside[side.file] = _file_text(verdict)
        elif (edit := _edit(file.text, test, side, verdict)) is not None:
            edits.append(edit)
        else:
            continue
        written.append(test)
    text = file.text
    newline = "\r\n" if "\r\n" in text else "\n"
    for edit in sorted(edits, key=lambda one: one.start, reverse=True):
        gap = " " if text[edit.end : edit.end + 1] == "#" else ""  # a comment that touches what was there
        text = text[: edit.start] + edit.text.replace("\n", newline) + gap + text[edit.end :]
    return Update(text, beside, tuple(written))


def _file_text(verdict: Verdict) -> str:
    if verdict.test.backward:
        return str(verdict.found)
    return msgspec.json.format(render_json(_expectation(verdict)), indent=2).decode() + "\n"


def _edit(text: str, test: WrittenTest, side: Side, verdict: Verdict) -> _Edit | None:
    node, indent = side.node, test.node.span.column - 1
    if test.node.flow:
        indent = 0
    if node is None:
        return _added(text, test, verdict, indent)
    if isinstance(node, Scalar) and node.style is None and not node.text:
        return _Edit(node.start, node.start, _behind_key(verdict, indent + 2))
    if isinstance(node, Pairs | Items) and not node.flow:
        return _Edit(node.start, node.end, _value(verdict, node.span.column - 1))
    end = node.start + len(text[node.start : node.end].rstrip())
    if isinstance(node, Pairs | Items) or test.node.flow:
        line = _in_line(verdict)
        if test.node.flow or len(line) <= _LONGEST:
            return _Edit(node.start, end, line)
        return _Edit(len(text[: node.start].rstrip(" ")), end, _behind_key(verdict, indent + 2))
    if not verdict.test.backward:  # JSON in a block
        return _Edit(node.start, end, "|" + ("\n" + _file_text(verdict).rstrip()).replace("\n", "\n" + " " * (indent + 2)))
    return _Edit(node.start, end, _value(verdict, indent + 2))


def _added(text: str, test: WrittenTest, verdict: Verdict, indent: int) -> _Edit:
    """Below the last line of the test."""
    name = "v2" if verdict.test.backward else "fhir"
    end = test.node.start + len(text[test.node.start : test.node.end].rstrip())
    if test.node.flow:
        return _Edit(end - 1, end - 1, f", {name}: {_in_line(verdict)}")
    line_end = text.find("\n", end)
    at = len(text) if line_end < 0 else line_end - text[:line_end].endswith("\r")
    return _Edit(at, at, f"\n{' ' * indent}{name}:{_behind_key(verdict, indent + 2)}")


def _behind_key(verdict: Verdict, indent: int) -> str:
    value = _value(verdict, indent)
    is_block = not verdict.test.backward and isinstance(verdict.found, dict | list)
    return f"\n{' ' * indent}{value}" if is_block else f" {value}"


def _value(verdict: Verdict, indent: int) -> str:
    if verdict.test.backward:
        return render_lines(_lines(verdict), indent)
    return render_value(_expectation(verdict), indent)


def _in_line(verdict: Verdict) -> str:
    return render_flow("\n".join(_lines(verdict)) if verdict.test.backward else _expectation(verdict))


def _lines(verdict: Verdict) -> list[str]:
    return [line for line in str(verdict.found).replace("\n", "\r").split("\r") if line] or [""]


# --- what the test goes on naming


def _expectation(verdict: Verdict) -> Json:
    case = verdict.test
    return verdict.found if case.whole or not case.has_fhir else _named(case.fhir, verdict.found)


def _named(expected: Json, found: Json) -> Json:
    """Of what was found, the elements that the test names; a list whole, each item as far as the test names it."""
    match expected, found:
        case dict(), dict():
            kept = {name: _named(value, found[name]) for name, value in expected.items() if name in found}
            return kept or found
        case list(), list():
            pairs = align(expected, found, _unlike, lambda _: 1)
            return [found[right] if left is None else _named(expected[left], found[right]) for left, right in pairs if right is not None]
        case _:
            return found


def _unlike(left: Json, right: Json) -> int | None:
    if isinstance(left, dict) and isinstance(right, dict):
        if left.get("resourceType") != right.get("resourceType"):
            return None
        return sum(bool(right.get(name) != value) for name, value in left.items())
    return int(bool(left != right))
