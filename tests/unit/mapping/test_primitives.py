"""The simple types, both ways."""

from decimal import Decimal

import pytest

from hub.mapping.codes.run import (
    MISSING_HOUR,
    NOT_A_BOOLEAN,
    NOT_A_NUMBER,
    NOT_A_TIME,
    NOT_A_WHOLE_NUMBER,
    NOT_OF_THE_TYPE,
    NOT_WRITABLE,
    REPEATED_HOUR,
    SHORTENED,
)
from hub.mapping.values.primitives import Misread, reader_of, writer_of

LONDON = "Europe/London"


def read(kind, text, zone=LONDON):
    return reader_of(kind)(text, zone)[0]


def refusal(kind, text, zone=LONDON):
    with pytest.raises(Misread) as caught:
        reader_of(kind)(text, zone)
    return caught.value.code


@pytest.mark.parametrize(
    ("text", "value", "rendered"),
    [
        ("71", 71, "71"),
        ("98.00", Decimal("98.00"), "98.00"),
        ("+5", 5, "5"),
        (".5", Decimal("0.5"), "0.5"),
        ("5.", 5, "5"),
        ("-0.10", Decimal("-0.10"), "-0.10"),
        ("007", 7, "7"),
    ],
)
def test_numbers_keep_their_digits(text, value, rendered):
    found = read("decimal", text)
    assert found == value
    assert str(found) == rendered
    assert type(found) is type(value)


@pytest.mark.parametrize("text", ["1,5", "1e3", "NaN", "inf", "5 mg", "--3", ".", "", "٣"])
def test_what_is_no_number(text):
    assert refusal("decimal", text) is NOT_A_NUMBER


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [("positiveInt", "1", "0"), ("unsignedInt", "0", "-1"), ("integer", "-2147483648", "2147483648"), ("integer", "7", "7.5")],
)
def test_whole_numbers_and_their_ranges(kind, good, bad):
    assert read(kind, good) == int(good)
    assert refusal(kind, bad) is NOT_A_WHOLE_NUMBER


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("date", "2026", "2026"),
        ("date", "202601", "2026-01"),
        ("date", "19890118000000", "1989-01-18"),
        ("dateTime", "2026", "2026"),
        ("dateTime", "20260103", "2026-01-03"),
        ("dateTime", "20260714203000+0500", "2026-07-14T20:30:00+05:00"),
        ("dateTime", "20260714203000-0930", "2026-07-14T20:30:00-09:30"),
        ("dateTime", "20260114203000.1234+0000", "2026-01-14T20:30:00.1234+00:00"),
        ("dateTime", "202601142030", "2026-01-14T20:30:00+00:00"),
        ("dateTime", "2026071420", "2026-07-14T20:00:00+01:00"),
        ("instant", "202607142030", "2026-07-14T20:30:00+01:00"),
        ("time", "2230", "22:30:00"),
        ("time", "223015.5", "22:30:15.5"),
        ("time", "20260714223015", "22:30:15"),
    ],
)
def test_times_keep_their_precision(kind, text, value):
    assert read(kind, text) == value


@pytest.mark.parametrize(
    "text",
    ["20260431", "20260229", "2026013", "26", "20261301", "20260101240000", "0000", "yesterday", "20260101+2500", "20260714203000+1500"],
)
def test_impossible_times_are_refused(text):
    assert refusal("dateTime", text) is NOT_A_TIME


def test_an_instant_needs_a_time_of_day():
    assert refusal("instant", "20260714") is NOT_A_TIME


def test_the_hour_that_came_twice_is_reported():
    value, note = reader_of("dateTime")("20261025013000", LONDON)
    assert value == "2026-10-25T01:30:00+01:00"
    assert note is not None
    assert note[0] is REPEATED_HOUR


def test_the_hour_that_came_twice_is_certain_with_an_offset():
    assert reader_of("dateTime")("20261025013000+0000", LONDON) == ("2026-10-25T01:30:00+00:00", None)


def test_the_hour_that_never_was_is_refused():
    assert refusal("dateTime", "20260329013000") is MISSING_HOUR


def test_the_zone_is_the_source_s():
    assert read("dateTime", "20260714203000", "Asia/Kolkata") == "2026-07-14T20:30:00+05:30"


@pytest.mark.parametrize(
    ("kind", "text"), [("uri", "a b"), ("id", "a/b"), ("id", "x" * 65), ("base64Binary", "a"), ("base64Binary", "é===")]
)
def test_texts_that_a_type_cannot_hold(kind, text):
    assert refusal(kind, text) is NOT_OF_THE_TYPE


def test_yes_and_no():
    assert read("boolean", "Y") is True
    assert read("boolean", "N") is False
    assert refusal("boolean", "1") is NOT_A_BOOLEAN


def test_blanks_say_nothing():
    assert read("string", "  ") is None
    assert read("code", " a  b ") == "a b"
    assert read("base64Binary", "aGVs\nbG8=") == "aGVsbG8="


@pytest.mark.parametrize(
    ("fhir", "v2", "value", "text"),
    [
        ("date", "DT", "2026-01", "202601"),
        ("dateTime", "DTM", "2026-07-14T20:30:00+01:00", "20260714203000+0100"),
        ("dateTime", "TS", "2026-07-14T20:30:00Z", "20260714203000+0000"),
        ("dateTime", "DT", "2026-07-14T20:30:00Z", "20260714"),
        ("dateTime", "DTM", "2026", "2026"),
        ("time", "TM", "22:30:00", "223000"),
        ("decimal", "NM", Decimal("98.00"), "98.00"),
        ("decimal", "NM", Decimal("1E+2"), "100"),
        ("boolean", "ID", True, "Y"),
        ("positiveInt", "SI", 3, "3"),
        ("string", "ST", "a^b", "a^b"),
    ],
)
def test_the_way_back(fhir, v2, value, text):
    assert writer_of(fhir, v2)(value) == (text, None)


def test_a_fraction_longer_than_v2_can_hold_is_reported():
    text, note = writer_of("dateTime", "DTM")("2026-07-14T20:30:00.123456+01:00")
    assert text == "20260714203000.1234+0100"
    assert note is not None
    assert note[0] is SHORTENED


@pytest.mark.parametrize(
    ("fhir", "v2", "value"),
    [
        ("date", "DT", "2026-02-30"),
        ("date", "DT", 5),
        ("decimal", "NM", "five"),
        ("decimal", "NM", True),
        ("string", "ST", {"a": 1}),
        ("dateTime", "DTM", "2026-01-01T25:00:00Z"),
        ("time", "TM", "noon"),
    ],
)
def test_values_that_v2_cannot_hold(fhir, v2, value):
    with pytest.raises(Misread) as caught:
        writer_of(fhir, v2)(value)
    assert caught.value.code is NOT_WRITABLE
