from __future__ import annotations

from datetime import UTC, datetime

import hl7
import pytest

from hub.codec import codes
from hub.codec.hl7v2 import AckCode, Acknowledgement, Message, acknowledge, parse_acknowledgement, parse_message
from hub.codec.hl7v2.error_segment import ERROR_TEXTS, MOST_ERRORS
from hub.core.diagnostics import Code, Diagnostic, Severity

AT = datetime(2026, 8, 1, 9, 30, tzinfo=UTC)
WRONG_VALUE = Code("X1", "a value & its unit", "", hl7="103")
ODD = Code("X2", "odd", "", severity=Severity.WARNING, hl7="0")
FOUND = Diagnostic(WRONG_VALUE, "not in table | 0001", place="OBX[3]-5[2].4.1", fix="Send a code of it")


def message(version: str, control_id: str = "C^7", msh2: str = "^~\\&", charset: str = "UNICODE UTF-8") -> Message:
    text = f"MSH|{msh2}|MON&X|Sïte^1|HUB|NHS|20260801||ADT^A08^ADT_A01|{control_id}|T|{version}||||||{charset}\rPID|1\r"
    found = parse_message(text.encode("utf-8" if "8859" not in charset else "iso8859-1"))
    assert isinstance(found, Message)
    return found


def lines(answer: bytes) -> list[str]:
    assert answer.endswith(b"\r")
    return answer.decode().split("\r")[:-1]


def test_the_positive_answer() -> None:
    answer = acknowledge(message("2.5"), AckCode.AA, control_id="A1", at=AT)
    assert lines(answer) == [
        "MSH|^~\\&|HUB|NHS|MON&X|Sïte^1|20260801093000+0000||ACK^A08^ACK|A1|T|2.5||||||UNICODE UTF-8",
        "MSA|AA|C^7",
    ]


def test_errors_from_2_5_on_have_a_segment_each() -> None:
    answer = acknowledge(message("2.6"), AckCode.AE, control_id="A1", at=AT, diagnostics=[FOUND, Diagnostic(ODD, "x", place="a.map:3")])
    assert lines(answer)[1:] == [
        "MSA|AE|C^7",
        (
            "ERR||OBX^3^5^2^4^1|103^Table value not found^HL70357|E|X1^a value \\T\\ its unit^L||not in table \\F\\ 0001"
            "|a value \\T\\ its unit: not in table \\F\\ 0001. Send a code of it"
        ),
        "ERR|||0^Message accepted^HL70357|W|X2^odd^L||x|odd: x",
    ]


def test_errors_before_2_5_are_repetitions_of_err_1() -> None:
    second = Diagnostic(codes.CHARSET_UNSUPPORTED, "x", place="MSH-18")
    answer = acknowledge(message("2.4"), AckCode.AE, control_id="A1", at=AT, diagnostics=[FOUND, second])
    assert lines(answer)[1:] == [
        "MSA|AE|C^7|a value \\T\\ its unit: not in table \\F\\ 0001",
        "ERR|OBX^3^5^103&Table value not found&HL70357~MSH^1^18^103&Table value not found&HL70357",
    ]


@pytest.mark.parametrize(
    ("version", "msh9"), [("2.1", "ACK"), ("2.3", "ACK^A08"), ("2.3.1", "ACK^A08^ACK"), ("9", "ACK^A08^ACK"), ("", "ACK^A08^ACK")]
)
def test_the_type_of_the_answer_follows_the_version(version: str, msh9: str) -> None:
    header = lines(acknowledge(message(version), AckCode.CA, control_id="A1", at=AT))[0].split("|")
    assert header[8] == msh9
    assert header[11] == (version or "2.5")


def test_msa_2_is_msh_10_byte_for_byte_in_the_charset_of_the_message() -> None:
    answer = acknowledge(message("2.5", "é\\T\\7 ", charset="8859/1"), AckCode.AA, control_id="A1", at=AT)
    assert b"MSA|AA|\xe9\\T\\7 \r" in answer


def test_utf_16_is_answered_in_utf_16() -> None:
    data = ("\ufeff" + message("2.5").text.replace("UTF-8", "UTF-16")).encode("utf-16-be")
    asked = parse_message(data)
    assert isinstance(asked, Message)
    read = parse_acknowledgement(acknowledge(asked, AckCode.AA, control_id="A1", at=AT))
    assert read == Acknowledgement(AckCode.AA, "C^7")


def test_other_encoding_characters_are_answered_with_the_same() -> None:
    asked = parse_message(b"MSH$%*!@#$A$$B$$$$ADT%A08$1$P$2.7\r")
    assert isinstance(asked, Message)
    answer = acknowledge(asked, AckCode.AR, control_id="A1", at=AT, diagnostics=[Diagnostic(ODD, "50% | $5", place="PID-3")])
    assert lines(answer) == [
        "MSH$%*!@#$B$$A$$20260801093000+0000$$ACK%A08%ACK$A1$P$2.7",
        "MSA$AR$1",
        "ERR$$PID%1%3%1$0%Message accepted%HL70357$W$X2%odd%L$$50!S! | !F!5$odd: 50!S! | !F!5",
    ]


def test_bytes_with_a_readable_header_are_answered_to_their_sender() -> None:
    data = message("2.5").raw.replace(b"UNICODE UTF-8", b"KLINGON") + b"not a segment\r"
    read = parse_acknowledgement(acknowledge(data, AckCode.AR, control_id="A1", at=AT).replace(b"KLINGON", b"8859/1"))
    assert isinstance(read, Acknowledgement)
    assert (read.code, read.control_id) == (AckCode.AR, "C^7")


@pytest.mark.parametrize("nothing", [None, b"", b"MSH", b"garbage"])
def test_what_has_no_header_at_all_gets_a_plain_answer(nothing: bytes | None) -> None:
    assert lines(acknowledge(nothing, AckCode.AR, control_id="A1", at=AT)) == [
        "MSH|^~\\&|||||20260801093000+0000||ACK|A1|P|2.5",
        "MSA|AR",
    ]


def test_an_answer_has_no_end_of_errors() -> None:
    answer = acknowledge(message("2.5"), AckCode.AE, control_id="A1", at=AT, diagnostics=[FOUND] * 1000)
    assert answer.count(b"ERR|") == MOST_ERRORS


@pytest.mark.parametrize("version", ["2.3", "2.5"])
def test_our_answers_are_read_by_ourselves_and_by_python_hl7(version: str) -> None:
    answer = acknowledge(message(version), AckCode.AE, control_id="A1", at=AT, diagnostics=[FOUND, FOUND])
    read = parse_acknowledgement(answer)
    assert isinstance(read, Acknowledgement)
    assert (read.code, read.control_id, read.errors) == (AckCode.AE, "C^7", ("103", "103"))
    assert "not in table | 0001" in read.text
    assert "not in table" not in repr(read)
    other = hl7.parse(answer.decode())
    assert str(other["MSA.F1.R1.C1"]) == "AE"


@pytest.mark.parametrize("data", [b"MSH|^~\\&|A\r", b"MSH|^~\\&|A\rMSA|OK|1\r", b"MSH|^~\\&|A\rMSA\r"])
def test_what_is_not_an_acknowledgement(data: bytes) -> None:
    refusal = parse_acknowledgement(data)
    assert isinstance(refusal, Diagnostic)
    assert refusal.code.name == "H301"


def test_which_codes_mean_that_it_was_taken() -> None:
    assert {code for code in AckCode if code.is_accepted} == {AckCode.AA, AckCode.CA}


def test_every_code_has_a_number_of_its_own_and_an_err_3_of_table_0357() -> None:
    assert len({code.name for code in codes.CODES}) == len(codes.CODES)
    assert {code.hl7 for code in codes.CODES} <= ERROR_TEXTS.keys()
    assert set(codes.CODES) == {value for value in vars(codes).values() if isinstance(value, Code)}
