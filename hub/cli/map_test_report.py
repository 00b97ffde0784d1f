"""Verdicts of tests for people, in colours on a terminal, and for programs."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final

import typer

from hub.cli.reporting import describe
from hub.core.rendering import render_diagnostic
from hub.mapping.test.comparing import Difference
from hub.mapping.test.coverage import MapCoverage, TableCoverage
from hub.mapping.test.runner import Verdict

__all__ = ["describe_coverage", "describe_verdict", "print_coverage", "print_verdict"]

_LONGEST: Final = 300


def describe_verdict(verdict: Verdict) -> dict[str, object]:
    test = verdict.test
    return {
        "file": test.span.file,
        "line": test.span.line,
        "map": test.map,
        "title": test.title,
        "passed": verdict.passed,
        "differences": [{"path": each.path, "expected": each.expected, "found": each.found} for each in verdict.differences],
        "diagnostics": [describe(diagnostic) for diagnostic in verdict.diagnostics],
    }


def print_verdict(verdict: Verdict, texts: Mapping[str, str]) -> None:
    test = verdict.test
    colours = sys.stderr.isatty()
    sys.stderr.write(f"{test.span.file}:{test.span.line}: {_paint(test.title, colours, bold=True)} of {test.map}\n")
    for difference in verdict.differences:
        sys.stderr.write(f"  {_line(difference, colours=colours)}\n")
    for diagnostic in verdict.diagnostics:
        rendered = render_diagnostic(diagnostic, texts).replace("\n", "\n  ")
        sys.stderr.write(f"  {rendered}\n")
    sys.stderr.write("\n")


def _line(difference: Difference, *, colours: bool) -> str:
    expected = _paint(_cut(difference.expected), colours, fg="green")
    found = _paint(_cut(difference.found), colours, fg="red")
    return f"{difference.path or 'the whole'}: expected {expected}, found {found}"


def _cut(text: str | None) -> str:
    if text is None:
        return "nothing"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} … ({len(text):,} characters)"


def _paint(text: str, colours: bool, *, fg: str | None = None, bold: bool = False) -> str:
    if not colours:
        return f'"{text}"' if bold else text
    return typer.style(text, fg=fg, bold=bold)


# --- coverage


def describe_coverage(maps: Sequence[MapCoverage], tables: Sequence[TableCoverage]) -> dict[str, object]:
    """A line of a table is named by its file and number, and the code it is about."""
    return {
        "maps": [
            {
                "map": each.map,
                "rows": each.rows,
                "fired": each.rows - len(each.silent),
                "share": round(each.share, 4),
                "silent": [{"row": row.name, "file": row.span.file, "line": row.span.line} for row in each.silent],
            }
            for each in maps
        ],
        "tables": [
            {
                "table": each.table.name,
                "lines": each.lines,
                "used": each.lines - len(each.unused),
                "share": round(each.share, 4),
                "unused": [{"code": line.source.code, "file": line.path or each.table.path, "line": line.number} for line in each.unused],
            }
            for each in tables
        ],
    }


def print_coverage(coverage: tuple[Sequence[MapCoverage], Sequence[TableCoverage]] | None) -> None:
    """The rows and lines that wait for a test, then the shares."""
    if coverage is None:
        return
    maps, tables = coverage
    for each in maps:
        for row in each.silent:
            print(f"{row.span.file}:{row.span.line}: no test fires `{each.map}.{row.name}`")
    for table in tables:
        for path, first, last in _stretches(table):
            lines = "this line" if first == last else f"lines {first} to {last}"
            print(f"{path}:{first}: no test uses {lines} of `{table.table.name}`")
    for each in maps:
        print(f"{each.map:<24}{each.rows - len(each.silent):>5} of {each.rows:>4} rows {each.share:>6.0%}")
    for table in tables:
        print(f"{table.table.name:<24}{table.lines - len(table.unused):>5} of {table.lines:>4} lines{table.share:>6.0%}")


def _stretches(table: TableCoverage) -> Iterator[tuple[str, int, int]]:
    """File, first and last number of lines that stand together."""
    places = [(line.path or table.table.path, line.number) for line in table.unused]
    for _, those in groupby(enumerate(places), lambda one: (one[1][0], one[1][1] - one[0])):
        numbers = [(path, number) for _, (path, number) in those]
        yield numbers[0][0], numbers[0][1], numbers[-1][1]
