"""The maps as they are in force: what is packaged, changed by the site's overlays, and those by one source's.

    row of a known name     stands in the place of that row; a row of another name is added at the end of its body
    drop row NAME           takes the row away
    param NAME = VALUE      another default
    drop, keep              say it instead of the map, which may have said otherwise of the same field
    each GROUP              goes on in the map's `each` of that group

Every item keeps its span, so that a diagnostic, a trace or a list names the file in which it really stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from hub.core.diagnostics import Diagnostic, Note, Span
from hub.core.suggest import suggest
from hub.mapping.codes import sites as codes
from hub.mapping.levels import level_of
from hub.mapping.overlaid_body import merge_body, rows_of, without_rows
from hub.mapping.syntax import DropRow, Given, MapDeclaration, MapFile, NewDefault, Overlay, Param, Row, SegmentDeclaration

__all__ = ["DroppedRow", "Effective", "apply_overlays"]


@dataclass(frozen=True, slots=True)
class DroppedRow:
    """row: as it stood in `map`. by: the line of the overlay that took it away."""

    map: str
    row: Row
    by: DropRow


@dataclass(frozen=True, slots=True)
class Effective:
    """files: as they were read, with the maps and `segment` blocks that are in force instead of those that stand there."""

    files: tuple[MapFile, ...]
    dropped: tuple[DroppedRow, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(slots=True)
class _Overlaid:
    """A map while overlays are applied, by level. gone: rows that are dropped, and still stand in the body: a source may want them back.

    said: what was changed, by level and name, to see that nothing is changed twice.
    """

    declaration: MapDeclaration
    diagnostics: list[Diagnostic]
    gone: dict[str, DropRow] = field(default_factory=dict)
    said: dict[tuple[int, str], Span] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.declaration.name


def apply_overlays(files: Sequence[MapFile]) -> Effective:
    """Of all these files, whatever their levels. Nothing changes where no file has an overlay or declares a segment twice."""
    diagnostics: list[Diagnostic] = []
    files = _segments_in_force(files, diagnostics)
    maps: dict[str, _Overlaid] = {}
    for file in files:
        for declaration in file.maps:
            maps.setdefault(declaration.name, _Overlaid(declaration, diagnostics))
    overlays = sorted(((level_of(file.path), overlay) for file in files for overlay in file.overlays), key=lambda each: each[0])
    for level, overlay in overlays:
        overlaid = maps.get(overlay.map)
        if overlaid is None:
            diagnostics.append(_nothing(f"there is no map `{overlay.map}`", overlay.span, suggest(overlay.map, maps)))
        else:
            _apply(overlaid, overlay, level)
    diagnostics += _tests_of_nothing(files, maps)
    if not overlays:
        return Effective(tuple(files), (), tuple(diagnostics))
    dropped = tuple(
        DroppedRow(name, row, overlaid.gone[row.name])
        for name, overlaid in maps.items()
        for row in rows_of(overlaid.declaration.body)
        if row.name in overlaid.gone
    )
    in_force = [replace(file, maps=tuple(_finished(each, maps) for each in file.maps)) for file in files]
    return Effective(tuple(in_force), dropped, tuple(diagnostics))


def _finished(declaration: MapDeclaration, maps: dict[str, _Overlaid]) -> MapDeclaration:
    overlaid = maps[declaration.name]
    if overlaid.declaration.span != declaration.span:  # a second map of the name: reported elsewhere
        return declaration
    return replace(overlaid.declaration, body=without_rows(overlaid.declaration.body, overlaid.gone))


def _nothing(detail: str, span: Span, near: str | None) -> Diagnostic:
    return Diagnostic(codes.M301, detail, span, fix=f"did you mean `{near}`?" if near else None)


def _tests_of_nothing(files: Sequence[MapFile], maps: dict[str, _Overlaid]) -> list[Diagnostic]:
    return [
        _nothing(f"there is no map `{test.map}`", test.span, suggest(test.map, maps))
        for file in files
        if file.overlays
        for test in file.tests
        if test.map is not None and test.map not in maps and all(overlay.map != test.map for overlay in file.overlays)
    ]


# --- one overlay


def _apply(overlaid: _Overlaid, overlay: Overlay, level: int) -> None:
    for default in overlay.defaults:
        _set_default(overlaid, default, level)
    for param in overlay.params:
        _add_param(overlaid, param)
    for drop in overlay.dropped:
        _drop_row(overlaid, drop, level)
    rows = [*rows_of(overlay.body)]
    twice = {row.name for row in rows if not _is_first(overlaid, level, f"row {row.name}", row.span)}
    merged = merge_body(overlaid.declaration.body, without_rows(overlay.body, twice))
    for row in rows:
        if row.name not in twice:
            overlaid.gone.pop(row.name, None)
    overlaid.declaration = replace(overlaid.declaration, body=merged.body)
    overlaid.diagnostics += merged.diagnostics


def _is_first(overlaid: _Overlaid, level: int, what: str, span: Span) -> bool:
    """Two overlays of one row at one level: neither goes before the other."""
    first = overlaid.said.setdefault((level, what), span)
    if first is not span:
        overlaid.diagnostics.append(Diagnostic(codes.M302, f"{what} of `{overlaid.name}`", span, notes=(Note(first, "the other one"),)))
    return first is span


def _drop_row(overlaid: _Overlaid, drop: DropRow, level: int) -> None:
    known = [row.name for row in rows_of(overlaid.declaration.body)]
    if drop.row not in known:
        overlaid.diagnostics.append(_nothing(f"`{overlaid.name}` has no row `{drop.row}`", drop.span, suggest(drop.row, known)))
    elif _is_first(overlaid, level, f"row {drop.row}", drop.span):
        overlaid.gone[drop.row] = drop


def _set_default(overlaid: _Overlaid, default: NewDefault, level: int) -> None:
    params = overlaid.declaration.params
    known = [param.name for param in params]
    if default.name not in known:
        near = suggest(default.name, known)
        overlaid.diagnostics.append(_nothing(f"`{overlaid.name}` has no param `{default.name}`", default.span, near))
    elif _is_first(overlaid, level, f"param {default.name}", default.span):
        changed = tuple(replace(param, default=default.value) if param.name == default.name else param for param in params)
        overlaid.declaration = replace(overlaid.declaration, params=changed)


def _add_param(overlaid: _Overlaid, param: Param) -> None:
    declared: tuple[Param | Given, ...] = (*overlaid.declaration.params, *overlaid.declaration.givens)
    first = next((each.span for each in declared if each.name == param.name), None)
    if first is not None:
        notes = (Note(first, "it is declared here"),)
        overlaid.diagnostics.append(Diagnostic(codes.M303, f"`{param.name}`", param.span, fix=f"param {param.name} = VALUE", notes=notes))
    else:
        overlaid.declaration = replace(overlaid.declaration, params=(*overlaid.declaration.params, param))


# --- Z-segments


def _segments_in_force(files: Sequence[MapFile], diagnostics: list[Diagnostic]) -> list[MapFile]:
    """Of each name the one of the highest level."""
    best: dict[str, SegmentDeclaration] = {}
    for file in sorted(files, key=lambda each: -level_of(each.path)):
        for segment in file.segments:
            first = best.setdefault(segment.name, segment)
            if first is not segment and level_of(first.span.file) == level_of(file.path):
                diagnostics.append(Diagnostic(codes.M302, f"`{segment.name}`", segment.span, notes=(Note(first.span, "the other one"),)))
    kept = {id(segment) for segment in best.values()}
    return [
        file
        if all(id(segment) in kept for segment in file.segments)
        else replace(file, segments=tuple(segment for segment in file.segments if id(segment) in kept))
        for file in files
    ]
