from __future__ import annotations

import pytest

from hub.codec.hl7v2 import Message, charset_name, find_charset, parse_message, render
from hub.core.diagnostics import Diagnostic


def message_in(name: str, text: str, charset: str) -> bytes:
    return f"MSH|^~\\&|A|B|C|D|||ADT^A08|1|P|2.5||||||{name}\rPID|1||1||{text}\r".encode(charset)


@pytest.mark.parametrize(
    ("name", "codec", "text"),
    [
        ("ASCII", "ascii", "Obrien"),
        ("8859/1", "iso8859-1", "Zoë"),
        ("8859/2", "iso8859-2", "Łukasz"),
        ("8859/5", "iso8859-5", "Анна"),
        ("8859/7", "iso8859-7", "Ελένη"),
        ("8859/9", "iso8859-9", "Işık"),
        ("8859/15", "iso8859-15", "€"),
        ("UNICODE UTF-8", "utf-8", "Siân 漢"),
        ("UNICODE", "utf-8", "Siân"),
        ("unicode utf-8", "utf-8", "Siân"),
        ("UTF-8", "utf-8", "Siân"),
    ],
)
def test_the_sets_of_table_0211(name: str, codec: str, text: str) -> None:
    data = message_in(name, text, codec)
    message = parse_message(data)
    assert isinstance(message, Message)
    assert message.charset == codec
    assert message.segments[1].field(5) == text
    assert render(message) == data


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("name", ["UNICODE UTF-16", "UNICODE", ""])
def test_utf_16_with_and_without_a_byte_order_mark(codec: str, mark: str, name: str) -> None:
    data = mark.encode(codec) + message_in(name, "Siân", codec)
    message = parse_message(data)
    assert isinstance(message, Message)
    assert message.charset == codec
    assert message.segments[1].field(5) == "Siân"
    assert render(message) == data
    assert bool(message.diagnostics) is (name == "")


def test_without_msh_18_other_bytes_are_read_and_reported() -> None:
    for codec, read_as in (("utf-8", "utf-8"), ("cp1252", "cp1252")):
        message = parse_message(message_in("", "Siân’s", codec))
        assert isinstance(message, Message)
        assert (message.charset, message.segments[1].field(5)) == (read_as, "Siân’s")
        assert [each.code.name for each in message.diagnostics] == ["H107"]
    undefined_in_cp1252 = parse_message(message_in("", "\x81", "iso8859-1"))
    assert isinstance(undefined_in_cp1252, Message)
    assert undefined_in_cp1252.charset == "iso8859-1"


def test_without_msh_18_plain_ascii_needs_no_word() -> None:
    message = parse_message(message_in("", "Obrien", "ascii"))
    assert isinstance(message, Message)
    assert (message.charset, message.diagnostics) == ("ascii", ())


def test_a_set_that_is_not_supported_is_refused_at_msh_18() -> None:
    refusal = parse_message(message_in("ISO IR87", "x", "ascii"))
    assert isinstance(refusal, Diagnostic)
    assert (refusal.code.name, refusal.code.hl7, refusal.place) == ("H105", "103", "MSH-18")


def test_bytes_outside_the_declared_set_are_refused_at_their_field() -> None:
    for name, codec in (("UNICODE UTF-8", "iso8859-1"), ("ASCII", "utf-8")):
        refusal = parse_message(message_in(name, "Zoë", codec))
        assert isinstance(refusal, Diagnostic)
        assert (refusal.code.name, refusal.place) == ("H106", "PID[1]-5")


def test_a_header_that_is_not_true_about_utf_16_is_refused() -> None:
    for name, codec in (("UNICODE UTF-16", "utf-8"), ("UNICODE UTF-8", "utf-16-le")):
        refusal = parse_message(message_in(name, "x", codec))
        assert isinstance(refusal, Diagnostic)
        assert refusal.code.name == "H106"


def test_more_than_one_set_uses_the_first_and_says_so() -> None:
    message = parse_message(message_in("8859/1~ISO IR87", "Zoë", "iso8859-1"))
    assert isinstance(message, Message)
    assert message.charset == "iso8859-1"
    assert [each.code.name for each in message.diagnostics] == ["H109"]


def test_names_go_both_ways() -> None:
    for name in ("ASCII", "8859/1", "8859/9", "8859/15", "UNICODE UTF-8"):
        codec = find_charset(name)
        assert codec is not None
        assert charset_name(codec) == name
    assert charset_name("utf-16-le") == "UNICODE UTF-16"
    assert (find_charset("KLINGON"), charset_name("koi8-r")) == (None, None)
