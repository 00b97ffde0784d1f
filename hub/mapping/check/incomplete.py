"""Checking maps of which some lines could not be read: what is said of the rest must not be a guess about those lines.

A row that cannot be read fills an element, has a name, uses a table; a map whose first line cannot be read is called by others. So what
says that something is *not there* is left out, and everything else is reported at once with the mistakes of reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from hub.core.diagnostics import Code, Diagnostic, Span
from hub.mapping.codes import check as codes
from hub.mapping.codes import check_rows as row_codes
from hub.mapping.codes.profiles import M331
from hub.mapping.syntax import Arrow
from hub.mapping.types.fhir import NO_RESOURCE

__all__ = ["without_guesses"]

_ROW: Final = frozenset({row_codes.M233, row_codes.M238, row_codes.M260})
_DECLARATION: Final = frozenset({row_codes.M232, row_codes.M238, row_codes.M260, row_codes.M291})
_LEFT_OUT: Final = frozenset({row_codes.M260})
# By the first word of the line, what it could have answered in its own file; other words begin rows.
_BY_WORD: Final = {"let": _DECLARATION, "param": _DECLARATION, "given": _DECLARATION, "drop": _LEFT_OUT, "keep": _LEFT_OUT}
_ANYWHERE: Final = frozenset({codes.M220, row_codes.M236, row_codes.M237, row_codes.M239, row_codes.M240, row_codes.M280, row_codes.M290})
_OF_A_MAP: Final = frozenset({codes.M210, codes.M211, row_codes.M230})


def without_guesses(found: Iterable[Diagnostic], unread: Iterable[Diagnostic], texts: Mapping[str, str]) -> tuple[Diagnostic, ...]:
    """found: of `check`. unread: of reading; where none of it is an error, everything stays. texts: the files by name."""
    errors = [one.span for one in unread if one.is_error and one.span is not None]
    if not errors:
        return tuple(found)
    anywhere, of_file = frozenset[Code](), dict[str, frozenset[Code]]()
    for span in errors:
        line = _line(span, texts)
        if span.file.endswith(".json"):
            anywhere |= {M331}  # it may be the profile that a map names
        elif span.file.endswith(".map") and not line.startswith("test "):
            of_file[span.file] = of_file.get(span.file, frozenset()) | _lost(line)
            anywhere |= _ANYWHERE | (_OF_A_MAP if _begins_a_map(line) else frozenset())
    return tuple(one for one in found if one.code not in anywhere and not (one.span and _in_doubt(one, of_file.get(one.span.file))))


def _in_doubt(one: Diagnostic, lost: frozenset[Code] | None) -> bool:
    """In a message map, what is no resource may be the name of a row that could not be read."""
    return lost is not None and (one.code in lost or (one.code is codes.M205 and NO_RESOURCE in one.detail))


def _lost(line: str) -> frozenset[Code]:
    """A line at the left edge begins a map, whatever it looks like. A row may be named `given`: it has an arrow."""
    words = line.split(maxsplit=1)
    if not words or _begins_a_map(line) or words[0] == "each":
        return _ROW | _DECLARATION | _LEFT_OUT
    return _ROW if any(arrow in line for arrow in Arrow) else _BY_WORD.get(words[0], _ROW)


def _begins_a_map(line: str) -> bool:
    return line[:1] not in (" ", "\t")


def _line(span: Span, texts: Mapping[str, str]) -> str:
    lines = texts.get(span.file, "").split("\n", span.line)
    return lines[span.line - 1] if span.line <= len(lines) else ""
