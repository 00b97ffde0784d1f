"""Tables of codes, edited in a spreadsheet: CSV text to two lookups. docs/mapping-language.md, "Tables".

A source system may be written as HL7 v2 names it (`MDC`, `L`, table 0396) or as a uri; both mean the same. A line without a
source system serves a code of any system.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, TypeVar

from hub.core.diagnostics import Diagnostic, Span
from hub.mapping.codes.run import AMBIGUOUS_INVERSE, TABLE_HEADINGS, TABLE_LINE, TABLE_TWICE
from hub.mapping.functions.coding_system import system_uri
from hub.mapping.shortening import shorten
from hub.mapping.syntax import Arrow

__all__ = ["HEADINGS", "Coded", "Line", "Table", "doubtful_lines", "parse_table", "table_of"]

T = TypeVar("T")

HEADINGS: Final = (
    "source_system",
    "source_code",
    "source_display",
    "arrow",
    "target_system",
    "target_code",
    "target_display",
    "note",
)


_ARROWS: Final = frozenset(arrow.value for arrow in Arrow)


@dataclass(frozen=True, slots=True)
class Coded:
    """One side of a line. system: a uri, or empty. written: the system as the table has it."""

    system: str
    code: str
    display: str = ""
    written: str = ""

    @property
    def coding(self) -> dict[str, str]:
        parts = {"system": self.system, "code": self.code, "display": self.display}
        return {name: text for name, text in parts.items() if text}


@dataclass(frozen=True, slots=True)
class Line:
    """path: the file it stands in, where an overlay has put it into the table of another."""

    source: Coded
    arrow: Arrow
    target: Coded
    number: int
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """forward: (system uri or "", code) -> its targets. backward: (system uri or "", code) -> its one source.

    ambiguous: targets with two ways back, in the order of the file; the first line is used. by_code, by_target: the same for a code alone,
    of any system. displays: the texts that a source code goes by. systems: the source system of a code, in its first line.
    source_system: the one system of all sources, or empty.
    """

    name: str
    path: str
    lines: tuple[Line, ...]
    forward: dict[tuple[str, str], tuple[Coded, ...]] = field(repr=False)
    backward: dict[tuple[str, str], Coded] = field(repr=False)
    ambiguous: tuple[tuple[str, str], ...] = ()
    by_code: dict[str, tuple[Coded, ...]] = field(default_factory=dict, repr=False)
    by_target: dict[str, Coded] = field(default_factory=dict, repr=False)
    displays: dict[str, frozenset[str]] = field(default_factory=dict, repr=False)
    systems: dict[str, str] = field(default_factory=dict, repr=False)
    source_system: str = ""

    def targets(self, system: str, code: str) -> tuple[Coded, ...]:
        return self.forward.get((system, code)) or self.forward.get(("", code), ())

    def any_targets(self, code: str) -> tuple[Coded, ...]:
        """For a field that has only a code: its system is the table's own."""
        return self.by_code.get(code, ())

    def source(self, system: str, code: str) -> Coded | None:
        return self.backward.get((system, code)) or self.backward.get(("", code))

    def any_source(self, code: str) -> Coded | None:
        return self.by_target.get(code)


def parse_table(path: str, text: str) -> tuple[Table, tuple[Diagnostic, ...]]:
    """Never raises; work grows with the lines and no faster. A line that cannot be read is reported and left out."""
    name = path.rpartition("/")[2].removesuffix(".csv")
    rows = text.removeprefix("\ufeff").splitlines()
    headings = [cell.strip().lower() for cell in _cells(rows[0]) or ()] if rows else []
    if sorted(headings) != sorted(HEADINGS):
        return table_of(name, path, ()), (_headings(path, headings),)
    lines, problems = _lines(path, headings, rows[1:])
    table = table_of(name, path, lines)
    return table, shorten((*problems, *doubtful_lines(table)))


def table_of(name: str, path: str, lines: tuple[Line, ...]) -> Table:
    """The lookups of these lines."""
    forward: dict[tuple[str, str], dict[Coded, None]] = {}
    backward: dict[tuple[str, str], Coded] = {}
    ambiguous: dict[tuple[str, str], None] = {}
    displays: dict[str, set[str]] = {}
    systems: dict[str, str] = {}
    for line in lines:
        key, inverse = (line.source.system, line.source.code), (line.target.system, line.target.code)
        displays.setdefault(line.source.code, set()).add(line.source.display)
        systems.setdefault(line.source.code, line.source.system)
        if line.arrow is not Arrow.BACKWARD:
            forward.setdefault(key, {})[line.target] = None
        if line.arrow is not Arrow.FORWARD:
            known = backward.setdefault(inverse, line.source)
            if (known.system, known.code) != key:
                ambiguous[inverse] = None
    targets = {key: tuple(those) for key, those in forward.items()}
    all_systems = {line.source.system for line in lines}
    return Table(
        name,
        path,
        lines,
        targets,
        backward,
        tuple(ambiguous),
        by_code=_alone(targets),
        by_target=_alone(backward),
        displays={code: frozenset(those) for code, those in displays.items()},
        systems=systems,
        source_system=all_systems.pop() if len(all_systems) == 1 else "",
    )


def _headings(path: str, found: list[str]) -> Diagnostic:
    fix = "the columns are divided by commas: save the sheet as CSV with commas" if len(found) == 1 and ";" in found[0] else None
    return Diagnostic(TABLE_HEADINGS, "these are not the eight headings", span=Span(path, 1, 1), fix=fix)


def _lines(path: str, headings: list[str], rows: list[str]) -> tuple[tuple[Line, ...], tuple[Diagnostic, ...]]:
    lines: list[Line] = []
    problems: list[Diagnostic] = []
    for number, row in enumerate(rows, 2):
        cells = _cells(row)
        if cells is not None and not any(cell.strip() for cell in cells):
            continue
        read = _line(headings, row, cells, number)
        if isinstance(read, Line):
            lines.append(read)
        else:
            problems.append(Diagnostic(TABLE_LINE, read, span=Span(path, number, 1, max(1, len(row)))))
    return tuple(lines), tuple(problems)


def _cells(row: str) -> list[str] | None:
    """None where a quote is not closed on its line, or a cell is longer than any code."""
    if row.count('"') % 2:
        return None
    try:
        return next(csv.reader((row,)))
    except csv.Error:
        return None


def _line(headings: list[str], row: str, cells: list[str] | None, number: int) -> Line | str:
    if "\ufffd" in row:
        return "a sign that is not UTF-8: save the sheet as CSV in UTF-8"
    if cells is None:
        return "a quote is not closed on this line"
    if len(cells) != len(headings):
        return f"{len(cells)} cells and {len(headings)} headings"
    named = dict(zip(headings, (cell.strip() for cell in cells), strict=True))
    if not named["source_code"] or not named["target_code"]:
        return "a code is missing"
    if named["arrow"] not in _ARROWS:
        return "the arrow is <->, -> or <-"
    source, target = (
        Coded(system_uri(named[f"{end}_system"]), named[f"{end}_code"], named[f"{end}_display"], named[f"{end}_system"])
        for end in ("source", "target")
    )
    return Line(source, Arrow(named["arrow"]), target, number)


def _alone(coded: dict[tuple[str, str], T]) -> dict[str, T]:
    """By the code only: a line without a system goes before, then the first of the file."""
    found: dict[str, T] = {code: value for (system, code), value in coded.items() if not system}
    for (_, code), value in coded.items():
        found.setdefault(code, value)
    return found


def doubtful_lines(table: Table) -> Iterator[Diagnostic]:
    ambiguous = frozenset(table.ambiguous)
    seen: set[tuple[str, ...]] = set()
    reported: set[tuple[str, str]] = set()
    for line in table.lines:
        span = Span(line.path or table.path, line.number, 1)
        inverse = (line.target.system, line.target.code)
        both = (line.source.system, line.source.code, line.source.display, *inverse)
        if both in seen:
            yield Diagnostic(TABLE_TWICE, "the same source and target as a line above", span=span)
        seen.add(both)
        if line.arrow is not Arrow.FORWARD and inverse in ambiguous:
            if inverse in reported and table.backward[inverse] != line.source:
                yield Diagnostic(AMBIGUOUS_INVERSE, "a line above goes back from the same target", span=span, fix="make one of them `->`")
            reported.add(inverse)
