"""The way back of a two-way row: its guards can be written, its functions and tables turned round, and nothing is lost unsaid."""

from __future__ import annotations

from collections.abc import Iterator

from hub.core.diagnostics import Diagnostic, Note, Span
from hub.mapping.check.resolved import Resolved, called_maps
from hub.mapping.check.sources import named, written_path
from hub.mapping.codes import check_rows as codes
from hub.mapping.syntax import Arrow, Call, Condition, Constant, Expression, Given, LeftOut, Let, Name, Param, V2Path
from hub.mapping.tables import Table
from hub.mapping.types.declared import Declared, KnownMap, calls_in
from hub.mapping.types.fhir import FhirType, spelling
from hub.mapping.types.places import path_key, v2_spelling

__all__ = ["check_inverses"]

_Written = set[tuple[object, object]]


def check_inverses(known: KnownMap, rows: tuple[Resolved, ...], declared: Declared) -> Iterator[Diagnostic]:
    if known.declaration.arrow is not Arrow.BOTH:
        yield from _ways(rows, declared)
        return
    written = _written(known, rows)
    for resolved in rows:
        if resolved.broken or resolved.row.arrow is not Arrow.BOTH:
            continue
        first = next(_row(resolved, declared, written), None)
        if first is not None:
            yield first
    yield from _ways(rows, declared)
    yield from _alike(rows)


def _row(resolved: Resolved, declared: Declared, written: _Written) -> Iterator[Diagnostic]:
    yield from _guards(resolved, written)
    yield from _one_of_several(resolved)
    yield from _functions(resolved, declared)
    yield from _tables(resolved, declared)
    yield from _nothing_to_write(resolved)


# --- M260


def _guards(resolved: Resolved, written: _Written) -> Iterator[Diagnostic]:
    for condition in resolved.row.clauses.when:
        problem = _unreadable(condition, resolved, written)
        if problem is not None:
            fix = "compare a field with `=` or `in`, or make the row `->` with `because`"
            yield Diagnostic(codes.M260, problem, condition.span, fix=fix)


def _unreadable(condition: Condition, resolved: Resolved, written: _Written) -> str | None:
    subject = condition.subject
    if isinstance(subject, Name):
        return _unreadable_name(condition, subject, resolved)
    if not isinstance(subject, V2Path):
        return None
    spelt = v2_spelling(subject)
    if condition.test in {"=", "in"}:
        if any(step.name in {"PARENT", "MEMBER"} for step in subject.groups):
            return f"{spelt} stands in another instance, which this row does not write"
        if subject.repetition in {"*", "last"}:
            return f"{spelt} does not say which repetition is to be written"
    own = written_path(resolved.row.left, resolved.known)
    if condition.test == "present" and (own is None or not _covers(subject, own)) and not _is_written(subject, written):
        return f"nothing writes {spelt}, so it is never present going back"
    return None


def _unreadable_name(condition: Condition, subject: Name, resolved: Resolved) -> str | None:
    declaration = named(subject, resolved.known)
    if not isinstance(declaration, Let) or condition.test not in {"=", "in"}:
        return None
    expression = Expression(declaration.value.alternatives, declaration.span)
    if written_path(expression, resolved.known) is None and not _constant(expression, resolved.known):
        return f"`${subject.name}` has no path that could be written"
    return None


def _constant(expression: Expression, known: KnownMap) -> bool:
    """Only params, givens and values: they are the same going back."""
    return all(
        isinstance(one.atom, Constant) or (isinstance(one.atom, Name) and isinstance(named(one.atom, known), Param | Given))
        for one in expression.alternatives
    )


def _written(known: KnownMap, rows: tuple[Resolved, ...]) -> _Written:
    """The fields that two-way and backward rows write, and those that `keep` writes back from the archive."""
    found: _Written = set()
    for resolved in rows:
        if resolved.backward:
            paths = [written_path(resolved.row.left, known)]
            paths += [one.subject for one in resolved.row.clauses.when if isinstance(one.subject, V2Path) and one.test in {"=", "in"}]
            paths += [
                argument.atom
                for call in calls_in(resolved.row.left)
                for e in call.arguments
                for argument in e.alternatives
                if isinstance(argument.atom, V2Path)
            ]
            found |= {(path.segment, path.field if path.field is not None else path.component) for path in paths if path is not None}
    for item, _ in known.items:
        if isinstance(item, LeftOut) and item.kept:
            found |= {(path.segment, path.field if path.field is not None else path.component) for path in item.paths}
    return found


def _is_written(path: V2Path, written: _Written) -> bool:
    whole = (path.segment, None) in written and path.field is not None
    return whole or (path.segment, path.field if path.field is not None else path.component) in written


def _covers(guard: V2Path, own: V2Path) -> bool:
    """Writing the row's own place makes the guard's present: the same, or a part of it."""
    return guard.segment == own.segment and guard.field == own.field and guard.component in {None, own.component}


# --- M261


def _one_of_several(resolved: Resolved) -> Iterator[Diagnostic]:
    if resolved.row.clauses.because is not None:
        return
    for alternative, source in zip(resolved.row.left.alternatives, resolved.sources, strict=False):
        path = alternative.atom
        if isinstance(path, V2Path) and path.repetition in {"first", "last"} and alternative.because is None and source.several:
            fix = '`because "…"` says why the others may go'
            yield Diagnostic(codes.M261, f"{v2_spelling(path)} is one of several", path.span, fix=fix)


# --- M262, M263, M266, M268


def _functions(resolved: Resolved, declared: Declared) -> Iterator[Diagnostic]:
    by = resolved.row.clauses.by
    first = resolved.row.left.alternatives[0].atom if resolved.row.left.alternatives else None
    for call in (by, first if isinstance(first, Call) else None):
        function = declared.functions.get(call.function) if call and call.function not in declared.by_name else None
        if call is not None and function is not None and function.back is None:
            yield Diagnostic(codes.M262, f"`{call.function}` cannot be turned round", call.span, fix="write `->` with `because`")


def _tables(resolved: Resolved, declared: Declared) -> Iterator[Diagnostic]:
    table = declared.tables.get(resolved.row.clauses.table or "")
    if table is None or not table.lines or resolved.row.clauses.by is not None or _keeps_original(resolved):
        return
    way = "back" if not table.backward else "forward" if not table.forward else None
    if way is not None:
        span = resolved.row.clauses.table_span or resolved.row.span
        yield Diagnostic(codes.M263, f"no line of `{table.name}` goes {way}", span, notes=_first_line(table))


def _keeps_original(resolved: Resolved) -> bool:
    """Into a CodeableConcept the mapped codings are added and the original stays: that is what goes back."""
    return isinstance(resolved.target, FhirType) and resolved.target.name == "CodeableConcept"


def _first_line(table: Table) -> tuple[Note, ...]:
    return (Note(Span(table.path, table.lines[0].number, 1), "its first line"),)


def _nothing_to_write(resolved: Resolved) -> Iterator[Diagnostic]:
    atoms = [one.atom for one in resolved.row.left.alternatives]
    if written_path(resolved.row.left, resolved.known) is not None or any(isinstance(atom, Call | Constant) for atom in atoms):
        return
    if all(isinstance(atom, Name) and isinstance(named(atom, resolved.known), Param | Given) for atom in atoms):
        return
    yield Diagnostic(codes.M268, "no alternative is a path", resolved.span, fix="write `->` with `because`")


def _ways(rows: tuple[Resolved, ...], declared: Declared) -> Iterator[Diagnostic]:
    """A row cannot go further than the map it calls, by its name or by the types of its sides."""
    for resolved in rows:
        if resolved.broken:
            continue
        head, own = resolved.known.declaration.arrow, resolved.row.arrow
        wanted = head if own is Arrow.BOTH and head is not Arrow.BOTH else own
        called = next((one for one in called_maps(resolved, declared) if one.declaration.arrow not in {Arrow.BOTH, wanted}), None)
        if called is not None:
            by = resolved.row.clauses.by
            detail = f"the row is `{wanted}` and `{called.name}` is `{called.declaration.arrow}`"
            notes = (Note(called.declaration.span, "its head"),)
            yield Diagnostic(codes.M266, detail, by.span if by else resolved.span, notes=notes)


# --- M267


def _alike(rows: tuple[Resolved, ...]) -> Iterator[Diagnostic]:
    """Two-way rows that add items to one list, and have nothing by which each would know its own."""
    seen: dict[tuple[object, ...], list[Resolved]] = {}
    for resolved in rows:
        target = resolved.target
        if resolved.broken or resolved.row.arrow is not Arrow.BOTH or not isinstance(target, FhirType):
            continue
        last = resolved.row.right.steps[-1] if resolved.row.right.steps else None
        if target.element is None or not target.element.is_list or last is None or last.slice or isinstance(last.index, int):
            continue
        by = resolved.row.clauses.by
        key = (resolved.scope.each, spelling(resolved.row.right), by.function if by else None)
        rival = next((other for other in seen.get(key, [])[:64] if not _apart(resolved, other)), None)
        if rival is None:
            seen.setdefault(key, []).append(resolved)
            continue
        note = Note(rival.row.span, f"`{rival.row.name}` takes them too")
        yield Diagnostic(codes.M267, spelling(resolved.row.right), resolved.row.right.span, notes=(note,))


def _apart(one: Resolved, other: Resolved) -> bool:
    mine = {binding.name: binding.value.alternatives[0].atom for binding in one.row.clauses.with_}
    theirs = {binding.name: binding.value.alternatives[0].atom for binding in other.row.clauses.with_}
    return {name: _text(atom) for name, atom in mine.items()} != {name: _text(atom) for name, atom in theirs.items()} or _same_source(
        one, other
    )


def _text(atom: object) -> object:
    return atom.text if isinstance(atom, Constant) else atom.name if isinstance(atom, Name) else atom


def _same_source(one: Resolved, other: Resolved) -> bool:
    """Two rows for one field under different guards write it once."""
    mine, theirs = written_path(one.row.left, one.known), written_path(other.row.left, other.known)
    return mine is not None and theirs is not None and path_key(mine) == path_key(theirs)
