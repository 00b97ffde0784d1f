"""What a value comes from: `OBX-14 or $time`, `OBX-2 or value_type(OBX-5) because "…"`, `"official"`.

A word in capitals is a path where it has a field or a component (`OBX-5`, `CX.4`), where it is the map's own source, and
where a row or a function reads a whole segment. Elsewhere it is a bare value (`NM`).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from hub.mapping.codes import syntax as codes
from hub.mapping.parse.cursor import Cursor
from hub.mapping.parse.lexer import Token
from hub.mapping.parse.paths import is_name, is_v2_word, parse_fhir_path, parse_name, parse_v2_path, parse_value
from hub.mapping.syntax import Alternative, Atom, Call, Constant, Expression, Name

Argument = Callable[[Cursor, tuple[str, ...]], Expression]

_EXTENSIONS = ("extension", "modifierExtension")
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9]{2}-[0-9]+\Z", re.ASCII)


def parse_expression(c: Cursor, sources: tuple[str, ...], *, whole: bool = False, reasons: bool = False) -> Expression:
    """An `or` chain. sources: the names of the map's v2 side; whole: a bare segment is a path; reasons: `because` may follow each."""
    start = c.at
    alternatives = [_alternative(c, sources, whole=whole, reasons=reasons)]
    while c.is_word("or") and not c.is_word("skip", "refuse", ahead=1):
        c.take()
        alternatives.append(_alternative(c, sources, whole=whole, reasons=reasons))
    return Expression(tuple(alternatives), c.span_from(start))


def _alternative(c: Cursor, sources: tuple[str, ...], *, whole: bool, reasons: bool) -> Alternative:
    atom = _atom(c, sources, whole=whole)
    if reasons and c.accept_word("because"):
        return Alternative(atom, parse_reason(c))
    return Alternative(atom)


def parse_reason(c: Cursor) -> str:
    """The text behind `because`."""
    text = c.expect_text(codes.M013, "because is followed by a reason in quotes")
    if not text.text.strip():
        c.refuse(codes.M013, "the reason is empty", span=c.span(text))
    return text.text


def _atom(c: Cursor, sources: tuple[str, ...], *, whole: bool) -> Atom:
    token = c.peek()
    if token is None or token.kind == "arrow":
        c.refuse(codes.M010, "a path, a value or a $name belongs here")
    if c.is_sign("$"):
        return parse_name(c)
    if token.kind == "word" and c.is_sign("(", ahead=1) and c.is_adjacent(ahead=1) and token.text not in _EXTENSIONS:
        return parse_call(c, sources)
    if token.kind == "word" and _is_v2_path(c, token, sources, whole=whole):
        return parse_v2_path(c)
    if token.kind == "word" and _is_fhir_path(c, token):
        return parse_fhir_path(c)
    return parse_literal(c)


def _is_v2_path(c: Cursor, token: Token, sources: tuple[str, ...], *, whole: bool) -> bool:
    if _FIELD.match(token.text):
        return True
    if not is_v2_word(token.text):
        return False
    deeper = (c.is_sign(".", ahead=1) or c.is_sign("[", ahead=1)) and c.is_adjacent(ahead=1)
    return deeper or whole or token.text in sources


def _is_fhir_path(c: Cursor, token: Token) -> bool:
    deeper = c.is_adjacent(ahead=1) and any(c.is_sign(sign, ahead=1) for sign in (".", "[", ":", "("))
    return deeper and token.text[0].isalpha()


def parse_written_value(c: Cursor) -> Constant | Name | Call | None:
    """In a row `<-` the FHIR side may be a quoted text, a $name or a function of FHIR paths; None where it is a path."""
    token = c.peek()
    if c.is_sign("$"):
        return parse_name(c)
    if token is not None and token.kind == "text":
        return parse_literal(c)
    if token is not None and c.is_sign("(", ahead=1) and c.is_adjacent(ahead=1) and token.text not in _EXTENSIONS:
        return parse_call(c, (), argument=_parse_fhir_argument)
    return None


def _parse_fhir_argument(c: Cursor, sources: tuple[str, ...]) -> Expression:
    token = c.peek()
    if token is None or token.kind != "word" or not token.text[0].isalpha():
        return parse_expression(c, sources)
    path = parse_fhir_path(c)
    return Expression((Alternative(path),), path.span)


def parse_literal(c: Cursor) -> Constant:
    start = c.at
    return Constant(parse_value(c), c.span_from(start) if c.at > start else c.here())


def parse_call(c: Cursor, sources: tuple[str, ...], *, argument: Argument | None = None) -> Call:
    """`NAME` or `NAME(…)`."""
    start = c.at
    token = c.expect_word(codes.M013, "the name of a map or function belongs here")
    if not is_name(token.text):
        c.refuse(codes.M024, "a name has letters, digits and _", span=c.span(token))
    arguments: tuple[Expression, ...] = ()
    if c.touches("("):
        c.take()
        with c.nested():
            arguments = _arguments(c, sources, argument or parse_expression)
    return Call(token.text, arguments, c.span_from(start))


def _arguments(c: Cursor, sources: tuple[str, ...], parse: Argument) -> tuple[Expression, ...]:
    if c.accept(")"):
        return ()
    arguments = [parse(c, sources)]
    while c.accept(","):
        arguments.append(parse(c, sources))
    c.expect_sign(")", codes.M013, "the bracket is not closed")
    return tuple(arguments)
