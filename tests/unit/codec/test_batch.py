from __future__ import annotations

import pytest

from hub.codec.hl7v2 import split_batch
from hub.codec.mllp import encode

ONE = b"MSH|^~\\&|A\rPID|1\r"
TWO = b"MSH|^~\\&|B\rPID|2\r"


@pytest.mark.parametrize(
    "data",
    [
        ONE + TWO,
        ONE + b"\r\n\r\n" + TWO + b"\r\r",
        b"FHS|^~\\&|x\rBHS|^~\\&|y\r" + ONE + TWO + b"BTS|2\rFTS|1\r",
        b"\xef\xbb\xbfBHS|^~\\&\r" + ONE + b"\r" + TWO + b"BTS\r",
        encode(ONE) + encode(TWO),
        encode(ONE) + b"\n" + encode(TWO) + b"\n",
    ],
)
def test_each_message_comes_out_as_it_was(data: bytes) -> None:
    assert list(split_batch(data)) == [(0, ONE), (1, TWO)]


def test_line_feeds_and_a_last_message_without_an_end() -> None:
    data = b"MSH|^~\\&|A\nPID|1\n\nMSH|^~\\&|B\nPID|2"
    assert [part for _, part in split_batch(data)] == [b"MSH|^~\\&|A\nPID|1\n", b"MSH|^~\\&|B\nPID|2"]


def test_a_single_message_with_its_byte_order_mark() -> None:
    assert list(split_batch(b"\xef\xbb\xbf" + ONE)) == [(0, b"\xef\xbb\xbf" + ONE)]


def test_utf_16() -> None:
    data = ("\ufeff" + (ONE + b"\r" + TWO).decode()).encode("utf-16-le")
    assert [part.decode("utf-16") for _, part in split_batch(data)] == [ONE.decode(), TWO.decode()]


def test_what_is_neither_envelope_nor_message_is_not_passed_over() -> None:
    assert [part for _, part in split_batch(b"junk\r" + ONE)] == [b"junk\r", ONE]
    assert [part for _, part in split_batch(b"FHS|^~\\&\rlost\r" + ONE)] == [b"lost\r", ONE]
    assert [part for _, part in split_batch(encode(ONE) + b"lost" + encode(TWO))] == [ONE, b"lost", TWO]
    assert [part for _, part in split_batch(b"PID|1\r")] == [b"PID|1\r"]


def test_nothing_gives_nothing() -> None:
    assert list(split_batch(b"")) == []
    assert list(split_batch(b"\r\n \r\n")) == []


def test_msh_inside_a_line_is_text() -> None:
    data = b"MSH|^~\\&|A\rNTE|1||see MSH|x\rNTE|2||MSHX\r"
    assert list(split_batch(data)) == [(0, data)]
