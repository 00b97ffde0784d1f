"""Words and signs of a map, line by line. Linear: each character is looked at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from hub.core.diagnostics import Code
from hub.mapping.codes import syntax as codes

Kind = Literal["word", "text", "sign", "arrow", "bad"]


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is the value (a quoted text without quotes and escapes), `raw` as it stands. A bad token has its code and detail."""

    kind: Kind
    text: str
    raw: str
    line: int
    column: int
    code: Code | None = None

    @property
    def length(self) -> int:
        return len(self.raw)

    @property
    def end(self) -> int:
        return self.column + len(self.raw)


@dataclass(frozen=True, slots=True)
class Line:
    """A line that has something on it. `text` is the whole line; indent counts its leading spaces (a tab goes to the next eighth)."""

    number: int
    indent: int
    text: str


@dataclass(frozen=True, slots=True)
class Lexed:
    tokens: tuple[Token, ...]
    comment: str | None = None  # "-- so it was agreed", without blanks at the end


_TOKEN = re.compile(
    r"""(?P<blank>[ \t]+)
      | (?P<comment>--.*)
      | (?P<arrow><->|->|<-)
      | (?P<text>"(?:[^"\\]|\\.)*")
      | (?P<unclosed>".*)
      | (?P<word>\w+(?:-\w+)*)
      | (?P<sign>!=|\.\.|[-.\[\]()=,:*$])
      | (?P<bad>.)""",
    re.VERBOSE | re.DOTALL,
)
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f\ufeff\ufffd\ud800-\udfff]")
_ESCAPE = re.compile(r"\\(.)")
_WRONG_ESCAPE = re.compile(r'(?:[^\\]|\\["\\])*\\[^"\\]')


def split_lines(text: str) -> list[Line]:
    """The lines that are not blank and not only a comment. A byte order mark and carriage returns at line ends are not text."""
    lines = []
    for number, raw in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        line = raw.removesuffix("\r").rstrip(" \t")
        stripped = line.lstrip(" \t")
        if stripped and not stripped.startswith("--"):
            lines.append(Line(number, _indent(line, len(line) - len(stripped)), line))
    return lines


def _indent(line: str, width: int) -> int:
    if "\t" not in line[:width]:
        return width
    indent = 0
    for sign in line[:width]:
        indent = (indent // 8 + 1) * 8 if sign == "\t" else indent + 1
    return indent


def first_word(text: str) -> str:
    """Up to the first blank or tab. Other blanks of Unicode are signs that have no meaning."""
    return text.lstrip(" \t").partition(" ")[0].partition("\t")[0]


def find_control(line: Line) -> int | None:
    """The 0-based place of the first character that cannot stand in a text file."""
    match = _CONTROL.search(line.text)
    return match.start() if match else None


def lex(line: Line) -> Lexed:
    tokens = []
    comment = None
    for match in _TOKEN.finditer(line.text):
        group = match.lastgroup
        if group == "comment":
            comment = match.group()
        elif group != "blank":
            tokens.append(_token(group, match.group(), line.number, match.start() + 1))
    return Lexed(tuple(tokens), comment)


def _token(group: str | None, raw: str, line: int, column: int) -> Token:
    match group:
        case "text":
            if _WRONG_ESCAPE.match(raw[1:-1]):
                return Token("bad", "a backslash stands only before a quote or a backslash", raw, line, column, codes.M003)
            return Token("text", _ESCAPE.sub(r"\1", raw[1:-1]), raw, line, column)
        case "unclosed":
            return Token("bad", "the closing quote is missing on this line", raw, line, column, codes.M003)
        case "word" | "sign" | "arrow":
            return Token(group, raw, raw, line, column)
        case _:
            code = codes.M001 if _CONTROL.match(raw) else codes.M004
            detail = "a control character" if code is codes.M001 else "a value with this sign in it stands in quotes"
            return Token("bad", detail, raw, line, column, code)
