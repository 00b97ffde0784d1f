"""The checker: every mistake that can be found without a message, against every declared version of HL7 and R4.

`check` never raises, and reports in the order of the files. One cause is reported once: what stands on a path
or a name that is not found is not looked at further.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from hub.core.diagnostics import Diagnostic
from hub.mapping.check.calls import check_calls
from hub.mapping.check.inverses import check_inverses
from hub.mapping.check.messages import check_guard_codes, check_messages
from hub.mapping.check.names import check_head, check_names
from hub.mapping.check.occurrence import check_occurrence, check_required, items_in_company
from hub.mapping.check.overlaps import check_overlaps, check_reached
from hub.mapping.check.paths import check_paths
from hub.mapping.check.profiles import check_profile
from hub.mapping.check.readings import MapReadings
from hub.mapping.check.resolved import Resolved, resolve_rows
from hub.mapping.check.tables import TableCodes, check_unused_tables
from hub.mapping.check.test_fields import check_tests
from hub.mapping.check.types import check_types
from hub.mapping.registry import Registry
from hub.mapping.syntax import MapFile
from hub.mapping.tables import Table
from hub.mapping.types.declared import Declared, KnownMap, declare
from hub.mapping.types.profiles import Profile

__all__ = ["check"]


def check(
    files: Sequence[MapFile],
    tables: Mapping[str, Table],
    functions: Registry,
    profiles: Mapping[str, Profile] = MappingProxyType({}),
) -> tuple[Diagnostic, ...]:
    """Everything that is wrong with these maps together. Tables' own lines are reported by `parse_table`. profiles: by url."""
    declared = declare(files, tables, functions)
    found: list[Diagnostic] = []
    unsound: set[str] = set()
    rows: list[Resolved] = []
    table_codes = TableCodes(declared)
    for known in declared.maps:
        resolved = resolve_rows(known, declared)
        of_map = [*_map(known, resolved, declared, table_codes)]
        if any(one.is_error for one in of_map):
            unsound.add(known.name)
        found += of_map
        rows += resolved
    by_map = _by_map(rows)
    for known in declared.maps:
        found += check_profile(known, by_map, declared, profiles, table_codes)
    found += check_calls(declared, tuple(rows))
    found += _tests(files, frozenset(declared.by_name.keys() - unsound), declared)
    found += check_unused_tables(tables, [row.row.clauses.table for row in rows if row.row.clauses.table])
    order = {file.path: number for number, file in enumerate(files)}
    return tuple(sorted(dict.fromkeys(found), key=lambda one: _place(one, order)))


def _by_map(rows: Sequence[Resolved]) -> dict[str, tuple[Resolved, ...]]:
    found: dict[str, list[Resolved]] = {}
    for resolved in rows:
        found.setdefault(resolved.known.name, []).append(resolved)
    return {name: tuple(those) for name, those in found.items()}


def _map(known: KnownMap, rows: tuple[Resolved, ...], declared: Declared, table_codes: TableCodes) -> Iterator[Diagnostic]:
    head = [*check_head(known)]
    yield from head
    if any(one.is_error for one in head):
        return
    yield from check_paths(known, rows)
    yield from check_names(known, rows, declared)
    yield from check_messages(known, rows, declared)
    company = items_in_company(rows)
    for resolved in rows:
        if not resolved.broken:
            yield from _row(resolved, company, declared, table_codes)
    yield from check_required(known, rows, declared)
    yield from check_overlaps(known, rows, declared)
    yield from check_inverses(known, rows, declared)
    yield from check_guard_codes(known)


def _row(resolved: Resolved, company: frozenset[tuple[object, ...]], declared: Declared, table_codes: TableCodes) -> Iterator[Diagnostic]:
    yield from check_types(resolved, declared)
    if not resolved.broken:
        yield from check_reached(resolved)
        yield from check_occurrence(resolved, company)
        yield from table_codes.check(resolved)


def _tests(files: Sequence[MapFile], sound: frozenset[str], declared: Declared) -> Iterator[Diagnostic]:
    read_by = MapReadings(declared, sound)
    of_file: dict[int, list[KnownMap]] = {}
    for known in declared.maps:
        of_file.setdefault(id(known.file), []).append(known)
    for file in files:
        yield from check_tests(file, of_file.get(id(file), []), read_by)


def _place(one: Diagnostic, order: Mapping[str, int]) -> tuple[int, str, int, int, str]:
    if one.span is None:
        return (len(order), "", 0, 0, one.code.name)
    return (order.get(one.span.file, len(order)), one.span.file, one.span.line, one.span.column, one.code.name)
