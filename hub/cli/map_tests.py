"""`calder map test`: the tests in maps and in `*.test.yaml`, what differs, and what no test reaches."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from hub.cli.map_set import Loaded, load_beside, load_sets_or_exit
from hub.cli.map_test_files import TestPlace, find_test_files, read_place, split_paths
from hub.cli.map_test_report import describe_coverage, describe_verdict, print_coverage, print_verdict
from hub.cli.reporting import describe, print_diagnostics, print_error, print_json
from hub.core.diagnostics import Diagnostic
from hub.mapping.mapset import MapSet
from hub.mapping.test.coverage import MapCoverage, Reached, TableCoverage, measure, watched
from hub.mapping.test.runner import Verdict, run_tests
from hub.mapping.test.suite import Ran, run_file
from hub.mapping.test.test_files import WrittenFile, read_test_file
from hub.mapping.test.updating import Update, update_file
from hub.settings.map_files import owner_of

__all__ = ["run_map_tests"]


@dataclass(frozen=True, slots=True)
class _File:
    """One `*.test.yaml` that was run."""

    place: TestPlace
    written: WrittenFile
    ran: tuple[Ran, ...]

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        return (*self.written.diagnostics, *(one for ran in self.ran for one in ran.diagnostics))

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        return tuple(ran.verdict for ran in self.ran if ran.verdict is not None)


@dataclass(frozen=True, slots=True)
class _Maps:
    """The sets that the tests are run with. reached: with --coverage."""

    sets: tuple[Loaded, ...]
    reached: Reached | None
    by_source: dict[str | None, Loaded] = field(default_factory=dict)

    def of(self, source: str | None) -> MapSet | None:
        """None for a source that has no overlays."""
        first = self.sets[0]
        if source is not None and source not in first.everything.sources:
            return None
        if source not in self.by_source:
            self.by_source[source] = next((each for each in self.sets if each.source == source), None) or first.for_source(source)
        return self.watched(self.by_source[source].maps)

    def watched(self, maps: MapSet) -> MapSet:
        return maps if self.reached is None else watched(maps, self.reached)

    def run_in_maps(self) -> list[Verdict]:
        return [verdict for each in self.sets for verdict in run_tests(self.watched(each.maps), each.own)]

    def measure(self) -> tuple[list[MapCoverage], list[TableCoverage]] | None:
        """Of the files that were named, or of all maps where only test files were."""
        if self.reached is None:
            return None
        named = frozenset(name for each in self.sets for name in each.named) or self.sets[0].texts.names
        return measure([each.maps for each in (*self.sets, *self.by_source.values())], named, self.reached)


def run_map_tests(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="PATH", help="Maps, `*.test.yaml`, or folders of them. Default: the packaged ones.")
    ] = None,
    *,
    update: Annotated[bool, typer.Option("--update", help="Write what comes out now into the `*.test.yaml`; tests in maps stay.")] = False,
    coverage: Annotated[bool, typer.Option("--coverage", help="The rows and table lines that no test fires.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One object of JSON on standard output.")] = False,
) -> None:
    """Run the tests of maps: those in the maps and those in `*.test.yaml`. Exit 0: all pass; 1: some do not; 2: usage."""
    named = paths or []
    if update and not named:
        print_error("--update: say which files or folders may be written")
        raise typer.Exit(2)
    maps = _Maps(_load(named), Reached() if coverage else None)
    files = [_run(place, maps) for place in _find(named)]
    updated = list(_update(files)) if update else []
    if updated:
        files = [_run(file.place, maps) for file in files]
    outcome = _Outcome(maps.run_in_maps(), files, updated)
    texts = maps.sets[0].everything.texts
    if as_json:
        print_json(outcome.described(maps.measure()))
    else:
        outcome.print(texts)
        print_coverage(maps.measure())
    raise typer.Exit(0 if outcome.is_good else 1)


def _load(paths: Sequence[Path]) -> tuple[Loaded, ...]:
    """The set of each source whose files were named. Where only test files were, the maps beside them, and no test in a map."""
    of_maps, of_tests = split_paths(paths)
    if of_tests and not of_maps:
        return (load_beside(of_tests),)
    return load_sets_or_exit(of_maps)


def _find(paths: Sequence[Path]) -> list[TestPlace]:
    missing = next((path for path in paths if not path.exists()), None)
    if missing is not None:
        print_error(f"{missing}: there is no such file or folder")
        raise typer.Exit(2)
    return find_test_files(paths)


def _run(place: TestPlace, maps: _Maps) -> _File:
    try:
        written = read_place(place)
    except OSError as error:
        print_error(f"{place.name}: {error.strerror or 'cannot be read'}")
        raise typer.Exit(2) from None
    own = owner_of(place.file) if isinstance(place.file, Path) else None
    return _File(place, written, tuple(run_file(written, lambda source: maps.of(source or own))))


# --- update


def _update(files: Sequence[_File]) -> Iterator[tuple[str, str]]:
    """The file and the title of each test that was written. What does not read back as it was written is not written."""
    for file in files:
        changed = update_file(file.written, [(ran.written, ran.verdict) for ran in file.ran if ran.verdict is not None])
        if changed.tests and _write(file, changed):
            yield from ((file.place.name, test.name) for test in changed.tests)


def _write(file: _File, changed: Update) -> bool:
    if not isinstance(file.place.file, Path) or not isinstance(file.place.folder, Path):
        return False
    again = read_test_file(file.place.name, changed.text, lambda _: "null")
    if len(again.tests) < len(file.written.tests) or len(again.diagnostics) > len(file.written.diagnostics):
        print_error(f"{file.place.name}: what comes out would not read back, and nothing is written")
        return False
    for name, text in changed.beside.items():
        (file.place.folder / name).write_bytes(text.encode())
    if changed.text != file.written.text:
        file.place.file.write_bytes(changed.text.encode())
    return True


# --- report


@dataclass(frozen=True, slots=True)
class _Outcome:
    in_maps: Sequence[Verdict]
    files: Sequence[_File]
    updated: Sequence[tuple[str, str]]

    @property
    def verdicts(self) -> list[Verdict]:
        return [*self.in_maps, *(verdict for file in self.files for verdict in file.verdicts)]

    @property
    def failed(self) -> list[Verdict]:
        return [verdict for verdict in self.verdicts if not verdict.passed]

    @property
    def unread(self) -> list[Diagnostic]:
        return [one for file in self.files for one in file.diagnostics]

    @property
    def is_good(self) -> bool:
        return not self.failed and not self.unread

    def described(self, coverage: tuple[list[MapCoverage], list[TableCoverage]] | None) -> dict[str, object]:
        answer = {
            "passed": len(self.verdicts) - len(self.failed),
            "failed": len(self.failed),
            "tests": [describe_verdict(verdict) for verdict in self.verdicts],
            "unreadable": [describe(one) for one in self.unread],
            "updated": [{"file": name, "title": title} for name, title in self.updated],
        }
        return answer if coverage is None else answer | {"coverage": describe_coverage(*coverage)}

    def print(self, texts: Mapping[str, str]) -> None:
        texts = {**texts, **{file.place.name: file.written.text for file in self.files}}
        print_diagnostics(self.unread, texts)
        for verdict in self.failed:
            print_verdict(verdict, texts)
        for name, title in self.updated:
            sys.stderr.write(f'{name}: wrote what comes out now: "{title}"\n')
        unrun = f", {len(self.unread)} could not be run" if self.unread else ""
        sys.stderr.write(f"{len(self.verdicts) - len(self.failed)} passed, {len(self.failed)} failed{unrun}\n")
