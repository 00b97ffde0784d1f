"""Tables as they are in force: the lines of an overlay for a source code stand in the place of all lines of the base for that code.

A table file in mappings/local of the name of another is its overlay; one of a new name is a table of its own. A line of an overlay that
has no source system is about the code of any system.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from hub.core.diagnostics import Diagnostic, Note, Span
from hub.mapping.codes.run import AMBIGUOUS_INVERSE, TABLE_TWICE
from hub.mapping.codes.sites import M302
from hub.mapping.levels import Level, level_of
from hub.mapping.tables import Line, Table, doubtful_lines, parse_table, table_of

__all__ = ["read_tables"]

_OF_THE_WHOLE: Final = (AMBIGUOUS_INVERSE, TABLE_TWICE)  # said of the lines together, so again where others have joined them


def read_tables(texts: Mapping[str, str]) -> tuple[dict[str, Table], tuple[Diagnostic, ...]]:
    """By name, and what is wrong with their lines. Of two packaged ones of a name the last."""
    tables: dict[str, Table] = {}
    problems: dict[str, list[Diagnostic]] = {}
    for path in sorted(texts, key=lambda path: (level_of(path), path)):
        table, found = parse_table(path, texts[path])
        base = tables.get(table.name)
        if base is None or level_of(path) is Level.PACKAGED:
            tables[table.name], problems[table.name] = table, list(found)
            continue
        known = [*problems[table.name], *found, *_twice(base, table)]
        tables[table.name] = merged = _merge(base, table)
        problems[table.name] = [*(each for each in known if each.code not in _OF_THE_WHOLE), *doubtful_lines(merged)]
    return tables, tuple(diagnostic for found in problems.values() for diagnostic in found)


def _merge(base: Table, over: Table) -> Table:
    """The lines of `over` stand where the first line that they replace stood, the others at the end."""
    added: dict[tuple[str, str], list[Line]] = {}
    for line in over.lines:
        added.setdefault((line.source.system, line.source.code), []).append(replace(line, path=over.path))
    lines: list[Line] = []
    placed: set[tuple[str, str]] = set()
    for line in base.lines:
        own, any_system = (line.source.system, line.source.code), ("", line.source.code)
        keys = [key for key in dict.fromkeys((own, any_system)) if key in added]
        for key in keys:
            lines += added[key] if key not in placed else ()
            placed.add(key)
        if not keys:
            lines.append(line)
    rest = [line for key, those in added.items() if key not in placed for line in those]
    return table_of(base.name, base.path, (*lines, *rest))


def _twice(base: Table, over: Table) -> list[Diagnostic]:
    """Two files of one level with lines for one source code."""
    level = level_of(over.path)
    first = {line.source.code: line for line in reversed(base.lines) if level_of(line.path or base.path) is level}
    return [
        Diagnostic(
            M302,
            f"`{line.source.code}` in the table `{base.name}`",
            Span(over.path, line.number, 1),
            notes=(Note(Span(other.path or base.path, other.number, 1), "the other one"),),
        )
        for line in over.lines
        if (other := first.get(line.source.code)) is not None
    ]
