"""What only message maps have: keys, modes, lists of references. And codes that HL7's tables do not have."""

from __future__ import annotations

from collections.abc import Iterator

from hub.codec.hl7v2 import dictionary
from hub.core.diagnostics import Diagnostic
from hub.mapping.check.resolved import Resolved
from hub.mapping.codes import check_rows as codes
from hub.mapping.syntax import Condition, Each, LeftOut, Mode, Row, V2Path
from hub.mapping.types.declared import Declared, KnownMap
from hub.mapping.types.fhir import FhirType
from hub.mapping.types.places import find_place
from hub.mapping.types.scope import MapKind, Scope

__all__ = ["check_guard_codes", "check_messages"]


def check_messages(known: KnownMap, rows: tuple[Resolved, ...], declared: Declared) -> Iterator[Diagnostic]:
    identified: dict[str, bool] = {}
    for resolved in rows:
        clauses = resolved.row.clauses
        if known.kind is not MapKind.MESSAGE:
            used = [("key", bool(clauses.key)), ("as", clauses.mode is not None), ("in", clauses.member_of is not None)]
            for word, stands in used:
                if stands:
                    yield Diagnostic(codes.M281, f"`{word}` in a {known.kind} map", resolved.row.span)
        elif _needs_key(resolved) and not _identified(resolved.row, identified, declared):
            fix = "`key PATH, PATH`, as in `key OBR-3, OBX-3.1, OBX-4`"
            yield Diagnostic(codes.M280, f"{resolved.makes} has no key", resolved.row.right.span, fix=fix)


def _needs_key(resolved: Resolved) -> bool:
    """A row that adds to a resource of another row has the key of that row; a Patient is known by its identifiers."""
    if not isinstance(resolved.target, FhirType) or resolved.broken or not resolved.forward:
        return False
    first = resolved.row.right.steps[0].name if resolved.row.right.steps else ""
    return resolved.makes == first and first not in {"Patient", "Bundle"} and not resolved.row.clauses.key


def _identified(row: Row, identified: dict[str, bool], declared: Declared) -> bool:
    """What is made `as identify` by a map that fills its identifiers is known by them too."""
    name = row.clauses.by.function if row.clauses.by and row.clauses.mode is Mode.IDENTIFY else ""
    if name not in identified:
        called = declared.by_name.get(name)
        steps = (other.right.steps for other, _ in called.rows()) if called else ()
        identified[name] = any(path[0].name == "identifier" for path in steps if path)
    return identified[name]


def check_guard_codes(known: KnownMap) -> Iterator[Diagnostic]:
    """M254: values of conditions against HL7's own tables (those of ID fields: those of IS fields are the site's to fill)."""
    if known.scope is None:
        return
    yield from _guards(known.declaration.when, known.scope)
    for item, scope in known.items:
        match item:
            case Row():
                yield from _guards((*item.clauses.when, *item.clauses.unless), scope)
            case LeftOut():
                yield from _guards(item.when, scope)
            case Each():
                yield from _guards(item.where, scope)
            case _:
                pass


def _guards(conditions: tuple[Condition, ...], scope: Scope) -> Iterator[Diagnostic]:
    for condition in conditions:
        if not isinstance(condition.subject, V2Path) or not condition.values:
            continue
        table, known = _table(condition.subject, scope)
        unknown = [value for value in condition.values if value not in known]
        if known and unknown:
            yield Diagnostic(codes.M254, f"table {table} has no {', '.join(unknown[:5])}", condition.span)


def _table(path: V2Path, scope: Scope) -> tuple[str, frozenset[str]]:
    """The table of an ID field with every code that any declared version has in it."""
    found: set[str] = set()
    number = ""
    for version, one in find_place(scope, path).each():
        known = dictionary.table(version, one.table) if one.table and one.datatype == "ID" else None
        if known:
            number = one.table or ""
            found |= known
    return number, frozenset(found)
