from __future__ import annotations

import time

import pytest

from hub.codec.hl7v2 import Message, check_header, parse_header, parse_message, render
from hub.core.diagnostics import Diagnostic

HEADER = b"MSH|^~\\&|MON|WARD^1.2^ISO|HUB|NHS|20260801||ORU^R01^ORU_R01|77|P|2.6|||AL|NE||UNICODE UTF-8"


def parsed(data: bytes) -> Message:
    message = parse_message(data)
    assert isinstance(message, Message), message
    return message


def refused(data: bytes) -> tuple[str, str | None]:
    message = parse_message(data)
    assert isinstance(message, Diagnostic)
    return message.code.name, message.place


def test_fields_have_the_numbers_of_hl7() -> None:
    message = parsed(HEADER + b"\rPID|1||999^^^X\r")
    assert message.msh.fields[:4] == ["MSH", "|", "^~\\&", "MON"]
    assert message.segments[1].fields == ["PID", "1", "", "999^^^X"]
    assert (message.segments[1].field(3), message.segments[1].field(99)) == ("999^^^X", "")


def test_the_header_says_who_what_and_how_to_answer() -> None:
    message = parsed(HEADER)
    assert (message.message_code, message.trigger_event, message.structure) == ("ORU", "R01", "ORU_R01")
    assert (message.control_id, message.processing_id, message.version) == ("77", "P", "2.6")
    assert (message.accept_ack, message.application_ack) == ("AL", "NE")
    assert (message.sending_application, message.sending_facility) == ("MON", "WARD^1.2^ISO")
    assert (message.receiving_application, message.receiving_facility) == ("HUB", "NHS")


def test_msh_alone_is_a_message() -> None:
    assert [segment.name for segment in parsed(b"MSH|^~\\&").segments] == ["MSH"]
    assert [segment.name for segment in parsed(HEADER + b"\r").segments] == ["MSH"]


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b"\r\r", b"\n\n", b"\r\n\r\n"])
def test_line_ends_and_blank_lines_are_kept(end: bytes) -> None:
    data = end.join([HEADER, b"PID|1||||", b'ZPI|x^y&z|""|', b"OBX|1", b"OBX|2"]) + end
    message = parsed(data)
    assert [(segment.name, segment.occurrence) for segment in message.segments[2:]] == [("ZPI", 1), ("OBX", 1), ("OBX", 2)]
    assert message.segments[1].fields == ["PID", "1", "", "", "", ""]
    assert message.segments[2].fields[2] == '""'
    assert render(message) == data


def test_other_delimiters_and_a_truncation_character() -> None:
    data = b"MSH$%*!@#$A%1$\rPID$1$a%b*c@d\r"
    message = parsed(data)
    assert (message.encoding.field, message.encoding.msh2, message.encoding.truncation) == ("$", "%*!@#", "#")
    assert message.segments[1].field(2) == "a%b*c@d"
    assert render(message) == data


@pytest.mark.parametrize(
    "start", [b"MSH", b"MSH|", b"MSH|^~\\|", b"MSH|^~\\&#+|", b"MSH|^^\\&|", b"MSHa^~\\&a", b"MSH|^~ &|", b"MSH\xa7^~\\&\xa7"]
)
def test_encoding_characters_that_cannot_be_used(start: bytes) -> None:
    assert refused(start + b"\rPID|1") == ("H102", "MSH-2")


@pytest.mark.parametrize("data", [b"", b"\r\n", b"PID|1", b"FHS|^~\\&|\rMSH|^~\\&|", b"GET / HTTP/1.1", b"\xff\xfe"])
def test_what_is_not_hl7(data: bytes) -> None:
    assert refused(data) == ("H101", "segment 1")


def test_a_byte_order_mark_and_blank_lines_before_the_header_are_kept() -> None:
    data = b"\xef\xbb\xbf\r\n" + HEADER + b"\r"
    message = parsed(data)
    assert message.segments[0].start == 3  # characters
    assert message.byte_offset(3) == 5
    assert render(message) == data


@pytest.mark.parametrize("line", [b"two words", b"pid|1", b"P|1", b" PID|1", b"1ID|1", b"PID1|x"])
def test_a_line_that_is_no_segment_is_refused_with_its_number(line: bytes) -> None:
    assert refused(HEADER + b"\rPID|1\r" + line + b"\rPV1|1\r") == ("H103", "segment 3")
    assert refused(HEADER + b"\nPID|1\n" + line + b"\nPV1|1\n") == ("H103", "segment 3")


def test_two_messages_are_never_read_as_one() -> None:
    assert refused(HEADER + b"\rPID|1\r" + HEADER + b"\rPID|2\r") == ("H104", "MSH[2]")


def test_a_line_feed_inside_a_field_is_text_where_segments_end_with_cr() -> None:
    data = HEADER + b"\rOBX|1|TX|a||line one\nline two\nline three|\rOBX|2\r"
    message = parsed(data)
    assert message.segments[1].field(5) == "line one\nline two\nline three"
    assert [(each.code.name, each.place) for each in message.diagnostics] == [("H110", "OBX[1]-5")]
    assert render(message) == data


def test_a_diagnostic_never_holds_a_value() -> None:
    for data in (HEADER + b"\rSmith John\r", HEADER + b"\rPID|1||9990001112\xff|Smith", b"Smith"):
        message = parse_message(data)
        assert isinstance(message, Diagnostic)
        assert not {"Smith", "9990001112"} & set(f"{message.detail} {message.place} {message.fix}".split())
    assert "Smith" not in repr(parsed(HEADER + b"\rPID|1|Smith"))


def test_one_field_of_5_mb() -> None:
    started = time.process_time()
    data = HEADER + b"\rOBX|1|ED|doc||" + b"QUJD" * (5 << 18) + b"|F\r"
    message = parsed(data)
    assert len(message.segments[1].field(5)) == 5 << 20
    assert render(message) == data
    assert time.process_time() - started < 2


def test_the_header_is_checked_for_what_must_be_there_and_for_its_version() -> None:
    def found(data: bytes) -> list[tuple[str, str | None]]:
        return [(each.code.name, each.place) for each in check_header(parsed(data))]

    assert found(HEADER) == []
    assert found(HEADER.replace(b"|2.6|", b"|9.9|")) == [("H112", "MSH-12")]
    assert found(b"MSH|^~\\&|A") == [("H111", "MSH-9"), ("H111", "MSH-10"), ("H111", "MSH-11"), ("H111", "MSH-12")]


def test_the_header_of_an_unreadable_message_can_still_be_read() -> None:
    header = parse_header(HEADER + b"\rPID|1|\xff\rnonsense")
    assert isinstance(header, Message)
    assert header.control_id == "77"
    unknown_set = parse_header(HEADER.replace(b"UNICODE UTF-8", b"KLINGON"))
    assert isinstance(unknown_set, Message)
    assert unknown_set.sending_application == "MON"
    assert isinstance(parse_header(b"nothing"), Diagnostic)
