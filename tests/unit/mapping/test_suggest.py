"""Near enough to be a slip of the finger, or nothing."""

from __future__ import annotations

import pytest

from hub.core.suggest import edit_distance, suggest


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("tabel", "table"),  # two letters swapped count once
        ("taable", "table"),
        ("tale", "table"),
        ("TABLE", "table"),
        ("bt", "by"),  # up to three letters: one slip
        ("bxt", None),
        ("giv", None),  # three away, a third of three is one
        ("giing", "giving"),
        ("", None),
        ("wibble", None),
    ],
)
def test_within_a_third_of_the_word(word: str, expected: str | None) -> None:
    assert suggest(word, ["when", "table", "by", "giving"]) == expected


def test_never_the_word_itself_and_the_first_of_equals() -> None:
    assert suggest("by", ["by", "bz", "ay"]) == "bz"


def test_the_nearest_goes_first() -> None:
    assert suggest("identifi", ["identity", "identify"]) == "identify"


def test_distances() -> None:
    assert edit_distance("abc", "abc", 3) == 0
    assert edit_distance("abcd", "abdc", 3) == 1
    assert edit_distance("kitten", "sitting", 3) == 3
    assert edit_distance("kitten", "sitting", 2) is None


def test_a_word_of_a_million_letters_ends_at_once() -> None:
    assert suggest("x" * 1_000_000, ["table"]) is None
