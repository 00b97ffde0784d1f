"""The clauses of a row: from the FHIR side to the end of the line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from hub.core.suggest import suggest
from hub.mapping.codes import syntax as codes
from hub.mapping.parse.cursor import Cursor
from hub.mapping.parse.expressions import parse_call, parse_expression, parse_literal, parse_reason
from hub.mapping.parse.paths import is_name, parse_conditions, parse_fhir_path
from hub.mapping.syntax import Binding, Clauses, Default, Mode

CLAUSE_WORDS = ("when", "unless", "table", "by", "with", "giving", "else", "or", "key", "as", "in", "because")


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads one row's clauses; sources are the names of the map's v2 side."""

    c: Cursor
    sources: tuple[str, ...]


def parse_clauses(c: Cursor, sources: tuple[str, ...]) -> Clauses:
    clauses = Clauses()
    seen: set[str] = set()
    while not c.at_end():
        word = c.peek()
        if word is None or word.kind != "word":
            c.refuse(codes.M028, "a clause word belongs here")
        read = _CLAUSES.get(word.text)
        if read is None:
            near = suggest(word.text, CLAUSE_WORDS)
            c.refuse(codes.M011, "not a clause word", fix=f"did you mean `{near}`?" if near else None)
        if word.text in seen:
            c.refuse(codes.M012, f"`{word.text}` stands here a second time")
        seen.add(word.text)
        c.clause_starts.append(c.at)
        c.take()
        clauses = read(Reader(c, sources), clauses)
    return clauses


def _when(r: Reader, clauses: Clauses) -> Clauses:
    return replace(clauses, when=parse_conditions(r.c))


def _unless(r: Reader, clauses: Clauses) -> Clauses:
    return replace(clauses, unless=parse_conditions(r.c))


def _table(r: Reader, clauses: Clauses) -> Clauses:
    token = r.c.expect_word(codes.M013, "table is followed by the name of a table")
    agreeing = r.c.accept_word("agreeing")
    return replace(clauses, table=token.text, table_span=r.c.span(token), agreeing=agreeing)


def _by(r: Reader, clauses: Clauses) -> Clauses:
    return replace(clauses, by=parse_call(r.c, r.sources))


def _with(r: Reader, clauses: Clauses) -> Clauses:
    return replace(clauses, with_=_bindings(r, element=True))


def _giving(r: Reader, clauses: Clauses) -> Clauses:
    return replace(clauses, giving=_bindings(r, element=False))


def _bindings(r: Reader, *, element: bool) -> tuple[Binding, ...]:
    bindings = [_binding(r, element=element)]
    while r.c.accept(","):
        bindings.append(_binding(r, element=element))
    return tuple(bindings)


def _binding(r: Reader, *, element: bool) -> Binding:
    c = r.c
    start = c.at
    if element:
        parse_fhir_path(c)
    else:
        token = c.expect_word(codes.M013, "giving is followed by NAME = PATH")
        if not is_name(token.text):
            c.refuse(codes.M024, "a name has letters, digits and _", span=c.span(token))
    name = "".join(token.raw for token in c.tokens[start : c.at])
    span = c.span_from(start)
    c.expect_sign("=", codes.M013, "= and a value belong here")
    if c.at_end():
        c.refuse(codes.M013, "a value belongs here")
    return Binding(name, parse_expression(c, r.sources), span)


def _else(r: Reader, clauses: Clauses) -> Clauses:
    literal = parse_literal(r.c)
    if not r.c.accept_word("because"):
        r.c.refuse(codes.M018, "why this value, when none was sent?", span=literal.span, fix='add because "…"')
    return replace(clauses, default=Default(literal, parse_reason(r.c), literal.span))


def _or(r: Reader, clauses: Clauses) -> Clauses:
    if r.c.accept_word("skip"):
        return replace(clauses, policy="skip")
    if r.c.accept_word("refuse"):
        return replace(clauses, policy="refuse")
    return r.c.refuse(codes.M013, "here belongs skip or refuse", fix="alternatives stand on the v2 side, left of the arrow")


def _key(r: Reader, clauses: Clauses) -> Clauses:
    keys = [parse_expression(r.c, r.sources)]
    while r.c.accept(","):
        keys.append(parse_expression(r.c, r.sources))
    return replace(clauses, key=tuple(keys))


def _as(r: Reader, clauses: Clauses) -> Clauses:
    token = r.c.expect_word(codes.M026, "as is followed by replace, merge, identify or amend")
    if token.text not in tuple(Mode):
        near = suggest(token.text, tuple(Mode))
        r.c.refuse(codes.M026, "not a mode", span=r.c.span(token), fix=f"did you mean `{near}`?" if near else None)
    return replace(clauses, mode=Mode(token.text))


def _in(r: Reader, clauses: Clauses) -> Clauses:
    token = r.c.expect_word(codes.M013, "in is followed by ROW.element")
    if not is_name(token.text):
        r.c.refuse(codes.M013, "in is followed by the name of a row", span=r.c.span(token))
    r.c.expect_sign(".", codes.M013, "in is followed by ROW.element, as in report.result")
    return replace(clauses, member_of=(token.text, parse_fhir_path(r.c)))


def _because(r: Reader, clauses: Clauses) -> Clauses:
    return replace(clauses, because=parse_reason(r.c))


_CLAUSES: dict[str, Callable[[Reader, Clauses], Clauses]] = {
    "when": _when,
    "unless": _unless,
    "table": _table,
    "by": _by,
    "with": _with,
    "giving": _giving,
    "else": _else,
    "or": _or,
    "key": _key,
    "as": _as,
    "in": _in,
    "because": _because,
}
