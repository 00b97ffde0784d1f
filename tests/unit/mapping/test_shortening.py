"""Twenty of each file, how many more there are, and no error hidden behind warnings."""

from __future__ import annotations

from hub.core.diagnostics import Diagnostic, Span
from hub.mapping.codes.check import M201
from hub.mapping.codes.check_rows import M238, M320
from hub.mapping.parse.parser import parse_map_file
from hub.mapping.shortening import shorten


def errors(count: int, file: str = "a.map", first: int = 1) -> list[Diagnostic]:
    return [Diagnostic(M201, "", Span(file, line, 3)) for line in range(first, first + count)]


def warnings(count: int, file: str = "a.map", first: int = 1) -> list[Diagnostic]:
    return [Diagnostic(M238, "", Span(file, line, 3)) for line in range(first, first + count)]


def notices(shown: tuple[Diagnostic, ...]) -> list[tuple[str, str, int]]:
    return [(one.span.file, one.detail, one.span.line) for one in shown if one.code is M320 and one.span]


def test_twenty_are_all_shown() -> None:
    assert shorten(errors(20)) == tuple(errors(20))
    assert shorten(()) == ()


def test_of_more_the_first_twenty_and_how_many_are_left() -> None:
    shown = shorten(errors(25))
    assert shown[:20] == tuple(errors(20))
    assert notices(shown) == [("a.map", "5 more, 5 of them errors", 21)]
    assert len(shown) == 21


def test_each_file_has_its_twenty() -> None:
    shown = shorten([*errors(22, "a.map"), *errors(3, "b.map"), *errors(1_234, "c.map")])
    assert [one.span.file for one in shown if one.span] == ["a.map"] * 21 + ["b.map"] * 3 + ["c.map"] * 21
    assert notices(shown) == [("a.map", "2 more, 2 of them errors", 21), ("c.map", "1,214 more, 1,214 of them errors", 21)]


def test_no_error_is_hidden_by_a_warning() -> None:
    shown = shorten([*warnings(30), *errors(2, first=40)])
    assert [one.span.line for one in shown if one.span and one.is_error] == [40, 41]
    assert sum(one.code is M238 for one in shown) == 18
    assert notices(shown) == [("a.map", "12 more, 0 of them errors", 41)]


def test_shortened_reports_are_shortened_again_and_nothing_is_forgotten() -> None:
    once = shorten(errors(30))
    assert shorten(once) == once
    both = shorten([*once, *errors(7, first=50)])
    assert notices(both) == [("a.map", "17 more, 17 of them errors", 50)]
    assert shorten([*shorten(errors(21)), *warnings(2, first=60)])[-1].detail == "3 more, 1 of them errors"


def test_what_is_about_no_file_is_shown_too() -> None:
    shown = shorten([Diagnostic(M201, "")] * 21)
    assert (len(shown), shown[-1].code, shown[-1].span) == (21, M320, None)


def test_a_map_file_of_many_mistakes_says_how_many_there_are() -> None:
    text = "map a : v2 PID <-> fhir Patient\n" + "".join(f"  r{number} PID-3\n" for number in range(120))
    _, found = parse_map_file("a.map", text)
    assert [(one.code.name, one.span.line) for one in found if one.span] == [*(("M008", line) for line in range(2, 22)), ("M320", 22)]
    assert found[-1].detail == "100 more, 100 of them errors"
