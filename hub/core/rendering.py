"""A diagnostic as people read it: code, title, the line it stands in with carets, and the next step.

    error[M203]: a repetition into a single element
      ┌─ mappings/hl7v2/segments/pid.map:14:12
    14│ number   PID-3  ->  birthDate
      │          ^^^^^ 0..* in v2.5.1
      │                     --------- 0..1 in Patient
      = fix: say `[first]` or `[last]`

Carets mark the place, dashes its notes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from hub.core.diagnostics import Diagnostic, Severity, Span

_WIDTH = 120
_BEFORE = 30  # what is kept left of the span when a long line is cut
_WORDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFORMATION: "note"}


@dataclass(frozen=True, slots=True)
class _Mark:
    span: Span
    sign: str
    text: str


def render_diagnostic(diagnostic: Diagnostic, texts: Mapping[str, str]) -> str:
    """Without a line break at the end. texts: file to text; a file that is not there is named without its line."""
    head = f"{_WORDS[diagnostic.severity]}[{diagnostic.code.name}]: {diagnostic.code.title}"
    marks = [_Mark(note.span, "-", note.text) for note in diagnostic.notes]
    if diagnostic.span is not None:
        marks.insert(0, _Mark(diagnostic.span, "^", diagnostic.detail))
    gutter = max([len(str(mark.span.line)) for mark in marks], default=2)
    rendered = [head]
    for file in dict.fromkeys(mark.span.file for mark in marks):
        rendered += _render_file([mark for mark in marks if mark.span.file == file], texts.get(file), gutter)
    if diagnostic.span is None:
        rendered.append(f"{'':{gutter}}= {diagnostic.detail}")
    if diagnostic.place is not None:
        rendered.append(f"{'':{gutter}}= at: {diagnostic.place}")
    if diagnostic.fix is not None:
        rendered.append(f"{'':{gutter}}= fix: {diagnostic.fix}")
    return "\n".join(rendered)


def _render_file(marks: list[_Mark], text: str | None, gutter: int) -> list[str]:
    first = marks[0].span
    rendered = [f"{'':{gutter}}┌─ {first.file}:{first.line}:{first.column}"]
    before = 0
    for line, here in groupby(sorted(marks, key=lambda mark: (mark.span.line, mark.sign != "^", mark.span.column)), lambda m: m.span.line):
        if before and line > before + 1:
            rendered.append(f"{'':{gutter}}·")
        rendered += _render_line(line, list(here), _line_of(text, line), gutter)
        before = line
    return rendered


def _line_of(text: str | None, number: int) -> str | None:
    if text is None:
        return None
    lines = text.removeprefix("\ufeff").split("\n", number)
    return lines[number - 1].removesuffix("\r") if number <= len(lines) else ""


def _render_line(number: int, marks: list[_Mark], line: str | None, gutter: int) -> list[str]:
    if line is None:
        return [f"{'':{gutter}}│ {mark.text}" for mark in marks]
    shown, offset = _cut(line, marks[0].span)
    rendered = [f"{number:>{gutter}}│ {_printable(shown)}".rstrip()]
    for mark in marks:
        start = max(0, mark.span.column - 1 - offset)
        length = max(1, min(mark.span.length, len(shown) - start))
        left, under = _columns(shown[:start]), _columns(shown[start : start + length]) or 1
        rendered.append(f"{'':{gutter}}│ {' ' * left}{mark.sign * under} {mark.text}".rstrip())
    return rendered


def _cut(line: str, span: Span) -> tuple[str, int]:
    """The part of a long line around the span, and how many characters were cut before it."""
    if len(line) <= _WIDTH:
        return line, 0
    start = max(0, min(span.column - 1 - _BEFORE, len(line) - _WIDTH)) if span.column + span.length > _WIDTH else 0
    return line[start : start + _WIDTH], start


def _printable(line: str) -> str:
    """Tabs as one blank; nothing that a terminal would obey."""
    return "".join(" " if sign == "\t" else sign if _is_printable(sign) else "\ufffd" for sign in line)


def _is_printable(sign: str) -> bool:
    return unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _columns(text: Iterable[str]) -> int:
    """How wide a text stands on a terminal."""
    return sum(0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
