"""What the tests of maps do not reach: rows that no test fires, lines of tables that no test uses."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from hub.mapping.items import iter_rows
from hub.mapping.mapset import MapSet
from hub.mapping.run.compiled import CompiledMap
from hub.mapping.syntax import Row
from hub.mapping.tables import Line, Table
from hub.mapping.watching import Watch, watched_tables

__all__ = ["MapCoverage", "Reached", "TableCoverage", "measure", "watched"]


@dataclass(frozen=True, slots=True)
class Reached:
    """What the tests of all map sets together have fired. maps: a watched copy of each set, by digest."""

    watch: Watch = field(default_factory=Watch)
    maps: dict[str, MapSet] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MapCoverage:
    """silent: the rows that no test fires, in the order of their file."""

    map: str
    rows: int
    silent: tuple[Row, ...]

    @property
    def share(self) -> float:
        return (self.rows - len(self.silent)) / self.rows if self.rows else 1.0


@dataclass(frozen=True, slots=True)
class TableCoverage:
    table: Table
    lines: int
    unused: tuple[Line, ...]

    @property
    def share(self) -> float:
        return (self.lines - len(self.unused)) / self.lines if self.lines else 1.0


def watched(maps: MapSet, reached: Reached) -> MapSet:
    """The same maps, with an eye on each row and table."""
    known = reached.maps.get(maps.digest)
    if known is None:
        tables = watched_tables(maps.tables, reached.watch)
        program = replace(maps.program, tables=tables, watch=reached.watch)
        compiled = {name: CompiledMap(program, declaration) for name, declaration in program.maps.items()}
        known = reached.maps[maps.digest] = replace(maps, tables=tables, program=program, maps=compiled)
    return known


def measure(sets: Iterable[MapSet], files: Collection[str], reached: Reached) -> tuple[list[MapCoverage], list[TableCoverage]]:
    """Of the rows and lines that stand in these files; each once, in however many sets it is in force."""
    maps: dict[str, dict[tuple[str, int, str], Row]] = {}
    tables: dict[str, tuple[Table, dict[tuple[str, int], Line]]] = {}
    for each in sets:
        for declaration in each.program.maps.values():
            rows = [row for row in iter_rows(declaration.body) if row.span.file in files]
            maps.setdefault(declaration.name, {}).update({(row.span.file, row.span.line, row.name): row for row in rows})
        for table in each.tables.values():
            lines = {(line.path or table.path, line.number): line for line in table.lines if (line.path or table.path) in files}
            tables.setdefault(table.name, (table, {}))[1].update(lines)
    return (
        [_of_map(name, rows, reached) for name, rows in maps.items() if rows],
        [_of_table(table, lines, reached) for table, lines in tables.values() if lines],
    )


def _of_map(name: str, rows: dict[tuple[str, int, str], Row], reached: Reached) -> MapCoverage:
    silent: Sequence[Row] = [row for key, row in rows.items() if key not in reached.watch.rows]
    return MapCoverage(name, len(rows), tuple(sorted(silent, key=lambda row: (row.span.file, row.span.line))))


def _of_table(table: Table, lines: dict[tuple[str, int], Line], reached: Reached) -> TableCoverage:
    return TableCoverage(table, len(lines), tuple(line for key, line in lines.items() if key not in reached.watch.lines))
