"""How the lines of one body are written: rows in columns, the other lines with single blanks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from hub.mapping.parse.clauses import parse_clauses
from hub.mapping.parse.cursor import Cursor
from hub.mapping.parse.expressions import parse_written_value
from hub.mapping.parse.layout import Statement
from hub.mapping.parse.lexer import Token
from hub.mapping.parse.paths import parse_fhir_path

WIDTH = 120
INDENT = 2
_WIDEST = (24, 40, 3, 40)  # a name or side that is wider stands out of its column
_GAP = "   "


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    left: str
    arrow: str
    right: str
    clauses: tuple[str, ...]


def write_body(statements: Sequence[Statement], depth: int) -> list[list[str]]:
    """The lines of each statement, without the bodies of its `each`."""
    rows = [_row(statement.tokens) if statement.has_arrow else None for statement in statements]
    cells = [(row.name, row.left, row.arrow, row.right) for row in rows if row]
    widths = [_widest([cell[at] for cell in cells], limit) for at, limit in enumerate(_WIDEST)]
    margin = " " * (INDENT * depth)
    return [
        _write_row(row, widths, margin) if row else _write_line(statement.tokens, margin)
        for row, statement in zip(rows, statements, strict=True)
    ]


def _widest(cells: list[str], limit: int) -> int:
    return max([len(cell) for cell in cells if len(cell) <= limit], default=0)


def _row(tokens: Sequence[Token]) -> _Row:
    arrow = next(at for at, token in enumerate(tokens) if token.kind == "arrow")
    c = Cursor("", tokens)
    c.at = arrow + 1
    if tokens[arrow].raw != "<-" or parse_written_value(c) is None:
        parse_fhir_path(c)
    end = c.at
    parse_clauses(c, ())
    starts = [*c.clause_starts, len(tokens)]
    clauses = tuple(write_tokens(tokens[start:stop]) for start, stop in pairwise(starts))
    return _Row(tokens[0].raw, write_tokens(tokens[1:arrow]), tokens[arrow].raw, write_tokens(tokens[arrow + 1 : end]), clauses)


def _write_row(row: _Row, widths: Sequence[int], margin: str) -> list[str]:
    name, left, arrow, right = widths
    start = f"{margin}{row.name:<{name}} {row.left:<{left}} {row.arrow:<{arrow}} {row.right:<{right}}{_GAP}"
    line = (start + _GAP.join(row.clauses)).rstrip()
    if len(line) <= WIDTH or len(row.clauses) < 2:
        return [line]
    return [start + row.clauses[0], *(" " * len(start) + clause for clause in row.clauses[1:])]


def _write_line(tokens: Sequence[Token], margin: str) -> list[str]:
    """`drop`, `let`, `each`, `param` and the like; a reason that does not fit stands below."""
    line = margin + write_tokens(tokens, declares=tokens[0].raw in ("map", "param", "given"))
    because = next((at for at, token in enumerate(tokens) if token.raw == "because"), None)
    if len(line) <= WIDTH or because is None:
        return [line]
    return [margin + write_tokens(tokens[:because]), f"{margin}{' ' * INDENT * 2}{write_tokens(tokens[because:])}"]


def write_tokens(tokens: Sequence[Token], *, declares: bool = False) -> str:
    """One blank where there was any; always after a comma and around `=`. declares: the colon stands free, as in `param x : code`."""
    written = ""
    for at, token in enumerate(tokens):
        written += (_blank(tokens[at - 1], token, declares=declares) if at else "") + token.raw
    return written


def _blank(before: Token, token: Token, *, declares: bool) -> str:
    if "arrow" in (before.kind, token.kind):
        return " "
    left, right = before.raw if before.kind == "sign" else "", token.raw if token.kind == "sign" else ""
    if right in (",", ")", "]", "..") or left in ("(", "[", ".."):
        return ""
    free = ("=", "!=", ":") if declares else ("=", "!=")
    if left in (*free, ",") or right in free or (before.raw == "in" and right == "("):
        return " "
    return "" if before.line == token.line and before.end == token.column else " "
