"""Dates and numbers as ranges, against the calendar of the standard library."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from hub.fhir.search.ranges import date_range, number_range

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(*moment):
    return (datetime(*moment, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2026", micros(2026, 1, 1), micros(2027, 1, 1)),
        ("2024", micros(2024, 1, 1), micros(2025, 1, 1)),
        ("2026-02", micros(2026, 2, 1), micros(2026, 3, 1)),
        ("2024-02", micros(2024, 2, 1), micros(2024, 3, 1)),
        ("2026-12", micros(2026, 12, 1), micros(2027, 1, 1)),
        ("2026-12-31", micros(2026, 12, 31), micros(2027, 1, 1)),
        ("1952-05-31", micros(1952, 5, 31), micros(1952, 6, 1)),
        ("2026-02-01T10:00Z", micros(2026, 2, 1, 10), micros(2026, 2, 1, 10, 1)),
        ("2026-02-01T10:00:05Z", micros(2026, 2, 1, 10, 0, 5), micros(2026, 2, 1, 10, 0, 6)),
        ("2026-02-01T10:00:00", micros(2026, 2, 1, 10), micros(2026, 2, 1, 10, 0, 1)),
        ("2026-02-01T10:00:00+01:00", micros(2026, 2, 1, 9), micros(2026, 2, 1, 9, 0, 1)),
        ("2026-02-01T23:30:00-05:30", micros(2026, 2, 2, 5), micros(2026, 2, 2, 5, 0, 1)),
        ("2026-02-01T10:00:00.5Z", micros(2026, 2, 1, 10, 0, 0, 500000), micros(2026, 2, 1, 10, 0, 0, 600000)),
        ("2026-02-01T10:00:00.000Z", micros(2026, 2, 1, 10), micros(2026, 2, 1, 10, 0, 0, 1000)),
        ("2026-02-01T10:00:00.123456789Z", micros(2026, 2, 1, 10, 0, 0, 123456), micros(2026, 2, 1, 10, 0, 0, 123457)),
        ("2016-12-31T23:59:60Z", micros(2017, 1, 1), micros(2017, 1, 1, 0, 0, 1)),
    ],
)
def test_dates(text, low, high):
    assert date_range(text) == (low, high)


def test_the_last_year_has_an_end():
    low, high = date_range("9999")
    assert high - low == 365 * 86_400_000_000


@pytest.mark.parametrize("text", ["", "0000", "26", "2026-13", "2026-02-30", "2026-00-01", "2026-01-00", "2026-02-01T25:00", "2026-02-01T10", "2026-02-01Z", "x", "2026-02-01T10:00:00 01:00"])  # fmt: skip
def test_no_dates(text):
    assert date_range(text) is None


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("36.5", 36.45, 36.55),
        ("36.50", 36.495, 36.505),
        ("100", 99.5, 100.5),
        ("1e2", 50.0, 150.0),
        ("-1.0", -1.05, -0.95),
        ("0", -0.5, 0.5),
    ],
)
def test_numbers(text, low, high):
    assert number_range(Decimal(text)) == (low, high)
