"""Text to map: docs/mapping-language.md is the language, `hub.mapping.syntax` what comes out.

Never raises and always ends. A line that cannot be read is reported once and left out; the rest goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from hub.core.diagnostics import Code, Diagnostic, Span
from hub.core.suggest import suggest
from hub.mapping.codes import syntax as codes
from hub.mapping.parse.cursor import Cursor, RefusedLine
from hub.mapping.parse.heads import MapLine, parse_head_lines, parse_map_line
from hub.mapping.parse.layout import Block, arrange, join_lines, split_blocks
from hub.mapping.parse.lexer import Line, find_control, first_word, split_lines
from hub.mapping.parse.overlays import parse_overlay
from hub.mapping.parse.rows import Scope, cursor_for, declare, parse_body
from hub.mapping.parse.segments import parse_segment
from hub.mapping.parse.test_blocks import parse_test
from hub.mapping.shortening import shorten
from hub.mapping.syntax import MapDeclaration, MapFile, Overlay, SegmentDeclaration, Test

MAX_CHARACTERS = 1_000_000


@dataclass(slots=True)
class _Reading:
    """One file while it is read. above: the name of the map above ("" when its head could not be read). known: maps of other files."""

    path: str
    known: Mapping[str, MapDeclaration]
    diagnostics: list[Diagnostic] = field(default_factory=list)
    maps: list[MapDeclaration] = field(default_factory=list)
    segments: list[SegmentDeclaration] = field(default_factory=list)
    overlays: list[Overlay] = field(default_factory=list)
    tests: list[Test] = field(default_factory=list)
    names: dict[str, Span] = field(default_factory=dict)
    above: str | None = None
    unreadable: bool = False  # a line was left out for a control character


def parse_map_file(
    path: str, text: str, known: Mapping[str, MapDeclaration] = MappingProxyType({})
) -> tuple[MapFile, tuple[Diagnostic, ...]]:
    """The maps that can be read, and up to 20 diagnostics in the order of the file (M320 says how many more).

    known: the maps that its overlays may be about.
    """
    if len(text) > MAX_CHARACTERS:
        return MapFile(path, ()), (Diagnostic(codes.M036, f"{len(text):,} characters", Span(path, 1, 1)),)
    reading = _Reading(path, known)
    stray, blocks = split_blocks(_readable(reading, split_lines(text)))
    if stray:
        reading.diagnostics.append(_at(path, stray[0], codes.M006, "no map stands above it"))
    elif not blocks and not reading.diagnostics:
        reading.diagnostics.append(Diagnostic(codes.M037, "nothing to read", Span(path, 1, 1)))
    for block in blocks:
        _read_block(reading, block)
    reading.diagnostics.sort(key=_place)
    file = MapFile(path, tuple(reading.maps), tuple(reading.tests), tuple(reading.segments), tuple(reading.overlays))
    return file, shorten(reading.diagnostics)


def _place(diagnostic: Diagnostic) -> tuple[int, int]:
    return (diagnostic.span.line, diagnostic.span.column) if diagnostic.span else (0, 0)


def _at(path: str, line: Line, code: Code, detail: str, fix: str | None = None) -> Diagnostic:
    column = len(line.text) - len(line.text.lstrip(" \t")) + 1
    return Diagnostic(code, detail, Span(path, line.number, column, max(1, len(line.text) - column + 1)), fix=fix)


def _readable(reading: _Reading, lines: Sequence[Line]) -> list[Line]:
    """Without the lines that have control characters. Those, and tabs in the indentation, are reported once for the file."""
    readable = []
    reported: set[str] = set()
    for line in lines:
        control = find_control(line)
        tab = line.text.find("\t", 0, len(line.text) - len(line.text.lstrip(" \t")))
        if control is None:
            readable.append(line)
        reading.unreadable = reading.unreadable or control is not None
        if control is not None and "M001" not in reported:
            reported.add("M001")
            number = f"character U+{ord(line.text[control]):04X}"
            reading.diagnostics.append(Diagnostic(codes.M001, number, Span(reading.path, line.number, control + 1)))
        if tab >= 0 and "M002" not in reported:
            reported.add("M002")
            span = Span(reading.path, line.number, tab + 1)
            reading.diagnostics.append(Diagnostic(codes.M002, "use spaces", span, fix="`calder map fmt` mends the file"))
    return readable


def _read_block(reading: _Reading, block: Block) -> None:
    word = first_word(block.head.text)
    read = _BLOCKS.get(word)
    if read is not None:
        read(reading, block)
        return
    near = suggest(word, _BLOCKS)
    fix = f"did you mean `{near}`?" if near else "rows stand further in, under their map" if reading.maps else None
    reading.diagnostics.append(_at(reading.path, block.head, codes.M006, "here belongs `map` or `test`", fix))


def _read_test(reading: _Reading, block: Block) -> None:
    maps = reading.names if not reading.overlays else None
    test, diagnostics = parse_test(reading.path, block, maps, reading.above)
    reading.diagnostics.extend(diagnostics)
    if test is not None:
        reading.tests.append(test)


def _read_segment(reading: _Reading, block: Block) -> None:
    declaration, diagnostics = parse_segment(reading.path, block)
    reading.diagnostics.extend(diagnostics)
    if declaration is not None:
        reading.segments.append(declaration)


def _read_overlay(reading: _Reading, block: Block) -> None:
    known = {**reading.known, **{each.name: each for each in reading.maps}}
    overlay, reading.above, diagnostics = parse_overlay(reading.path, block, known)
    reading.diagnostics.extend(diagnostics)
    if overlay is not None:
        reading.overlays.append(overlay)


def _read_map(reading: _Reading, block: Block) -> None:
    known = len(reading.diagnostics)
    statements = join_lines((block.head, *block.body))
    head = _map_line(reading, cursor := Cursor(reading.path, statements[0].tokens))
    scope = Scope(reading.path, head.left.names if head else (), head.arrow if head else None, reading.diagnostics)
    body, misfits = arrange(reading.path, statements[1:])
    reading.diagnostics.extend(misfits)
    lines, rest = parse_head_lines(scope, body)
    items = parse_body(scope, rest)
    if head is None:
        return
    if not items and len(reading.diagnostics) == known and not reading.unreadable:
        reading.diagnostics.append(Diagnostic(codes.M035, "no row below it", head.span))
    try:
        declare(cursor, reading.names, head.name, head.span)
    except RefusedLine as refused:
        reading.diagnostics.append(refused.diagnostic)
        return
    reading.maps.append(
        MapDeclaration(
            head.name, head.left, head.arrow, head.right, lines.versions, lines.when, lines.params, lines.givens, items, head.span
        )
    )


def _map_line(reading: _Reading, cursor: Cursor) -> MapLine | None:
    try:
        head = parse_map_line(cursor_for(reading.path, cursor.tokens))
    except RefusedLine as refused:
        reading.diagnostics.append(refused.diagnostic)
        reading.above = ""
        return None
    reading.above = head.name
    return head


_BLOCKS: dict[str, Callable[[_Reading, Block], None]] = {
    "map": _read_map,
    "test": _read_test,
    "segment": _read_segment,
    "overlay": _read_overlay,
}
