"""Words and signs: where they stand, and what is no word."""

from __future__ import annotations

import pytest

from hub.mapping.parse.lexer import Line, find_control, lex, split_lines


def kinds(text: str) -> list[tuple[str, str, int]]:
    return [(token.kind, token.text, token.column) for token in lex(Line(1, 0, text)).tokens]


def test_a_row() -> None:
    assert kinds("  time  OBX-14 or $time <-> effectiveDateTime") == [
        ("word", "time", 3),
        ("word", "OBX-14", 9),
        ("word", "or", 16),
        ("sign", "$", 19),
        ("word", "time", 20),
        ("arrow", "<->", 25),
        ("word", "effectiveDateTime", 29),
    ]


def test_arrows_need_no_blanks_around_them() -> None:
    assert [kind for kind, _, _ in kinds("a PID-3<->b")] == ["word", "word", "arrow", "word"]
    assert [text for _, text, _ in kinds("a PID-3->b")] == ["a", "PID-3", "->", "b"]
    assert [text for _, text, _ in kinds("a PID-3<-b")] == ["a", "PID-3", "<-", "b"]


def test_two_hyphens_begin_a_comment_but_not_in_quotes() -> None:
    lexed = lex(Line(1, 0, 'drop PID-1 because "a -- b" -- agreed on 3 May'))
    assert lexed.tokens[-1].text == "a -- b"
    assert lexed.comment == "-- agreed on 3 May"


def test_quotes_and_backslashes_in_a_text() -> None:
    (token,) = lex(Line(1, 0, r'"a \"b\" \\ c"')).tokens
    assert token.text == r'a "b" \ c'
    assert token.length == 14


@pytest.mark.parametrize("text", ['"never closed', r'"ends with a backslash\"', r'"a line\nbreak"'])
def test_texts_that_cannot_be_read(text: str) -> None:
    (token,) = lex(Line(1, 0, text)).tokens
    assert token.code is not None
    assert token.code.name == "M003"


@pytest.mark.parametrize(
    ("sign", "code"), [("&", "M004"), (";", "M004"), ("{", "M004"), ("\x00", "M001"), ("\x1b", "M001"), ("\ufffd", "M001")]
)
def test_signs_that_have_no_meaning(sign: str, code: str) -> None:
    token = lex(Line(1, 0, f"a {sign} b")).tokens[1]
    assert token.code is not None
    assert token.code.name == code
    assert token.column == 3


def test_lines_without_content_are_left_out_and_numbers_stay() -> None:
    lines = split_lines("\ufeff-- a comment\r\n\r\nmap a\r\n\t  b \t\r\n")
    assert [(line.number, line.indent, line.text) for line in lines] == [(3, 0, "map a"), (4, 10, "\t  b")]


def test_a_carriage_return_inside_a_line_is_found() -> None:
    (line,) = split_lines("old\rmac")
    assert find_control(line) == 3
