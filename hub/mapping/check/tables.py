"""Tables against the rows that use them: codes a required binding does not allow. Lines against lines is `tables.parse_table`'s."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hub.core.diagnostics import Diagnostic, Note, Span
from hub.mapping.check.resolved import Resolved
from hub.mapping.codes import check_rows as codes
from hub.mapping.syntax import Arrow
from hub.mapping.tables import Line, Table
from hub.mapping.types.declared import Declared
from hub.mapping.types.fhir import FhirType

__all__ = ["check_table_codes", "check_unused_tables"]


def check_table_codes(resolved: Resolved, declared: Declared) -> Iterator[Diagnostic]:
    """M270: what the table gives, against what R4 allows at the row's target."""
    table = declared.tables.get(resolved.row.clauses.table or "")
    target = resolved.target
    if table is None or not isinstance(target, FhirType) or resolved.broken or target.element is None:
        return
    binding = target.element.binding
    if binding is None or binding.codes is None or not resolved.forward:
        return
    wrong = [line for line in table.lines if line.arrow is not Arrow.BACKWARD and not _allowed(line, target)]
    if wrong:
        shown = ", ".join(dict.fromkeys(line.target.code for line in wrong[:5]))
        note = Note(Span(table.path, wrong[0].number, 1), "the first of them")
        span = resolved.row.clauses.table_span or resolved.row.span
        allowed = ", ".join(sorted(binding.codes)[:12])
        yield Diagnostic(codes.M270, f"`{table.name}` gives {shown}", span, fix=f"R4 allows {allowed}", notes=(note,))


def _allowed(line: Line, target: FhirType) -> bool:
    binding = target.element.binding if target.element else None
    if binding is None or binding.codes is None:
        return True
    if target.name == "code" or not line.target.system or binding.pairs is None:
        return line.target.code in binding.codes
    return (line.target.system, line.target.code) in binding.pairs


def check_unused_tables(tables: Mapping[str, Table], used: Sequence[str]) -> Iterator[Diagnostic]:
    for name in sorted(tables.keys() - set(used)):
        yield Diagnostic(codes.M239, f"`{name}`", Span(tables[name].path, 1, 1))
