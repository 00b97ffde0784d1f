"""`overlay NAME` and what stands below it: other defaults, rows, `drop row`. hub.mapping.overlay applies it to the map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hub.core.diagnostics import Diagnostic, Span
from hub.mapping.codes import sites as codes
from hub.mapping.codes.syntax import M022
from hub.mapping.parse.cursor import Cursor, RefusedLine
from hub.mapping.parse.expressions import parse_literal
from hub.mapping.parse.heads import is_map_name, parse_param
from hub.mapping.parse.layout import HEAD_WORDS, Block, Statement, arrange, join_lines
from hub.mapping.parse.rows import Scope, cursor_for, declare, expect_end, parse_body, parse_declared_name
from hub.mapping.syntax import DropRow, MapDeclaration, NewDefault, Overlay, Param

__all__ = ["parse_overlay"]


@dataclass(slots=True)
class _Head:
    defaults: list[NewDefault] = field(default_factory=list)
    params: list[Param] = field(default_factory=list)


def parse_overlay(file: str, block: Block, known: Mapping[str, MapDeclaration]) -> tuple[Overlay | None, str, list[Diagnostic]]:
    """The overlay, the name of its map ("" where it could not be read), and what was found.

    known: the maps by name, as far as they have been read: they say what a bare name on the v2 side means, and which arrows need a reason.
    """
    diagnostics: list[Diagnostic] = []
    statements = join_lines((block.head, *block.body))
    name, span = "", Span(file, block.head.number, 1)
    try:
        name, span = _map_name(cursor_for(file, statements[0].tokens))
    except RefusedLine as refused:
        diagnostics.append(refused.diagnostic)
    base = known.get(name)
    dropped: list[DropRow] = []
    scope = Scope(file, base.left.names if base else (), base.arrow if base else None, diagnostics, dropped=dropped)
    body, misfits = arrange(file, statements[1:])
    diagnostics.extend(misfits)
    head, rest = _head_lines(scope, body)
    items = parse_body(scope, rest)
    if not name:
        return None, "", diagnostics
    if not block.body:
        diagnostics.append(Diagnostic(codes.M065, "no row below it", span))
    return Overlay(name, tuple(head.defaults), tuple(head.params), tuple(dropped), items, span), name, diagnostics


def _map_name(c: Cursor) -> tuple[str, Span]:
    c.take()
    name = c.peek()
    if name is None or not is_map_name(name):
        c.refuse(codes.M063, "the name of a map belongs here")
    c.take()
    if not c.at_end():
        c.refuse(codes.M063, "behind the name nothing follows", fix=f"overlay {name.text}")
    return name.text, c.span(name)


def _head_lines(scope: Scope, statements: Sequence[Statement]) -> tuple[_Head, Sequence[Statement]]:
    head = _Head()
    at = 0
    while at < len(statements) and statements[at].word in HEAD_WORDS and not statements[at].has_arrow:
        try:
            c = cursor_for(scope.file, statements[at].tokens)
            if statements[at].word != "param":
                c.refuse(codes.M063, f"`{statements[at].word}` is the map's own", fix="a map with another head is a map of its own")
            _param(scope, c, head)
        except RefusedLine as refused:
            scope.diagnostics.append(refused.diagnostic)
        at += 1
    return head, statements[at:]


def _param(scope: Scope, c: Cursor, head: _Head) -> None:
    """`param NAME = VALUE`, or `param NAME : TYPE = VALUE` for a param that only the overlay's rows use."""
    if c.is_sign(":", ahead=2):
        c.take()
        head.params.append(parse_param(scope, c))
        return
    c.take()
    name = parse_declared_name(c)
    c.expect_sign("=", M022, "= and a value belong here")
    value = parse_literal(c)
    expect_end(c)
    declare(c, scope.values, name.text, c.span(name))
    head.defaults.append(NewDefault(name.text, value, c.span(name)))
