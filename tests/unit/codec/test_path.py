from __future__ import annotations

import pytest

from hub.codec.hl7v2 import Message, Path, parse_message, parse_path, raw_at, span_of
from hub.core.diagnostics import Diagnostic


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("PID", Path("PID")),
        ("PID-3", Path("PID", 3)),
        ("PID-3[2].4.1", Path("PID", 3, 2, 4, 1)),
        ("PID-3[*].1", Path("PID", 3, "*", 1)),
        ("PV1-7.2", Path("PV1", 7, None, 2)),
        ("OBX[3]-5.1", Path("OBX", 5, None, 1, None, 3)),
        ("ZPI[2]", Path("ZPI", occurrence=2)),
    ],
)
def test_a_path_and_its_text(text: str, path: Path) -> None:
    assert parse_path(text) == path
    assert str(path) == text


@pytest.mark.parametrize(
    "text", ["", "pid-3", "PID.3", "PID-0", "PID-3[0]", "PID-3.", "PID-", "PID-3 ", "PIDX-3", "PID-3.1.1.1", "segment 4", "PID-٣"]
)
def test_what_is_not_a_path(text: str) -> None:
    assert isinstance(parse_path(text), Diagnostic)


@pytest.fixture
def message() -> Message:
    message = parse_message("MSH|^~\\&|Siân|B||||||1|P|2.5||||||UNICODE UTF-8\rPID|1||é1^a&b~2^^^X&1.2&ISO|\r\nZPI|x".encode())
    assert isinstance(message, Message)
    return message


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        ("MSH-1", "|"),
        ("MSH-2", "^~\\&"),
        ("MSH-3", "Siân"),
        ("MSH-4", "B"),
        ("MSH-18", "UNICODE UTF-8"),
        ("PID", "PID|1||é1^a&b~2^^^X&1.2&ISO|"),
        ("PID-2", ""),
        ("PID-3", "é1^a&b~2^^^X&1.2&ISO"),
        ("PID-3[1]", "é1^a&b"),
        ("PID-3.2", "a&b"),
        ("PID-3[1].2.2", "b"),
        ("PID-3[2].4.2", "1.2"),
        ("PID-4", ""),
        ("ZPI-1", "x"),
    ],
)
def test_the_span_of_a_path_in_bytes(message: Message, text: str, raw: str) -> None:
    path = parse_path(text)
    assert isinstance(path, Path)
    segment = next(each for each in message.segments if each.name == path.segment)
    span = span_of(message, segment, path)
    assert span is not None
    assert message.raw[slice(*span)].decode() == raw
    assert raw_at(message, segment, path) == raw


@pytest.mark.parametrize("text", ["PID-5", "PID-3[3]", "PID-3[2].5", "PID-3[1].1.2", "MSH-19"])
def test_a_place_that_the_segment_does_not_reach(message: Message, text: str) -> None:
    path = parse_path(text)
    assert isinstance(path, Path)
    segment = next(each for each in message.segments if each.name == path.segment)
    assert span_of(message, segment, path) is None
    assert raw_at(message, segment, path) is None
