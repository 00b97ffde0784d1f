from __future__ import annotations

import pytest

from hub.codec.hl7v2 import HL7_NULL, EncodingCharacters, MessageBuilder
from hub.core.diagnostics import Diagnostic


def test_places_are_filled_in_any_order_and_empty_ends_are_left_out() -> None:
    builder = MessageBuilder()
    builder.segment("MSH").set_field(9, "ADT^A08^ADT_A01").set_field(18, "")
    pid = builder.segment("PID")
    pid.set(8, 1, 1, 1, HL7_NULL)
    pid.set(3, 2, 4, 2, "1.2").set(3, 1, 1, 1, "999").set(3, 2, 5, 1, "")
    pid.set(5, 1, 1, 1, "O&Neil").set_raw(5, 1, 2, 1, "A\\T\\B")
    pid.set(30, 1, 1, 1, "")
    assert builder.render() == b'MSH|^~\\&|||||||ADT^A08^ADT_A01\rPID|||999~^^^&1.2||O\\T\\Neil^A\\T\\B|||""\r'


def test_encoding_characters_are_written_and_cannot_be_set() -> None:
    builder = MessageBuilder(EncodingCharacters("$", "%", "*", "!", "@", "#"))
    msh = builder.segment("MSH").set(3, 1, 2, 1, "a$b")
    assert builder.render() == b"MSH$%*!@#$%a!F!b\r"
    for field in (0, 1, 2):
        with pytest.raises(ValueError, match=f"MSH-{field}"):
            msh.set_field(field, "x")


def test_what_is_set_twice_holds_the_last() -> None:
    builder = MessageBuilder()
    builder.segment("ZZZ").set(1, 1, 1, 1, "a").set(1, 1, 1, 1, "b").set_field(2, "x").set(2, 1, 2, 1, "y")
    assert builder.render() == b"ZZZ|b|^y\r"


def test_a_character_outside_the_set_is_refused_with_its_segment_and_without_its_text() -> None:
    builder = MessageBuilder(charset="iso8859-1")
    builder.segment("MSH")
    builder.segment("NTE").set(3, 1, 1, 1, "fits é")
    builder.segment("NTE").set(3, 1, 1, 1, "Łukasz")
    refusal = builder.render()
    assert isinstance(refusal, Diagnostic)
    assert (refusal.code.name, refusal.place) == ("H401", "NTE[2]")
    assert "ukasz" not in repr(refusal)
