"""`segment ZPI "title"` and its fields, one on each line: `2 CWE[*]  "Alerts"`."""

from __future__ import annotations

import re

from hub.core.diagnostics import Diagnostic, Note
from hub.mapping.codes import sites as codes
from hub.mapping.codes.syntax import M005
from hub.mapping.parse.cursor import Cursor, RefusedLine
from hub.mapping.parse.layout import Block
from hub.mapping.parse.lexer import Line, lex
from hub.mapping.parse.rows import cursor_for, expect_end
from hub.mapping.syntax import SegmentDeclaration, SegmentField

__all__ = ["parse_segment"]

_NUMBER = re.compile(r"[1-9][0-9]{0,2}\Z", re.ASCII)
_SEGMENT = re.compile(r"Z[A-Z0-9]{2}\Z", re.ASCII)
_DATATYPE = re.compile(r"[A-Z][A-Z0-9_]*\Z", re.ASCII)


def parse_segment(file: str, block: Block) -> tuple[SegmentDeclaration | None, list[Diagnostic]]:
    diagnostics: list[Diagnostic] = []
    declaration = None
    fields: dict[int, SegmentField] = {}
    try:
        declaration = _head(cursor_for(file, lex(block.head).tokens))
    except RefusedLine as refused:
        diagnostics.append(refused.diagnostic)
    for line in block.body:
        try:
            _add_field(fields, cursor_for(file, lex(line).tokens), line, block.body[0].indent)
        except RefusedLine as refused:
            diagnostics.append(refused.diagnostic)
    if declaration is None:
        return None, diagnostics
    if not block.body:
        diagnostics.append(Diagnostic(codes.M065, "no field below it", declaration.span))
    in_order = tuple(fields[number] for number in sorted(fields))
    return SegmentDeclaration(declaration.name, declaration.title, in_order, declaration.span), diagnostics


def _head(c: Cursor) -> SegmentDeclaration:
    c.take()
    name = c.expect_word(codes.M060, "the name of the segment belongs here")
    if not _SEGMENT.match(name.text):
        c.refuse(codes.M061, "a name of three letters that begins with Z belongs here", span=c.span(name))
    title = c.expect_text(codes.M060, "the title of the segment belongs here, in quotes")
    expect_end(c)
    return SegmentDeclaration(name.text, title.text, (), c.span(name))


def _add_field(fields: dict[int, SegmentField], c: Cursor, line: Line, indent: int) -> None:
    number = c.take()
    if number.kind != "word" or not _NUMBER.match(number.text):
        c.refuse(codes.M060, "a line begins with the number of the field", span=c.span(number), fix='2 CWE[*]  "Alerts"')
    datatype = c.expect_word(codes.M060, "the datatype of the field belongs here")
    if not _DATATYPE.match(datatype.text):
        c.refuse(codes.M060, "a datatype is in capitals, as ID or CWE", span=c.span(datatype))
    repeats = _repeats(c)
    title = c.expect_text(codes.M060, "the title of the field belongs here, in quotes")
    expect_end(c)
    if line.indent != indent:
        c.refuse(M005, "it does not stand as far in as the lines above", span=c.span(number))
    field = SegmentField(int(number.text), datatype.text, repeats, title.text, c.span(number), c.span(datatype))
    first = fields.setdefault(field.number, field)
    if first is not field:
        c.refuse(codes.M062, "a second time", span=field.span, notes=(Note(first.span, "the first one"),))


def _repeats(c: Cursor) -> bool:
    if not c.touches("["):
        return False
    c.take()
    c.expect_sign("*", codes.M060, "in the brackets stands *: the field repeats")
    c.expect_sign("]", codes.M060, "the bracket is not closed")
    return True
