"""The body of a map with that of an overlay: rows by their names, `each` by its group, `drop` and `keep` by their fields."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, field, replace

from hub.core.diagnostics import Diagnostic, Note
from hub.mapping.codes import sites as codes
from hub.mapping.syntax import Condition, Each, Item, LeftOut, Let, Row, V2Path
from hub.mapping.types.places import path_key

__all__ = ["Merged", "merge_body", "rows_of", "without_rows"]

Body = tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Merged:
    body: Body
    diagnostics: list[Diagnostic] = field(default_factory=list)


def rows_of(body: Body) -> Iterator[Row]:
    """All, also those inside an `each`."""
    for item in body:
        if isinstance(item, Row):
            yield item
        elif isinstance(item, Each):
            yield from rows_of(item.body)


def without_rows(body: Body, names: Container[str]) -> Body:
    """An `each` in which nothing is left goes too."""
    kept: list[Item] = []
    for item in body:
        if isinstance(item, Each):
            inner = without_rows(item.body, names)
            kept += [replace(item, body=inner) if inner != item.body else item] if inner or not item.body else []
        elif not (isinstance(item, Row) and item.name in names):
            kept.append(item)
    return tuple(kept)


def merge_body(base: Body, over: Body) -> Merged:
    """The items of `over` one after the other: in the place of what has their name, or at the end."""
    merged = Merged(base)
    return _merge(base, over, {row.name: row for row in rows_of(base)}, merged.diagnostics)


def _merge(base: Body, over: Body, everywhere: dict[str, Row], diagnostics: list[Diagnostic]) -> Merged:
    body = base
    for item in over:
        match item:
            case Row():
                body = _place_row(body, item, everywhere, diagnostics)
            case Let():
                body = _place_let(body, item)
            case LeftOut():
                body = (*_say_no_more(body, item.paths), item)
            case Each():
                body = _place_each(body, item, everywhere, diagnostics)
    return Merged(body, diagnostics)


def _place_row(body: Body, row: Row, everywhere: dict[str, Row], diagnostics: list[Diagnostic]) -> Body:
    there = everywhere.get(row.name)
    if there is None:
        return (*_say_no_more(body, _read_by(row)), row)
    if all(each is not there for each in rows_of(body)):
        note = Note(there.span, "the row of that name")
        diagnostics.append(Diagnostic(codes.M304, f"`{row.name}` stands elsewhere in the map", row.span, notes=(note,)))
        return body
    return _say_no_more(_replace_row(body, row), _read_by(row))


def _replace_row(body: Body, row: Row) -> Body:
    return tuple(
        row
        if isinstance(item, Row) and item.name == row.name
        else replace(item, body=_replace_row(item.body, row))
        if isinstance(item, Each)
        else item
        for item in body
    )


def _place_let(body: Body, let: Let) -> Body:
    if any(isinstance(item, Let) and item.name == let.name for item in body):
        return tuple(let if isinstance(item, Let) and item.name == let.name else item for item in body)
    return (*body, let)


def _place_each(body: Body, each: Each, everywhere: dict[str, Row], diagnostics: list[Diagnostic]) -> Body:
    """In the `each` of that group: here, or further in. Where the map has none, it is added."""
    candidates = [item for item in _eaches(body) if item.group == each.group]
    exact = [item for item in candidates if _said(item.where) == _said(each.where)]
    if each.where or len(exact) == 1:
        candidates = exact
    if len(candidates) > 1:
        notes = tuple(Note(item.span, "one of them") for item in candidates[:2])
        detail = f"the map has {len(candidates)} of {each.group}"
        diagnostics.append(Diagnostic(codes.M305, detail, each.span, fix="add the `where` of the one that is meant", notes=notes))
        return body
    if not candidates:
        return (*body, each)
    merged = _merge(candidates[0].body, each.body, everywhere, diagnostics)
    return _replace_each(body, candidates[0], replace(candidates[0], body=merged.body))


def _eaches(body: Body) -> Iterator[Each]:
    for item in body:
        if isinstance(item, Each):
            yield item
            yield from _eaches(item.body)


def _replace_each(body: Body, old: Each, new: Each) -> Body:
    return tuple(
        new if item is old else replace(item, body=_replace_each(item.body, old, new)) if isinstance(item, Each) else item for item in body
    )


def _said(conditions: tuple[Condition, ...]) -> tuple[object, ...]:
    """What conditions ask, wherever they stand."""
    return tuple(
        (path_key(each.subject) if isinstance(each.subject, V2Path) else str(each.subject), each.test, each.values) for each in conditions
    )


# --- drop and keep


def _read_by(row: Row) -> tuple[V2Path, ...]:
    return tuple(each.atom for each in row.left.alternatives if isinstance(each.atom, V2Path))


def _say_no_more(body: Body, paths: tuple[V2Path, ...]) -> Body:
    """What an overlay reads, drops or keeps, the map neither drops nor keeps any more."""
    keys = {path_key(path) for path in paths}
    kept: list[Item] = []
    for item in body:
        if isinstance(item, LeftOut) and not item.when and any(path_key(path) in keys for path in item.paths):
            rest = tuple(path for path in item.paths if path_key(path) not in keys)
            kept += [replace(item, paths=rest)] if rest else []
        else:
            kept.append(item)
    return tuple(kept)
