"""The head of a map: `map NAME : v2 SOURCE <-> fhir TARGET`, perhaps with `profile "…"`, then `versions`, `when`, `param` and `given`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from hub.core.diagnostics import Span
from hub.mapping.codes import syntax as codes
from hub.mapping.parse.cursor import Cursor, RefusedLine
from hub.mapping.parse.expressions import parse_literal
from hub.mapping.parse.layout import HEAD_WORDS, Statement
from hub.mapping.parse.lexer import Token
from hub.mapping.parse.paths import is_name, parse_conditions
from hub.mapping.parse.rows import Scope, cursor_for, declare, expect_end, parse_declared_name
from hub.mapping.syntax import Arrow, Condition, Endpoint, Given, Param

VERSIONS = ("2.1", "2.2", "2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.7.1", "2.8", "2.8.1", "2.8.2")
DEFAULT_VERSIONS = ("2.3", "2.8")


@dataclass(frozen=True, slots=True)
class MapLine:
    name: str
    left: Endpoint
    arrow: Arrow
    right: Endpoint
    span: Span


@dataclass(slots=True)
class HeadLines:
    versions: tuple[str, str] = DEFAULT_VERSIONS
    when: tuple[Condition, ...] = ()
    params: tuple[Param, ...] = ()
    givens: tuple[Given, ...] = ()


# --- the first line


def parse_map_line(c: Cursor) -> MapLine:
    c.take()
    name = c.peek()
    if name is None or not is_map_name(name):
        c.refuse(codes.M020, "the name of the map belongs here")
    c.take()
    c.expect_sign(":", codes.M020, "a colon belongs behind the name")
    left = _endpoint(c, "v2")
    arrow = c.peek()
    if arrow is None or arrow.kind != "arrow":
        c.refuse(codes.M020, "here belongs the arrow", fix="several names stand with commas")
    c.take()
    right = _endpoint(c, "fhir")
    expect_end(c)
    return MapLine(name.text, left, Arrow(arrow.text), right, c.span(name))


def is_map_name(token: Token) -> bool:
    return token.kind == "word" and is_name(token.text.replace("-", "_"))


def _endpoint(c: Cursor, side: Literal["v2", "fhir"]) -> Endpoint:
    if not c.is_word(side):
        place = "left" if side == "v2" else "right"
        c.refuse(codes.M020, f"on the {place} stands `{side}`")
    c.take()
    start = c.at
    names = [_dotted(c)]
    while c.accept(","):
        names.append(_dotted(c))
    span = c.span_from(start)
    if side == "fhir" and c.accept_word("profile"):
        url = c.expect_text(codes.M020, "the url of the profile stands in quotes")
        return Endpoint(side, tuple(names), span, url.text, c.span(url))
    return Endpoint(side, tuple(names), span)


def _dotted(c: Cursor) -> str:
    name = c.expect_word(codes.M020, "a datatype, segment, group or structure belongs here").text
    while c.touches("."):
        c.take()
        name += "." + c.expect_word(codes.M020, "a group belongs behind the dot").text
    return name


# --- the lines below it


def parse_head_lines(scope: Scope, statements: Sequence[Statement]) -> tuple[HeadLines, Sequence[Statement]]:
    """The head, and the statements that follow it."""
    head = HeadLines()
    at = 0
    while at < len(statements) and statements[at].word in HEAD_WORDS and not statements[at].has_arrow:
        statement = statements[at]
        at += 1
        try:
            c = cursor_for(scope.file, statement.tokens)
            _parse_head_line(scope, c, head)
            expect_end(c)
        except RefusedLine as refused:
            scope.diagnostics.append(refused.diagnostic)
    return head, statements[at:]


def _parse_head_line(scope: Scope, c: Cursor, head: HeadLines) -> None:
    match c.take().text:
        case "versions":
            head.versions = _versions(c)
        case "when":
            head.when = (*head.when, *parse_conditions(c))
        case "param":
            head.params = (*head.params, parse_param(scope, c))
        case _:
            head.givens = (*head.givens, _given(scope, c))


def _versions(c: Cursor) -> tuple[str, str]:
    start = c.at
    lowest = _version(c)
    if not c.accept(".."):
        return lowest, lowest
    highest = _version(c)
    if VERSIONS.index(lowest) > VERSIONS.index(highest):
        c.refuse(codes.M021, "the lower one stands first", span=c.span_from(start))
    return lowest, highest


def _version(c: Cursor) -> str:
    start = c.at
    text = c.expect_word(codes.M021, "a version belongs here").text
    while c.touches(".") and c.is_word(ahead=1):
        c.take()
        text += "." + c.take().text
    if text not in VERSIONS:
        c.refuse(codes.M021, "not a version of HL7 v2", span=c.span_from(start))
    return text


def parse_param(scope: Scope, c: Cursor) -> Param:
    name, type_ = _typed(c)
    default = parse_literal(c) if c.accept("=") else None
    expect_end(c)
    declare(c, scope.values, name[0], name[1])
    return Param(name[0], type_, default, name[1])


def _given(scope: Scope, c: Cursor) -> Given:
    name, type_ = _typed(c)
    expect_end(c)
    declare(c, scope.values, name[0], name[1])
    return Given(name[0], type_, name[1])


def _typed(c: Cursor) -> tuple[tuple[str, Span], str]:
    name = parse_declared_name(c)
    c.expect_sign(":", codes.M022, "a colon and a type belong here")
    return (name.text, c.span(name)), c.expect_word(codes.M022, "a type belongs here").text
