"""`calder map list`: the maps there are; with --effective, every rule that is in force for a source, and where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from hub.cli.map_set import Loaded, load_maps, read_or_exit
from hub.cli.reporting import print_error, print_json
from hub.core.diagnostics import Span
from hub.mapping.levels import Level, level_of
from hub.mapping.overlay import DroppedRow
from hub.mapping.syntax import Each, Item, LeftOut, Let, MapDeclaration, Row
from hub.mapping.tables import Coded

__all__ = ["list_maps"]


def list_maps(
    maps: Annotated[list[Path] | None, typer.Option("--maps", help="Files or folders of maps, over the packaged ones.")] = None,
    *,
    effective: Annotated[
        str | None, typer.Option("--effective", metavar="SOURCE", help="Every rule in force for this source, with its file and line.")
    ] = None,
    changed: Annotated[
        bool, typer.Option("--changed", help="With --effective: only what overlays have added, changed or dropped.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One object of JSON on standard output.")] = False,
) -> None:
    """Which maps there are, and what each stands between.

    With --effective: the rows, `let`, `drop` and `keep` of each map as they are for one source, after the overlays of mappings/local
    and mappings/local/SOURCE; rows that an overlay has dropped come last, with the reason. Of tables, the lines that overlays have
    changed or added.
    """
    if changed and effective is None:
        print_error("--changed goes with --effective SOURCE")
        raise typer.Exit(2)
    if effective is None:
        _list_all(load_maps(maps or []), as_json=as_json)
        return
    rules = [rule for rule in _rules(read_or_exit(maps or [], effective)) if not changed or rule.by_overlay]
    if as_json:
        print_json([rule.described for rule in rules])
    else:
        _print_rules(rules)


def _list_all(loaded: Loaded, *, as_json: bool) -> None:
    listed = [(file.path, each) for file in loaded.maps.files for each in file.maps]
    if as_json:
        print_json([_describe_map(path, each) for path, each in listed])
        return
    for path, each in listed:
        print(f"{each.name:<24}{_ends(each):<52}{each.versions[0]}..{each.versions[1]:<8}{path}")


def _ends(declaration: MapDeclaration) -> str:
    return f"{', '.join(declaration.left.names)} {declaration.arrow} {', '.join(declaration.right.names)}"


def _describe_map(path: str, declaration: MapDeclaration) -> dict[str, object]:
    return {
        "name": declaration.name,
        "v2": list(declaration.left.names),
        "arrow": declaration.arrow.value,
        "fhir": list(declaration.right.names),
        "versions": list(declaration.versions),
        "params": [param.name for param in declaration.params],
        "file": path,
        "line": declaration.span.line,
    }


# --- what is in force


@dataclass(frozen=True, slots=True)
class _Rule:
    """One line in force, or one that was dropped (`dropped`: why, and where that is said).

    kind: row, let, drop, keep or param of a map; line of a table, and `map` is then empty.
    """

    map: str
    kind: str
    name: str
    text: str
    span: Span
    groups: tuple[str, ...] = ()
    dropped: tuple[str, Span] | None = None
    table: str = ""

    @property
    def level(self) -> str:
        return level_of(self.span.file).name.lower()

    @property
    def by_overlay(self) -> bool:
        return self.dropped is not None or self.level != "packaged"

    @property
    def described(self) -> dict[str, object]:
        reason, by = self.dropped or (None, None)
        return {
            "map": self.map or None,
            "table": self.table or None,
            "kind": self.kind,
            "name": self.name,
            "text": self.text,
            "each": list(self.groups),
            "file": self.span.file,
            "line": self.span.line,
            "level": self.level,
            "dropped": None if by is None else {"because": reason, "file": by.file, "line": by.line},
        }


def _rules(loaded: Loaded) -> Iterator[_Rule]:
    lines = {name: text.split("\n") for name, text in loaded.texts.maps.items()}
    dropped: dict[str, list[DroppedRow]] = {}
    for each in loaded.maps.dropped:
        dropped.setdefault(each.map, []).append(each)
    for declaration in loaded.maps.program.maps.values():
        for param in declaration.params:
            if param.default is not None:
                yield _Rule(declaration.name, "param", param.name, f"= {param.default.text}", param.default.span)
        yield from _rules_of(declaration.name, declaration.body, lines, ())
        for each in dropped.get(declaration.name, ()):
            yield _Rule(
                declaration.name, "row", each.row.name, _row_text(each.row, lines), each.row.span, (), (each.by.because, each.by.span)
            )
    yield from _table_lines(loaded)


def _table_lines(loaded: Loaded) -> Iterator[_Rule]:
    """Those that the site or the source has written. A table of a new name is all theirs."""
    for name, table in loaded.maps.tables.items():
        for line in table.lines:
            span = Span(line.path or table.path, line.number, 1)
            if level_of(span.file) is not Level.PACKAGED:
                text = f"{_coded(line.source)} {line.arrow} {_coded(line.target)}"
                yield _Rule("", "line", line.source.code, text, span, table=name)


def _coded(coded: Coded) -> str:
    return f"{coded.system}|{coded.code}" if coded.system else coded.code


def _rules_of(name: str, body: tuple[Item, ...], lines: Mapping[str, list[str]], groups: tuple[str, ...]) -> Iterator[_Rule]:
    for item in body:
        match item:
            case Row():
                yield _Rule(name, "row", item.name, _row_text(item, lines), item.span, groups)
            case Let():
                yield _Rule(name, "let", item.name, f"= {_written(item.value.span, lines)}", item.span, groups)
            case LeftOut():
                text = ", ".join(_written(path.span, lines) for path in item.paths)
                yield _Rule(name, "keep" if item.kept else "drop", "", text, item.span, groups)
            case Each():
                yield from _rules_of(name, item.body, lines, (*groups, item.group))


def _row_text(row: Row, lines: Mapping[str, list[str]]) -> str:
    return f"{_written(row.left.span, lines)} {row.arrow} {_written(row.right.span, lines)}"


def _written(span: Span, lines: Mapping[str, list[str]]) -> str:
    """As it stands in the file, with single blanks."""
    line = lines[span.file][span.line - 1]
    return " ".join(line[span.column - 1 : span.column - 1 + span.length].split())


def _print_rules(rules: list[_Rule]) -> None:
    last = None
    for rule in rules:
        heading = rule.map or f"table {rule.table}"
        if heading != last:
            print(f"{'' if last is None else chr(10)}{heading}")
            last = heading
        name = rule.name if rule.kind in {"row", "line"} else f"{rule.kind} {rule.name}".rstrip()
        print(f"  {'.'.join([*rule.groups[-1:], name]):<40} {rule.text:<72} {rule.level:<9} {rule.span.file}:{rule.span.line}")
        if rule.dropped is not None:
            reason, by = rule.dropped
            print(f"    dropped: {reason} ({by.file}:{by.line})")
