"""Whose message it is, when its map cannot say."""

import pytest

from hub.codec.hl7v2 import parse_message
from hub.engine.addressee import nhs_numbers_of

NHS = "https://fhir.nhs.uk/Id/nhs-number"


@pytest.mark.parametrize(
    ("pid_3", "expected"),
    [
        ("9990000018^^^NHS^NH", ["9990000018"]),
        ("A1^^^RCF^MR~9990000018^^^NHSNBR^NHSNMBR", ["9990000018"]),
        ("999 000 0018^^^NHS&2.16.840.1.113883.2.1.4.1&ISO", ["9990000018"]),
        ("9990000018^^^^NH", ["9990000018"]),
        ("9990000019^^^NHS^NH", []),  # the check digit is wrong
        ("9990000018^^^RCF^MR", []),  # a local number that looks like one
        ("", []),
    ],
)
def test_the_nhs_number_is_read_from_pid_3(pid_3: str, expected: list[str]) -> None:
    message = parse_message(f"MSH|^~\\&|A|B|C|D|20260101||ADT^A31|1|P|2.4\rPID|1||{pid_3}||X\r".encode())
    assert nhs_numbers_of(message) == tuple((NHS, number) for number in expected)


def test_nothing_is_read_of_what_is_no_message() -> None:
    assert nhs_numbers_of(None) == ()
