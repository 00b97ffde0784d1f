"""A place in the tokens of one logical line, and the way to refuse the line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

from hub.core.diagnostics import Code, Diagnostic, Note, Span
from hub.mapping.codes import syntax as codes
from hub.mapping.parse.lexer import Token

MAX_NESTING = 16


class RefusedLine(Exception):
    """The line cannot be read: reported once, the rest of the file goes on."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.detail)
        self.diagnostic = diagnostic


class Cursor:
    """Reads the tokens of one line from left to right."""

    def __init__(self, file: str, tokens: Sequence[Token]) -> None:
        self.file = file
        self.tokens = tokens
        self.at = 0
        self.depth = 0
        self.clause_starts: list[int] = []  # the columns of `calder map fmt`

    # --- looking

    def peek(self, ahead: int = 0) -> Token | None:
        index = self.at + ahead
        return self.tokens[index] if index < len(self.tokens) else None

    def at_end(self) -> bool:
        return self.at >= len(self.tokens)

    def is_word(self, *texts: str, ahead: int = 0) -> bool:
        """Is the next token a word (one of these, when any are given)?"""
        token = self.peek(ahead)
        return token is not None and token.kind == "word" and (not texts or token.text in texts)

    def is_sign(self, text: str, ahead: int = 0) -> bool:
        token = self.peek(ahead)
        return token is not None and token.kind == "sign" and token.text == text

    def touches(self, text: str) -> bool:
        """Does the sign `text` stand next, with no blank before it?"""
        return self.is_sign(text) and self.is_adjacent()

    def is_adjacent(self, ahead: int = 0) -> bool:
        """No blank between the token before and the next one."""
        before, token = self.peek(ahead - 1) if self.at + ahead > 0 else None, self.peek(ahead)
        return before is not None and token is not None and before.line == token.line and before.end == token.column

    # --- taking

    def take(self) -> Token:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def accept(self, sign: str) -> bool:
        if self.is_sign(sign):
            self.at += 1
            return True
        return False

    def accept_word(self, word: str) -> bool:
        if self.is_word(word):
            self.at += 1
            return True
        return False

    def expect_sign(self, sign: str, code: Code, detail: str) -> Token:
        if not self.is_sign(sign):
            self.refuse(code, detail)
        return self.take()

    def expect_word(self, code: Code, detail: str) -> Token:
        if not self.is_word():
            self.refuse(code, detail)
        return self.take()

    def expect_text(self, code: Code, detail: str) -> Token:
        token = self.peek()
        if token is None or token.kind != "text":
            self.refuse(code, detail)
        return self.take()

    # --- places

    def span(self, token: Token) -> Span:
        return Span(self.file, token.line, token.column, token.length)

    def span_from(self, start: int) -> Span:
        """From the token at index `start` to the one before the cursor (only to the end of its line)."""
        first = self.tokens[start]
        end = first.end
        for token in self.tokens[start + 1 : self.at]:
            if token.line != first.line:
                break
            end = token.end
        return Span(self.file, first.line, first.column, end - first.column)

    def here(self) -> Span:
        """The next token, or the place behind the last one."""
        token = self.peek()
        if token is not None:
            return self.span(token)
        last = self.tokens[-1]
        return Span(self.file, last.line, last.end, 1)

    # --- refusing

    def refuse(
        self, code: Code, detail: str, *, span: Span | None = None, fix: str | None = None, notes: tuple[Note, ...] = ()
    ) -> NoReturn:
        raise RefusedLine(Diagnostic(code, detail, span or self.here(), fix=fix, notes=notes))

    @contextmanager
    def nested(self) -> Iterator[None]:
        if self.depth >= MAX_NESTING:
            self.refuse(codes.M007, f"more than {MAX_NESTING} deep")
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1
