from __future__ import annotations

import time

import pytest

from hub.codec.hl7v2 import EncodingCharacters, escape, unescape

WITH_TRUNCATION = EncodingCharacters(truncation="#")


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("O\\T\\Neil", "O&Neil"),
        ("\\F\\\\S\\\\T\\\\R\\\\E\\", "|^&~\\"),
        ("one\\.br\\two", "one\ntwo"),
        ("one\\.sp\\two\\.sp2\\three", "one\ntwo\n\nthree"),
        ("a\\.sk3\\b", "a   b"),
        ("\\.in+4\\\\.ti-2\\\\.fi\\\\.nf\\x", "x"),
        ("\\.ce\\Title", "\nTitle"),
        ("\\H\\high\\N\\", "high"),
        ("\\X0D0A\\", "\r\n"),
        ("\\XC3A9\\", "é"),
        ("\\Zdog\\", "\\Zdog\\"),
        ("\\C2842\\ \\M262170\\", "\\C2842\\ \\M262170\\"),
        ("\\XF\\ \\XZZ\\ \\XFF\\", "\\XF\\ \\XZZ\\ \\XFF\\"),
        ("a\\b", "a\\b"),
        ("C:\\dir\\T\\x", "C:\\dir&x"),
        ("\\.zz\\ \\.sk-1\\", "\\.zz\\ \\.sk-1\\"),
        ("\\P\\", "\\P\\"),
        ('""', '""'),
    ],
)
def test_what_a_sequence_says(raw: str, text: str) -> None:
    assert unescape(raw) == text


def test_hexadecimal_is_in_the_character_set_of_the_message() -> None:
    assert unescape("\\XE9\\", charset="iso8859-1") == "é"


def test_the_truncation_character_has_a_sequence_where_there_is_one() -> None:
    assert unescape("\\P\\", WITH_TRUNCATION) == "#"
    assert escape("#", WITH_TRUNCATION) == "\\P\\"
    assert escape("#") == "#"


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        ("plain", "plain"),
        ("a|b^c&d~e\\f", "a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f"),
        ("a\r\nb\rc\nd", "a\\.br\\b\\.br\\c\\.br\\d"),
        ("\x0b\x1c", "\\X0B\\\\X1C\\"),
        ("tab\tstays", "tab\tstays"),
        ("\\.br\\", "\\E\\.br\\E\\"),
        ('""', '""'),
    ],
)
def test_how_text_is_written(text: str, raw: str) -> None:
    assert escape(text) == raw


def test_other_encoding_characters() -> None:
    encoding = EncodingCharacters("$", "%", "*", "!", "@")
    assert escape("a|$!", encoding) == "a|!F!!E!"
    assert unescape("a|!F!!E!", encoding) == "a|$!"


def test_hostile_text_takes_linear_time() -> None:
    started = time.process_time()
    for text in ("\\" * 500_000, "\\X" + "0" * 500_000, "\\X0" * 100_000, "\\.sk" * 100_000):
        unescape(text)
    assert time.process_time() - started < 3
