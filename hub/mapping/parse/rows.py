"""The lines of a map's body: rows, `drop` and `keep`, `let`, `each`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from hub.core.diagnostics import Diagnostic, Note, Span
from hub.core.suggest import suggest
from hub.mapping.codes import syntax as codes
from hub.mapping.codes.sites import M064
from hub.mapping.parse.clauses import CLAUSE_WORDS, parse_clauses
from hub.mapping.parse.cursor import Cursor, RefusedLine
from hub.mapping.parse.expressions import parse_expression, parse_reason, parse_written_value
from hub.mapping.parse.layout import HEAD_WORDS, Statement
from hub.mapping.parse.lexer import Token
from hub.mapping.parse.paths import is_name, parse_conditions, parse_fhir_path, parse_v2_path
from hub.mapping.syntax import Arrow, Condition, DropRow, Each, FhirPath, Item, LeftOut, Let, Row, V2Path

KEYWORDS = (*HEAD_WORDS, "let", "drop", "keep", "each")
_FIELD_AS_NAME = re.compile(r"\w+-[0-9]", re.ASCII)


@dataclass(slots=True)
class Scope:
    """What one map knows while it is read. arrow is None where its head could not be read. dropped: only in an overlay."""

    file: str
    sources: tuple[str, ...]
    arrow: Arrow | None
    diagnostics: list[Diagnostic] = field(default_factory=list)
    rows: dict[str, Span] = field(default_factory=dict)
    values: dict[str, Span] = field(default_factory=dict)
    dropped: list[DropRow] | None = None


def parse_body(scope: Scope, statements: Sequence[Statement]) -> tuple[Item, ...]:
    """Each line that can be read; the others are reported in `scope.diagnostics`."""
    items = []
    for statement in statements:
        try:
            item = _parse_item(scope, statement)
        except RefusedLine as refused:
            scope.diagnostics.append(refused.diagnostic)
            parse_body(scope, statement.body)  # an `each` that cannot be read: its rows are still looked at
        else:
            items += [item] if item is not None else []
    return tuple(items)


def cursor_for(file: str, tokens: Sequence[Token]) -> Cursor:
    """Refuses the line at once for a sign that cannot be read anywhere."""
    cursor = Cursor(file, tokens)
    for token in tokens:
        if token.code is not None:
            cursor.refuse(token.code, token.text, span=cursor.span(token))
    return cursor


def _parse_item(scope: Scope, statement: Statement) -> Item | None:
    c = cursor_for(scope.file, statement.tokens)
    if not statement.has_arrow:
        if statement.word == "drop" and c.is_word("row", ahead=1):
            _parse_drop_row(scope, c)
            return None
        read = _LINES.get(statement.word)
        if read is None:
            _refuse_line(c, statement.word)
        return read(scope, c, statement)
    return _parse_row(scope, c)


def _refuse_line(c: Cursor, word: str) -> NoReturn:
    if word in HEAD_WORDS:
        c.refuse(codes.M025, f"`{word}` stands after the first row")
    near = suggest(word, KEYWORDS) if word else None
    c.refuse(codes.M008, "neither a row nor a line that begins with a known word", fix=f"did you mean `{near}`?" if near else None)


# --- rows


def _parse_row(scope: Scope, c: Cursor) -> Row:
    name = _row_name(c)
    span = c.span(name)
    if _is_arrow(c.peek()):
        c.refuse(codes.M010, "the v2 side is missing")
    left = parse_expression(c, scope.sources, whole=True, reasons=True)
    sign = c.peek()
    if not _is_arrow(sign) or sign is None:
        c.refuse(codes.M028, "here belongs the arrow, or `or` and another path")
    arrow = Arrow(c.take().text)
    if c.at_end():
        c.refuse(codes.M010, "the FHIR side is missing")
    start = c.at
    value = parse_written_value(c) if arrow is Arrow.BACKWARD else None
    right = parse_fhir_path(c) if value is None else FhirPath((), c.span_from(start))
    clauses = parse_clauses(c, scope.sources)
    if value is None and arrow is not Arrow.BOTH and scope.arrow not in (None, arrow) and clauses.because is None:
        c.refuse(codes.M017, "why can it not be turned round?", span=c.span(sign), fix='add because "…", or write <->')
    declare(c, scope.rows, name.text, span)
    return Row(name.text, left, arrow, right, clauses, span, value)


def _is_arrow(token: Token | None) -> bool:
    return token is not None and token.kind == "arrow"


def _row_name(c: Cursor) -> Token:
    token = c.peek()
    if token is None or token.kind != "word" or _FIELD_AS_NAME.match(token.text):
        c.refuse(codes.M009, "a name belongs before the v2 side", fix="choose one: it stands in traces and reports")
    if token.text in CLAUSE_WORDS:
        c.refuse(codes.M024, "a clause word cannot name a row")
    if not is_name(token.text):
        c.refuse(codes.M024, "a name begins with a letter and has letters, digits and _")
    return c.take()


def declare(c: Cursor, names: dict[str, Span], name: str, span: Span) -> None:
    """Takes the name, or refuses the line: the first one stays in force."""
    first = names.setdefault(name, span)
    if first is not span:
        c.refuse(codes.M023, "a second time", span=span, notes=(Note(first, "the first one"),))


# --- drop and keep, let, each


def _parse_left_out(_scope: Scope, c: Cursor, _statement: Statement) -> LeftOut:
    word = c.take()
    paths: list[V2Path] = []
    when: tuple[Condition, ...] = ()
    while True:
        paths.append(parse_v2_path(c))
        if not c.accept(","):
            break
    if c.accept_word("when"):
        when = parse_conditions(c)
    if not c.accept_word("because"):
        if c.at_end():
            c.refuse(codes.M019, "why is it left out?", span=c.span(word), fix='add because "…"')
        c.refuse(codes.M028, 'here belongs a comma, `when`, or because "…"')
    reason = parse_reason(c)
    if not when and c.accept_word("when"):
        when = parse_conditions(c)
    expect_end(c)
    return LeftOut(word.text == "keep", tuple(paths), when, reason, c.span(word))


def _parse_drop_row(scope: Scope, c: Cursor) -> None:
    c.take()
    word = c.take()
    if scope.dropped is None:
        c.refuse(M064, "this is the map itself", span=c.span(word))
    name = _row_name(c)
    if not c.accept_word("because"):
        c.refuse(codes.M019, "why is it taken away?", span=c.span(name), fix='add because "…"')
    reason = parse_reason(c)
    expect_end(c)
    declare(c, scope.rows, name.text, c.span(name))
    scope.dropped.append(DropRow(name.text, reason, c.span(name)))


def _parse_let(scope: Scope, c: Cursor, _statement: Statement) -> Let:
    c.take()
    name = parse_declared_name(c)
    c.expect_sign("=", codes.M022, "= and a value belong here")
    value = parse_expression(c, scope.sources, reasons=True)
    expect_end(c)
    declare(c, scope.values, name.text, c.span(name))
    return Let(name.text, value, c.span(name))


def parse_declared_name(c: Cursor) -> Token:
    """The name of a param, a given or a let, without its $."""
    token = c.peek()
    if token is None or not is_name(token.text):
        c.refuse(codes.M022, "a name belongs here", fix="the $ stands where the name is used" if c.is_sign("$") else None)
    return c.take()


def _parse_each(scope: Scope, c: Cursor, statement: Statement) -> Each:
    c.take()
    name = _group_name(c)
    tree: V2Path | None = None
    where: tuple[Condition, ...] = ()
    while not c.at_end():
        if tree is None and c.accept_word("tree"):
            tree = parse_v2_path(c)
        elif not where and c.accept_word("where"):
            where = parse_conditions(c)
        else:
            c.refuse(
                codes.M027, "after the group stand `where CONDITION` and `tree FIELD`", fix="write `where`" if c.is_word("when") else None
            )
    return Each(name, tree, where, parse_body(scope, statement.body), c.span(c.tokens[1]))


def _group_name(c: Cursor) -> str:
    start = c.at
    path = parse_v2_path(c) if c.is_word() else c.refuse(codes.M027, "the name of a group belongs here")
    if path.field is not None or path.component is not None or any(step.where for step in path.groups):
        c.refuse(codes.M027, "each binds a group or a segment, not a field", span=path.span, fix="conditions stand behind `where`")
    return "".join(token.raw for token in c.tokens[start : c.at])


def expect_end(c: Cursor) -> None:
    if not c.at_end():
        c.refuse(codes.M028, "the line should end before this")


_LINES: dict[str, Callable[[Scope, Cursor, Statement], Item]] = {
    "drop": _parse_left_out,
    "keep": _parse_left_out,
    "let": _parse_let,
    "each": _parse_each,
}
