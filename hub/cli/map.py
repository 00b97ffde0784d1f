"""`calder map`: check, test, fmt, list, new, explain."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from hub.app.installed import functions
from hub.cli.map_coverage import coverage
from hub.cli.map_diff import diff
from hub.cli.map_explain import explain
from hub.cli.map_list import list_maps
from hub.cli.map_new import new
from hub.cli.map_set import Loaded, find_mistakes, load_sets, read_named
from hub.cli.map_tests import run_map_tests
from hub.cli.reporting import describe, print_diagnostics, print_json
from hub.core.diagnostics import Diagnostic, Severity
from hub.mapping.check.stats import MapStats
from hub.mapping.check.stats import stats as measure
from hub.mapping.codes import check_rows as row_codes
from hub.mapping.functions.proving import prove_all
from hub.mapping.parse.formatting import format_map
from hub.mapping.shortening import shorten
from hub.settings.map_files import MapTexts

app = typer.Typer(no_args_is_help=True)
app.command(epilog="Example: calder map coverage last-week/ --fail-under 99")(coverage)
app.command(epilog="Example: calder map diff packaged mappings/local --corpus last-week/")(diff)
app.command(epilog="Example: calder map explain 42 Observation.status")(explain)

_UNUSED = (row_codes.M239, row_codes.M240)
_Paths = Annotated[
    list[Path] | None, typer.Argument(metavar="PATH", help="Files or folders of maps. Default: the packaged ones, and ./mappings/local.")
]
_Maps = Annotated[list[Path] | None, typer.Option("--maps", help="Files or folders of maps, over the packaged ones.")]
_Source = Annotated[str | None, typer.Option("--source", help="With the overlays of this source (mappings/local/SOURCE).")]
_AsJson = Annotated[bool, typer.Option("--json", help="One object of JSON on standard output.")]


# --- check


@app.command(epilog="Example: calder map check mappings/local --stats")
def check(
    paths: _Paths = None,
    *,
    as_json: _AsJson = False,
    stats: Annotated[bool, typer.Option("--stats", help="Share of two-way rows and of Python functions for each map.")] = False,
) -> None:
    """Check maps against HL7 v2, FHIR R4, their tables and each other. Exit 0: no errors; 1: errors.

    Without PATH: the packaged maps and ./mappings/local. Files in mappings/local are checked as they are in force: with the packaged maps,
    and those in mappings/local/SOURCE with the maps of that source. Only what concerns the files that were named is reported.
    """
    sets = load_sets(paths or [])
    found = _find_all(sets)
    errors = sum(diagnostic.is_error for diagnostic in found)
    measured = measure([file for loaded in sets for file in loaded.maps.files if file.path in loaded.own], functions())
    shown = shorten(found)
    if as_json:
        answer = {"ok": not errors, "errors": errors, "diagnostics": [describe(diagnostic) for diagnostic in shown]}
        print_json(answer | {"stats": [asdict(each) for each in measured]} if stats else answer)
    else:
        print_diagnostics(shown, sets[0].everything.texts)
        if stats:
            _print_stats(measured)
        files = sum(len(loaded.own) for loaded in sets)
        sys.stderr.write(f"{_count(files, 'file')}: {_count(errors, 'error')}, {_count(len(found) - errors, 'warning')}\n")
    raise typer.Exit(1 if errors else 0)


def _find_all(sets: Sequence[Loaded]) -> list[Diagnostic]:
    """Of every set, once each: a file of the site is in force with the overlays of each source. Used in one set is used."""
    of_sets = [(loaded, frozenset(find_mistakes(loaded))) for loaded in sets]
    found = dict.fromkeys(each for loaded, those in of_sets for each in those if loaded.concerns(each))
    found |= dict.fromkeys(prove_all(functions().values()))
    shown = [
        each
        for each in found
        if each.severity is not Severity.INFORMATION and (each.code not in _UNUSED or all(each in those for _, those in of_sets))
    ]
    return sorted(shown, key=_place)


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


app.command("test", epilog="Example: calder map test mappings/local")(run_map_tests)


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


app.command("list", epilog="Example: calder map list --effective airedale --changed")(list_maps)
app.command(epilog="Example: calder map new zpi --z ZPI --from last-week/ --out mappings/local/zpi.map")(new)
