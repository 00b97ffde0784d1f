"""Tables against the rows that use them: codes a required binding does not allow. Lines against lines is `tables.parse_table`'s."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hub.core.diagnostics import Diagnostic, Note, Span
from hub.fhir.elements import Binding
from hub.mapping.check.resolved import Resolved
from hub.mapping.codes import check_rows as codes
from hub.mapping.syntax import Arrow
from hub.mapping.tables import Line, Table
from hub.mapping.types.declared import Declared
from hub.mapping.types.fhir import FhirType

__all__ = ["TableCodes", "check_unused_tables"]


class TableCodes:
    """M270: what a table gives, against what R4 allows at a row's target. Each table is looked at once for each binding."""

    def __init__(self, declared: Declared) -> None:
        self._declared = declared
        self._wrong: dict[tuple[str, Binding, bool], tuple[Line, ...]] = {}

    def check(self, resolved: Resolved) -> Iterator[Diagnostic]:
        binding = _of_r4(resolved)
        if binding is not None:
            yield from self._binding(resolved, binding, "R4")

    def check_profile(self, resolved: Resolved, binding: Binding, profile: str) -> Iterator[Diagnostic]:
        """Codes that R4 does not allow either have been reported."""
        of_r4 = _of_r4(resolved)
        if of_r4 is None or not any(self._binding(resolved, of_r4, "R4")):
            yield from self._binding(resolved, binding, profile)

    def _binding(self, resolved: Resolved, binding: Binding, whose: str) -> Iterator[Diagnostic]:
        table = self._declared.tables.get(resolved.row.clauses.table or "")
        target = resolved.target
        if table is None or not isinstance(target, FhirType) or resolved.broken or binding.codes is None or not resolved.forward:
            return
        wrong = self._find(table, binding, code=target.name == "code")
        if wrong:
            shown = ", ".join(dict.fromkeys(line.target.code for line in wrong[:5]))
            note = Note(Span(wrong[0].path or table.path, wrong[0].number, 1), "the first of them")
            span = resolved.row.clauses.table_span or resolved.row.span
            allowed = ", ".join(sorted(binding.codes)[:12])
            yield Diagnostic(codes.M270, f"`{table.name}` gives {shown}", span, fix=f"{whose} allows {allowed}", notes=(note,))

    def _find(self, table: Table, binding: Binding, *, code: bool) -> tuple[Line, ...]:
        key = (table.name, binding, code)
        if key not in self._wrong:
            self._wrong[key] = tuple(
                line for line in table.lines if line.arrow is not Arrow.BACKWARD and not _allowed(line, binding, code=code)
            )
        return self._wrong[key]


def _of_r4(resolved: Resolved) -> Binding | None:
    target = resolved.target
    return target.element.binding if isinstance(target, FhirType) and target.element is not None else None


def _allowed(line: Line, binding: Binding, *, code: bool) -> bool:
    if binding.codes is None:
        return True
    if code or not line.target.system or binding.pairs is None:
        return line.target.code in binding.codes
    return (line.target.system, line.target.code) in binding.pairs


def check_unused_tables(tables: Mapping[str, Table], used: Sequence[str]) -> Iterator[Diagnostic]:
    for name in sorted(tables.keys() - set(used)):
        yield Diagnostic(codes.M239, f"no row names `{name}`", Span(tables[name].path, 1, 1))
