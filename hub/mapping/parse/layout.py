"""What belongs to what: lines into blocks, rows that go on over several lines, and bodies by indentation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hub.core.diagnostics import Code, Diagnostic, Span
from hub.mapping.codes import syntax as codes
from hub.mapping.parse.clauses import CLAUSE_WORDS
from hub.mapping.parse.cursor import MAX_NESTING
from hub.mapping.parse.lexer import Line, Token, lex

HEAD_WORDS = ("versions", "param", "given", "when")
_OWN_LINE = ("map", "overlay", "versions", "param", "given", "let", "drop", "keep", "each")


@dataclass(frozen=True, slots=True)
class Block:
    """A line at the left edge and the lines that stand further in below it."""

    head: Line
    body: tuple[Line, ...]


@dataclass(slots=True)
class Statement:
    """One logical line: its tokens, over as many lines as it takes, and the body of an `each`."""

    indent: int
    tokens: list[Token]
    lines: list[Line]
    has_arrow: bool
    body: list[Statement] = field(default_factory=list)

    @property
    def word(self) -> str:
        return self.tokens[0].text if self.tokens[0].kind == "word" else ""

    @property
    def opens(self) -> bool:
        return self.word == "each" and not self.has_arrow


def split_blocks(lines: Sequence[Line]) -> tuple[list[Line], list[Block]]:
    """The indented lines before the first block, and the blocks."""
    starts = [index for index, line in enumerate(lines) if line.indent == 0]
    if not starts:
        return list(lines), []
    ends = [*starts[1:], len(lines)]
    return list(lines[: starts[0]]), [Block(lines[at], tuple(lines[at + 1 : end])) for at, end in zip(starts, ends, strict=True)]


def join_lines(lines: Sequence[Line]) -> list[Statement]:
    """A line that begins with a clause word, or follows an open comma or bracket, belongs to the line above."""
    statements: list[Statement] = []
    for line in lines:
        tokens = lex(line).tokens
        has_arrow = any(token.kind == "arrow" for token in tokens)
        above = statements[-1] if statements else None
        if above is not None and _continues(above, tokens[0], has_arrow=has_arrow):
            above.tokens.extend(tokens)
            above.lines.append(line)
            above.has_arrow = above.has_arrow or has_arrow
        else:
            statements.append(Statement(line.indent, list(tokens), [line], has_arrow))
    return statements


def _continues(above: Statement, first: Token, *, has_arrow: bool) -> bool:
    last = above.tokens[-1]
    if last.kind == "sign" and last.text in (",", "("):
        return True
    if first.kind != "word" or first.text not in CLAUSE_WORDS:
        return False
    if first.text == "when" and above.word in ("map", "versions", "param", "given"):
        return above.has_arrow and above.word != "map"  # a row may be named `given`
    return not (has_arrow and (above.has_arrow or above.word in _OWN_LINE))


def arrange(file: str, statements: Sequence[Statement]) -> tuple[list[Statement], list[Diagnostic]]:
    """Statements into bodies. A line that fits nowhere is reported once and belongs to the body it stands in."""
    root: list[Statement] = []
    levels = [(statements[0].indent, root)] if statements else []
    diagnostics: list[Diagnostic] = []
    misfit = -1
    too_deep = False
    for statement in statements:
        while len(levels) > 1 and statement.indent < levels[-1][0]:
            levels.pop()
        indent, body = levels[-1]
        deeper = statement.indent > indent and body and body[-1].opens and not body[-1].body
        if deeper and len(levels) > MAX_NESTING:
            if not too_deep:
                diagnostics.append(_report(file, statement, codes.M007, f"more than {MAX_NESTING} deep"))
            too_deep = True
        elif deeper:
            levels.append((statement.indent, body[-1].body))
            body = body[-1].body
        elif statement.indent not in (indent, misfit):
            detail = "further in" if statement.indent > indent else "further out"
            fix = f"{_blanks(indent)} before it"
            diagnostics.append(_report(file, statement, codes.M005, f"it stands {detail} than the lines of its body", fix))
            misfit = statement.indent
        body.append(statement)
    return root, diagnostics


def _blanks(count: int) -> str:
    return "1 space" if count == 1 else f"{count} spaces"


def _report(file: str, statement: Statement, code: Code, detail: str, fix: str | None = None) -> Diagnostic:
    first = statement.tokens[0]
    return Diagnostic(code, detail, Span(file, first.line, first.column, first.length), fix=fix)
