"""`test "title" of MAP` and the lines under it. Their v2 and JSON stand as they are: no comments, no quotes of the language."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from hub.core.diagnostics import Code, Diagnostic, Span
from hub.core.suggest import suggest
from hub.mapping.codes import syntax as codes
from hub.mapping.parse.cursor import Cursor, RefusedLine
from hub.mapping.parse.layout import Block
from hub.mapping.parse.lexer import Line, first_word, lex
from hub.mapping.parse.paths import parse_value
from hub.mapping.parse.rows import cursor_for, expect_end, parse_declared_name
from hub.mapping.syntax import Test

_WORDS = ("v2", "fhir", "given", "param", "refused", "round")


@dataclass(slots=True)
class _Parts:
    """A test while it is read. `first` is the side that stands first."""

    file: str
    head: Line
    first: str = ""
    v2: list[str] = field(default_factory=list)
    has_v2: bool = False
    fhir: list[str] = field(default_factory=list)
    fhir_places: list[tuple[int, int]] = field(default_factory=list)  # where each line of `fhir` begins: line, column
    fhir_span: Span | None = None
    givens: list[tuple[str, str]] = field(default_factory=list)
    params: list[tuple[str, str]] = field(default_factory=list)
    refused: str | None = None
    round_trip: bool = False
    open: str = ""  # the word whose text goes on in deeper lines


def parse_test(file: str, block: Block, maps: Mapping[str, Span] | None, above: str | None) -> tuple[Test | None, list[Diagnostic]]:
    """maps: the maps of this file, None where any map may be tested (beside an overlay).

    above: the name of the one above the test ("" when its head could not be read).
    """
    diagnostics: list[Diagnostic] = []
    parts = _Parts(file, block.head)
    title, name = "", above
    try:
        title, name, span = _head(file, block.head, maps, above)
    except RefusedLine as refused:
        diagnostics.append(refused.diagnostic)
        span = None
    indent = block.body[0].indent if block.body else 0
    for line in block.body:
        try:
            _read_line(parts, line, indent)
        except RefusedLine as refused:
            diagnostics.append(refused.diagnostic)
    if not diagnostics:
        diagnostics = _check(parts)
    if diagnostics or span is None:
        return None, diagnostics
    return _finish(parts, title, name or None, span), []


def _finish(parts: _Parts, title: str, name: str | None, span: Span) -> Test:
    return Test(
        title,
        name,
        tuple(parts.givens),
        tuple(parts.params),
        tuple(parts.v2),
        "\n".join(parts.fhir) if parts.fhir_span else None,
        parts.refused,
        parts.round_trip,
        span,
        parts.fhir_span,
        backward=parts.first == "fhir",
    )


def _head(file: str, line: Line, maps: Mapping[str, Span] | None, above: str | None) -> tuple[str, str | None, Span]:
    c = cursor_for(file, lex(line).tokens)
    c.take()
    title = c.expect_text(codes.M030, "the title stands in quotes")
    span = c.span(title)
    name = above
    if c.accept_word("of"):
        token = c.expect_word(codes.M030, "the name of a map belongs here")
        name = token.text
        if maps is not None and name not in maps and above != "":
            near = suggest(name, maps)
            c.refuse(codes.M033, "no such map in this file", span=c.span(token), fix=f"did you mean `{near}`?" if near else None)
    expect_end(c)
    if name is None:
        c.refuse(codes.M033, "no map stands above it", span=span, fix=f"{line.text} of MAP")
    return title.text, name, span


# --- lines


def _read_line(parts: _Parts, line: Line, indent: int) -> None:
    stripped = line.text.lstrip(" \t")
    column = len(line.text) - len(stripped) + 1
    span = Span(parts.file, line.number, column, max(1, len(stripped)))
    closes = parts.open == "fhir" and stripped[0] in "}]"
    if line.indent > indent or closes:
        _go_on(parts, stripped, span)
        return
    word = first_word(stripped)
    rest = stripped[len(word) :].lstrip(" \t")
    parts.open = ""
    read = _LINES.get(word)
    if line.indent < indent:
        _refuse(codes.M005, "it stands further out than the lines of its body", span)
    if read is None:
        near = suggest(word, _WORDS)
        place = Span(parts.file, line.number, column, len(word))
        _refuse(codes.M030, "no line of a test begins with this", place, f"did you mean `{near}`?" if near else None)
    read(parts, line, rest)


def _refuse(code: Code, detail: str, span: Span, fix: str | None = None) -> NoReturn:
    raise RefusedLine(Diagnostic(code, detail, span, fix=fix))


def _go_on(parts: _Parts, stripped: str, span: Span) -> None:
    match parts.open:
        case "v2":
            parts.v2.append(stripped)
        case "fhir":
            parts.fhir.append(stripped)
            parts.fhir_places.append((span.line, span.column))
        case _:
            _refuse(codes.M005, "only v2 and fhir go on in lines that stand further in", span)


def _v2(parts: _Parts, _line: Line, rest: str) -> None:
    parts.first = parts.first or "v2"
    parts.open = "v2"
    parts.has_v2 = True
    parts.v2.append(rest)


def _fhir(parts: _Parts, line: Line, rest: str) -> None:
    column = len(line.text) - len(rest) + 1
    if parts.fhir_span is not None:
        _refuse(codes.M030, "fhir stands here a second time", Span(parts.file, line.number, max(1, column - 5), 4))
    parts.first = parts.first or "fhir"
    parts.open = "fhir"
    parts.fhir_span = Span(parts.file, line.number, column, max(1, len(rest)))
    parts.fhir.append(rest)
    parts.fhir_places.append((line.number, column))


def _given(parts: _Parts, line: Line, _rest: str) -> None:
    parts.givens.extend(_pairs(parts, line))


def _param(parts: _Parts, line: Line, _rest: str) -> None:
    parts.params.extend(_pairs(parts, line))


def _pairs(parts: _Parts, line: Line) -> list[tuple[str, str]]:
    c = cursor_for(parts.file, lex(line).tokens)
    c.take()
    pairs = [_pair(c)]
    while c.accept(","):
        pairs.append(_pair(c))
    expect_end(c)
    return pairs


def _pair(c: Cursor) -> tuple[str, str]:
    name = parse_declared_name(c)
    c.expect_sign("=", codes.M022, "= and a value belong here")
    return name.text, parse_value(c)


def _refused(parts: _Parts, line: Line, _rest: str) -> None:
    c = cursor_for(parts.file, lex(line).tokens)
    c.take()
    parts.refused = c.expect_word(codes.M030, "refused is followed by the code of a diagnostic").text
    expect_end(c)


def _round_trip(parts: _Parts, line: Line, _rest: str) -> None:
    c = cursor_for(parts.file, lex(line).tokens)
    c.take()
    if not (c.accept_word("trip") and c.accept_word("exact")):
        c.refuse(codes.M030, "the line is `round trip exact`")
    expect_end(c)
    parts.round_trip = True


_LINES: dict[str, Callable[[_Parts, Line, str], None]] = {
    "v2": _v2,
    "fhir": _fhir,
    "given": _given,
    "param": _param,
    "refused": _refused,
    "round": _round_trip,
}


# --- the whole


def _check(parts: _Parts) -> list[Diagnostic]:
    span = Span(parts.file, parts.head.number, 1, len(parts.head.text))
    if parts.fhir_span is not None:
        wrong = _json_error(parts.fhir, parts.fhir_places, parts.fhir_span)
        if wrong is not None:
            return [wrong]
    if not parts.first:
        return [Diagnostic(codes.M031, "it converts nothing", span, fix="add `v2 …`")]
    expects = parts.refused or parts.round_trip or (parts.has_v2 and parts.fhir_span)
    return [] if expects else [Diagnostic(codes.M031, "it expects nothing", span, fix="add `fhir {…}` or `round trip exact`")]


def _json_error(lines: list[str], places: list[tuple[int, int]], span: Span) -> Diagnostic | None:
    """Python's own parser is used for its line and column."""
    try:
        json.loads("\n".join(lines), parse_int=str, parse_float=str, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        line, column = places[error.lineno - 1]
        return Diagnostic(codes.M032, error.msg[:1].lower() + error.msg[1:], Span(span.file, line, column + error.colno - 1))
    except (ValueError, RecursionError):
        return Diagnostic(codes.M032, "not JSON, or nested too deeply", span)
    return None


def _no_constant(_name: str) -> NoReturn:
    raise ValueError
