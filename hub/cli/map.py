"""`calder map`: check, test, fmt, list, explain."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from hub.app.installed import functions
from hub.cli.map_explain import explain_file
from hub.cli.map_set import Loaded, load_maps, load_or_exit, read_named
from hub.cli.map_tests import run_and_print
from hub.cli.reporting import describe, print_diagnostics, print_error, print_json
from hub.core.diagnostics import Diagnostic, Severity
from hub.mapping.check.check import check as check_maps
from hub.mapping.check.stats import MapStats
from hub.mapping.check.stats import stats as measure
from hub.mapping.parse.formatting import format_map
from hub.mapping.syntax import MapDeclaration
from hub.settings.map_files import MapTexts

app = typer.Typer(no_args_is_help=True)

_Paths = Annotated[list[Path] | None, typer.Argument(metavar="PATH", help="Files or folders of maps. Default: the packaged ones.")]
_Maps = Annotated[list[Path] | None, typer.Option("--maps", help="Files or folders of maps, over the packaged ones.")]
_AsJson = Annotated[bool, typer.Option("--json", help="One object of JSON on standard output.")]


# --- check


@app.command(epilog="Example: calder map check mappings/local --stats")
def check(
    paths: _Paths = None,
    *,
    as_json: _AsJson = False,
    stats: Annotated[bool, typer.Option("--stats", help="Share of two-way rows and of Python functions for each map.")] = False,
) -> None:
    """Check maps against HL7 v2, FHIR R4, their tables and each other. Exit 0: no errors; 1: errors."""
    loaded = load_maps(paths or [])
    found = _find_all(loaded)
    errors = sum(diagnostic.is_error for diagnostic in found)
    measured = measure([file for file in loaded.maps.files if file.path in loaded.named], functions())
    if as_json:
        answer = {"ok": not errors, "errors": errors, "diagnostics": [describe(diagnostic) for diagnostic in found]}
        print_json(answer | {"stats": [asdict(each) for each in measured]} if stats else answer)
    else:
        print_diagnostics(found, loaded.sources)
        if stats:
            _print_stats(measured)
        files = len(loaded.named)
        sys.stderr.write(f"{files} files: {_count(errors, 'error')}, {_count(len(found) - errors, 'warning')}\n")
    raise typer.Exit(1 if errors else 0)


def _find_all(loaded: Loaded) -> list[Diagnostic]:
    """What reading found; what checking found only where everything could be read: the rest would be cascades."""
    found = list(loaded.maps.diagnostics)
    if not any(diagnostic.is_error for diagnostic in loaded.maps.read_diagnostics):
        found += check_maps(loaded.maps.files, loaded.maps.tables, functions())
    shown = [diagnostic for diagnostic in dict.fromkeys(found) if loaded.concerns(diagnostic)]
    return sorted((each for each in shown if each.severity is not Severity.INFORMATION), key=_place)


def _place(diagnostic: Diagnostic) -> tuple[str, int, int]:
    span = diagnostic.span
    return (span.file, span.line, span.column) if span is not None else ("", 0, 0)


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _print_stats(measured: Sequence[MapStats]) -> None:
    print(f"{'map':<24}{'rows':>6}{'two-way':>10}{'functions':>11}")
    for each in measured:
        print(f"{each.map:<24}{each.rows:>6}{each.two_way_share:>10.0%}{each.function_share:>11.0%}")


# --- test


@app.command("test", epilog="Example: calder map test mappings/local")
def run_tests(
    paths: _Paths = None,
    *,
    update: Annotated[bool, typer.Option("--update", help="Write what comes out now into `*.test.yaml`; tests in maps stay.")] = False,
    as_json: _AsJson = False,
) -> None:
    """Run the tests that stand in maps. Exit 0: all pass; 1: some do not."""
    loaded = load_or_exit(paths or [])
    if update:
        print_error("--update: the tests in a map are written by hand; there are no *.test.yaml here")
    raise typer.Exit(0 if run_and_print(loaded, as_json=as_json) else 1)


# --- fmt


@app.command(epilog="Example: calder map fmt mappings/local")
def fmt(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Files or folders of maps.")],
    *,
    check_only: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if a file would change.")] = False,
) -> None:
    """Write maps in the one style. Exit 1: a file cannot be read (it is left as it is)."""
    texts = read_named(paths)
    results = [_format_file(texts, name, check_only=check_only) for name in texts.maps]
    raise typer.Exit(0 if all(results) else 1)


def _format_file(texts: MapTexts, name: str, *, check_only: bool) -> bool:
    path, text = texts.paths[name], texts.maps[name]
    formatted = format_map(name, text)
    if not isinstance(formatted, str):
        print_diagnostics(formatted, texts.maps)
        return False
    if formatted.encode() == path.read_bytes():
        return True
    print(f"{path}: {'would change' if check_only else 'formatted'}")
    if not check_only:
        path.write_bytes(formatted.encode())
    return not check_only


# --- list


@app.command("list", epilog="Example: calder map list --json")
def list_maps(maps: _Maps = None, *, as_json: _AsJson = False) -> None:
    """Which maps there are, and what each stands between."""
    loaded = load_maps(maps or [])
    listed = [(file.path, each) for file in loaded.maps.files for each in file.maps]
    if as_json:
        print_json([_describe_map(path, each) for path, each in listed])
        return
    for path, each in listed:
        ends = f"{', '.join(each.left.names)} {each.arrow} {', '.join(each.right.names)}"
        print(f"{each.name:<24}{ends:<52}{each.versions[0]}..{each.versions[1]:<8}{path}")


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


# --- explain


@app.command(epilog="Example: calder map explain oru.hl7 Observation.status")
def explain(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A file of messages; - is standard input.")],
    path: Annotated[str | None, typer.Argument(metavar="PATH", help="An element, as in Observation.status; default: all.")] = None,
    *,
    maps: _Maps = None,
    as_json: _AsJson = False,
) -> None:
    """Where each value of the converted messages came from, or why it is not there. Exit 1: nothing made it."""
    loaded = load_or_exit(maps or [])
    raise typer.Exit(0 if explain_file(loaded, file, path, as_json=as_json) else 1)
