"""Primitive values: JSON kind and format. https://hl7.org/fhir/R4/datatypes.html#primitive"""

from decimal import Decimal

import pytest

from hub.fhir.primitives import primitive_check

UUID = "urn:uuid:c757873d-ec9a-4326-a141-556f43239520"

GOOD = [
    ("date", "2026"), ("date", "2026-02"), ("date", "2026-02-28"), ("date", "2024-02-29"),
    ("dateTime", "2026-02-01T10:00:00Z"), ("dateTime", "2026-02-01T10:00:00.123456789+01:00"), ("dateTime", "2026-02"),
    ("dateTime", "2016-12-31T23:59:60Z"),
    ("instant", "2026-02-01T10:00:00.000-05:00"),
    ("time", "10:00:00"), ("boolean", True), ("boolean", False),
    ("integer", -2147483648), ("integer", 2147483647), ("unsignedInt", 0), ("positiveInt", 1),
    ("decimal", Decimal("36.50")), ("decimal", 36), ("decimal", Decimal("-1e-3")),
    ("id", "a-Z.9"), ("id", "x" * 64), ("code", "in-progress"), ("code", "two words"),
    ("uri", "urn:oid:1.2.3"), ("url", "https://example.org/a"), ("canonical", "https://example.org/V|1"),
    ("oid", "urn:oid:1.2.840"), ("uuid", UUID), ("base64Binary", "aGVsbG8="), ("base64Binary", "aGVs\nbG8="),
    ("string", " padded "), ("string", "a\nb\tc"), ("markdown", "# x\n"),
]  # fmt: skip

BAD = [
    ("date", "2026-02-30", "F010"), ("date", "2026-02-29", "F010"), ("date", "1900-02-29", "F010"), ("date", "2026-13", "F010"),
    ("date", "2026-04-31", "F010"), ("date", "31/05/1952", "F010"), ("date", "20260228", "F010"), ("date", "0000", "F010"), ("date", "2026-2-1", "F010"),
    ("date", "2026-02-01T10:00:00Z", "F010"), ("date", "٢٠٢٦", "F010"), ("date", "2026-02-01\n", "F010"), ("date", 2026, "F006"),
    ("dateTime", "2026-02-01T10:00:00", "F010"), ("dateTime", "2026-02-01T10:00Z", "F010"), ("dateTime", "2026-02-30T10:00:00Z", "F010"),
    ("dateTime", "2026-02-01T24:00:00Z", "F010"), ("dateTime", "2026-02-01 10:00:00Z", "F010"), ("dateTime", "2026-02-01T10:00:00+15:00", "F010"),
    ("instant", "2026-02-01", "F010"), ("instant", "2026-02-01T10:00:00", "F010"), ("time", "24:00:00", "F010"), ("time", "10:00", "F010"),
    ("boolean", "true", "F006"), ("boolean", 1, "F006"), ("boolean", None, "F013"),
    ("integer", "1", "F006"), ("integer", Decimal("1.0"), "F006"), ("integer", True, "F006"), ("integer", 2147483648, "F010"),
    ("unsignedInt", -1, "F010"), ("positiveInt", 0, "F010"),
    ("decimal", "1.5", "F006"), ("decimal", True, "F006"), ("decimal", 1.5, "F006"), ("decimal", Decimal("NaN"), "F010"),
    ("id", "a b", "F010"), ("id", "x" * 65, "F010"), ("id", "a_b", "F010"), ("code", " final", "F010"), ("code", "final ", "F010"), ("code", "a  b", "F010"),
    ("uri", "https://example.org/a b", "F010"), ("oid", "1.2.3", "F010"), ("uuid", UUID.upper(), "F010"), ("uuid", UUID[9:], "F010"),
    ("base64Binary", "aGVsbG8", "F010"), ("base64Binary", "====", "F010"), ("base64Binary", "a*==", "F010"),
    ("string", "", "F012"), ("string", "a\x00b", "F010"), ("string", "a\x0bb", "F010"), ("string", 1, "F006"), ("string", None, "F013"), ("string", [], "F006"),
]  # fmt: skip


@pytest.mark.parametrize(("type_name", "value"), GOOD)
def test_allowed(type_name, value):
    assert primitive_check(type_name)(value) is None


@pytest.mark.parametrize(("type_name", "value", "code"), BAD)
def test_refused(type_name, value, code):
    fault = primitive_check(type_name)(value)
    assert fault is not None
    assert fault.name == code


def test_long_texts_end_soon():
    """HL7's own base64 expression backtracks without end on this."""
    assert primitive_check("base64Binary")("A " * 200_000 + "*") is not None


def test_what_is_not_primitive():
    with pytest.raises(KeyError):
        primitive_check("Quantity")
