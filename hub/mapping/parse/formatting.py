"""One style for maps: `calder map fmt`.

Rows of one body stand in columns, bodies two blanks further in, one blank line between blocks. Comments stay: those on lines
of their own above the line they stood above, the others behind the row they stood in. Formatting twice changes nothing more,
and the map that is read stays the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from hub.core.diagnostics import Diagnostic
from hub.mapping.codes import syntax as codes
from hub.mapping.parse.columns import INDENT, write_body, write_tokens
from hub.mapping.parse.layout import Block, Statement, arrange, join_lines, split_blocks
from hub.mapping.parse.lexer import Line, first_word, lex, split_lines
from hub.mapping.parse.parser import parse_map_file

_WIDEST_WORD = 4  # of `v2`, `fhir`: the texts of a test begin in one column


def format_map(path: str, text: str) -> str | tuple[Diagnostic, ...]:
    """The text in the one style, or why it cannot be read. Tabs in the indentation are mended."""
    _, diagnostics = parse_map_file(path, text)
    errors = tuple(diagnostic for diagnostic in diagnostics if diagnostic.is_error and diagnostic.code is not codes.M002)
    return errors or _Page(path, _notes(text)).write(split_blocks(split_lines(text))[1])


def _notes(text: str) -> dict[int, str]:
    """Line number to comment, for lines that are only a comment; "" for blank lines. An indented comment keeps one blank before it."""
    notes = {}
    for number, raw in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        line = raw.removesuffix("\r").rstrip(" \t")
        stripped = line.lstrip(" \t")
        if not stripped or stripped.startswith("--"):
            notes[number] = stripped if line == stripped else f" {stripped}"
    return notes


@dataclass(slots=True)
class _Page:
    """What has been written; `seen` is the last line of the old text that is in it."""

    path: str
    notes: dict[int, str]
    lines: list[str] = field(default_factory=list)
    seen: int = 0
    margin: str = ""  # of the line written last

    def write(self, blocks: Sequence[Block]) -> str:
        for block in blocks:
            self._open_block(block)
            match first_word(block.head.text):
                case "map" | "overlay":
                    self._write_map(block)
                case "segment":
                    self._write_segment(block)
                case _:
                    self._write_test(block)
        for _, note in self._between(max(self.notes, default=0) + 1):
            self._add(self.margin + note.strip() if note.startswith(" ") else note)
        while self.lines and not self.lines[-1]:
            self.lines.pop()
        return "".join(f"{line}\n" for line in self.lines)

    # --- what stands between

    def _open_block(self, block: Block) -> None:
        """Comments that stood further in belong to the block above; one blank line; then the others."""
        above = [note for number, note in self._between(block.head.number) if note.startswith(" ")] if self.lines else []
        self.lines += [self.margin + note.strip() for note in above]
        own = [note.strip() for number, note in self._between(block.head.number) if not (note.startswith(" ") and self.margin)]
        self._take_blanks()
        if self.lines:
            self.lines.append("")
        while own and not own[0]:
            own.pop(0)
        for note in own:
            self._add(note)
        self.seen = block.head.number

    def _between(self, number: int) -> Iterator[tuple[int, str]]:
        return ((at, self.notes[at]) for at in range(self.seen + 1, number) if at in self.notes)

    def _carry(self, number: int, margin: str) -> None:
        """Comments and single blank lines from above the line `number`."""
        for _, note in self._between(number):
            self._add(f"{margin}{note.strip()}" if note else "")
        self.seen = max(self.seen, number)

    def _add(self, line: str) -> None:
        if line or (self.lines and self.lines[-1]):
            self.lines.append(line)

    def _take_blanks(self) -> None:
        while self.lines and not self.lines[-1]:
            self.lines.pop()

    # --- maps

    def _write_map(self, block: Block) -> None:
        head, *rest = join_lines((block.head, *block.body))
        self._write_statement(head, write_body([head], 0)[0] if not head.has_arrow else [write_tokens(head.tokens, declares=True)], "")
        self.margin = " " * INDENT
        body, _ = arrange(self.path, rest)
        self._write_statements(body, 1)

    def _write_statements(self, statements: Sequence[Statement], depth: int) -> None:
        for statement, lines in zip(statements, write_body(statements, depth), strict=True):
            self._write_statement(statement, lines, " " * INDENT * depth)
            if statement.body:
                self._write_statements(statement.body, depth + 1)

    def _write_statement(self, statement: Statement, lines: list[str], margin: str) -> None:
        """Its comments above it; a comment behind it stays behind its first line, several move above."""
        first, last = statement.lines[0].number, statement.lines[-1].number
        self._carry(first, margin)
        for _, note in self._between(last):
            if note:
                self._add(margin + note.strip())
        behind = [comment for comment in (lex(line).comment for line in statement.lines) if comment is not None]
        if len(behind) > 1:
            self.lines += [margin + comment for comment in behind]
        self.lines += [f"{lines[0]}  {behind[0]}", *lines[1:]] if len(behind) == 1 else lines
        self.seen, self.margin = last, margin

    # --- segments

    def _write_segment(self, block: Block) -> None:
        """Numbers, datatypes and titles in columns."""
        self._write_lexed(block.head, "")
        self.margin = " " * INDENT
        lines = [lex(line) for line in block.body]
        cells = [(each.tokens[0].raw, write_tokens(each.tokens[1:-1]), each.tokens[-1].raw) for each in lines]
        widths = [max((len(cell[at]) for cell in cells), default=0) for at in (0, 1)]
        for line, lexed, (number, datatype, title) in zip(block.body, lines, cells, strict=True):
            self._carry(line.number, self.margin)
            written = f"{self.margin}{number:<{widths[0]}} {datatype:<{widths[1]}}  {title}"
            self._add(f"{written}  {lexed.comment}" if lexed.comment else written)

    # --- tests

    def _write_test(self, block: Block) -> None:
        margin = " " * INDENT
        self._write_lexed(block.head, "")
        self.margin = margin
        shift, base = 0, block.body[0].indent if block.body else 0
        for line in block.body:
            self._carry(line.number, margin)
            stripped = line.text.lstrip(" \t")
            word = first_word(stripped)
            rest = stripped[len(word) :].lstrip(" \t")
            if line.indent > base or stripped[0] in "}]":
                self._add(" " * max(INDENT * 2, line.indent + shift) + stripped)
            elif word in ("v2", "fhir"):
                shift = INDENT + _WIDEST_WORD + 1 - (line.indent + len(stripped) - len(rest))
                self._add(f"{margin}{word:<{_WIDEST_WORD}} {rest}".rstrip())
            else:
                self._write_lexed(line, margin)
            self.seen = line.number

    def _write_lexed(self, line: Line, margin: str) -> None:
        lexed = lex(line)
        written = margin + write_tokens(lexed.tokens)
        self._add(f"{written}  {lexed.comment}" if lexed.comment else written)
