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
from hub.mapping.syntax import Arrow

__all__ = ["HEADINGS", "Coded", "Line", "Table", "parse_table"]

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
    source: Coded
    arrow: Arrow
    target: Coded
    number: int


@dataclass(frozen=True, slots=True)
class Table:
    """forward: (system uri or "", code) -> its targets. backward: (system uri or "", code) -> its one source.

    ambiguous: targets with two ways back, in the order of the file; the first line is used. by_code, by_target: the same for a code alone,
    of any system. displays: the texts that a source code goes by.
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

    def targets(self, system: str, code: str) -> tuple[Coded, ...]:
        return self.forward.get((system, code)) or self.forward.get(("", code), ())

    def any_targets(self, code: str) -> tuple[Coded, ...]:
        """For a field that has only a code: its system is the table's own."""
        return self.by_code.get(code, ())

    def source(self, system: str, code: str) -> Coded | None:
        return self.backward.get((system, code)) or self.backward.get(("", code))

    def any_source(self, code: str) -> Coded | None:
        return self.by_target.get(code)

    @property
    def source_system(self) -> str:
        """The one system of all sources, or empty."""
        systems = {line.source.system for line in self.lines}
        return systems.pop() if len(systems) == 1 else ""


def parse_table(path: str, text: str) -> tuple[Table, tuple[Diagnostic, ...]]:
    """Never raises. A line that cannot be read is reported and left out."""
    name = path.rpartition("/")[2].removesuffix(".csv")
    rows = csv.reader(text.lstrip("\ufeff").splitlines(), strict=False)
    try:
        cells = list(rows)
    except csv.Error:
        cells = []
    headings = [cell.strip().lower() for cell in cells[0]] if cells else []
    if sorted(headings) != sorted(HEADINGS):
        span = Span(path, 1, 1)
        return Table(name, path, (), {}, {}), (Diagnostic(TABLE_HEADINGS, "these are not the eight headings", span=span),)
    lines, problems = _lines(path, headings, cells[1:])
    table = _table(name, path, lines)
    return table, (*problems, *_doubtful(table))


def _lines(path: str, headings: list[str], rows: list[list[str]]) -> tuple[tuple[Line, ...], tuple[Diagnostic, ...]]:
    lines: list[Line] = []
    problems: list[Diagnostic] = []
    for number, row in enumerate(rows, 2):
        if not any(cell.strip() for cell in row):
            continue
        read = _line(dict(zip(headings, (cell.strip() for cell in row), strict=False)), number, len(row) == len(headings))
        if isinstance(read, Line):
            lines.append(read)
        else:
            problems.append(Diagnostic(TABLE_LINE, read, span=Span(path, number, 1)))
    return tuple(lines), tuple(problems)


def _line(cells: dict[str, str], number: int, whole: bool) -> Line | str:
    if not whole:
        return "not as many cells as headings"
    if not cells["source_code"] or not cells["target_code"]:
        return "a code is missing"
    if cells["arrow"] not in set(Arrow):
        return "the arrow is <->, -> or <-"
    source, target = (
        Coded(system_uri(cells[f"{end}_system"]), cells[f"{end}_code"], cells[f"{end}_display"], cells[f"{end}_system"])
        for end in ("source", "target")
    )
    return Line(source, Arrow(cells["arrow"]), target, number)


def _table(name: str, path: str, lines: tuple[Line, ...]) -> Table:
    forward: dict[tuple[str, str], tuple[Coded, ...]] = {}
    backward: dict[tuple[str, str], Coded] = {}
    ambiguous: list[tuple[str, str]] = []
    for line in lines:
        key, inverse = (line.source.system, line.source.code), (line.target.system, line.target.code)
        if line.arrow is not Arrow.BACKWARD and line.target not in forward.get(key, ()):
            forward[key] = (*forward.get(key, ()), line.target)
        if line.arrow is not Arrow.FORWARD:
            known = backward.setdefault(inverse, line.source)
            if (known.system, known.code) != key:
                ambiguous.append(inverse)
    return Table(
        name,
        path,
        lines,
        forward,
        backward,
        tuple(dict.fromkeys(ambiguous)),
        by_code=_alone(forward),
        by_target=_alone(backward),
        displays={
            line.source.code: frozenset(each.source.display for each in lines if each.source.code == line.source.code) for line in lines
        },
    )


def _alone(coded: dict[tuple[str, str], T]) -> dict[str, T]:
    """By the code only: a line without a system goes before, then the first of the file."""
    found: dict[str, T] = {code: value for (system, code), value in coded.items() if not system}
    for (_, code), value in coded.items():
        found.setdefault(code, value)
    return found


def _doubtful(table: Table) -> Iterator[Diagnostic]:
    seen: set[tuple[str, ...]] = set()
    reported: set[tuple[str, str]] = set()
    for line in table.lines:
        span = Span(table.path, line.number, 1)
        inverse = (line.target.system, line.target.code)
        both = (line.source.system, line.source.code, line.source.display, *inverse)
        if both in seen:
            yield Diagnostic(TABLE_TWICE, "the same source and target as a line above", span=span)
        seen.add(both)
        if line.arrow is not Arrow.FORWARD and inverse in table.ambiguous:
            if inverse in reported and table.backward[inverse] != line.source:
                yield Diagnostic(AMBIGUOUS_INVERSE, "a line above goes back from the same target", span=span, fix="make one of them `->`")
            reported.add(inverse)
