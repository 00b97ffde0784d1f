"""The maps a command works with: the packaged ones, with the site's overlays and the files and folders that were named.

The site's overlays are those of the `mappings/local` that the named files lie in; where nothing is named, those of `./mappings/local`.
What converts has been through the checker: the packaged maps by their tests, others here.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import typer

from hub.app.installed import functions, load_texts
from hub.cli.reporting import print_diagnostics, print_error
from hub.core.diagnostics import Diagnostic
from hub.core.suggest import suggest
from hub.mapping.check.check import check
from hub.mapping.check.incomplete import without_guesses
from hub.mapping.levels import LOCAL, in_force, source_of
from hub.mapping.mapset import MapSet
from hub.mapping.shortening import shorten
from hub.settings.map_files import MapFilesError, MapTexts, local_folders, read_folders, read_local, read_packaged

__all__ = [
    "LOCAL_FOLDER",
    "Loaded",
    "errors_of",
    "find_mistakes",
    "hub_yaml_beside",
    "load_beside",
    "load_maps",
    "load_or_exit",
    "load_sets",
    "load_sets_or_exit",
    "read_named",
    "read_or_exit",
]

LOCAL_FOLDER = Path("mappings/local")
_MAP = re.compile(r"^map\s+(\w+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Loaded:
    """One map set. texts: what is in force in it. named: the names of the files that were asked for; all of them when none were named.

    source: whose set it is; None for the one of all that have no overlays of their own. everything: of every source.
    """

    maps: MapSet
    texts: MapTexts
    named: frozenset[str]
    source: str | None
    everything: MapTexts

    @property
    def sources(self) -> Mapping[str, str]:
        return self.texts.texts

    @property
    def own(self) -> frozenset[str]:
        """Of the named files those that only this set has, so that over all sets each file comes once."""
        return frozenset(name for name in self.named if source_of(name) == self.source)

    @property
    def is_proven(self) -> bool:
        """Nothing in it comes from a file that may have been edited since: it is packaged, or a hub has run it."""
        return self.texts.names.isdisjoint(self.texts.paths)

    def concerns(self, diagnostic: Diagnostic) -> bool:
        """Is it about a file that was asked for?"""
        files = [span.file for span in (diagnostic.span, *(note.span for note in diagnostic.notes)) if span is not None]
        return not files or any(file in self.named for file in files)

    def for_source(self, source: str | None) -> Loaded:
        """The set of a source, of the same files; as `load_or_exit`."""
        if source == self.source:
            return self
        loaded = _load(self.everything, self.named, source)
        _require(loaded)
        return loaded


def read_named(paths: Sequence[Path]) -> MapTexts:
    """The files that were named, or a message and exit 2."""
    try:
        return read_folders(paths)
    except MapFilesError as error:
        print_error(str(error))
        raise typer.Exit(2) from None


def load_maps(paths: Sequence[Path], source: str | None = None) -> Loaded:
    """The set of one source. One that has no overlays has the site's set; what looks like a slip in another's name is refused, exit 2."""
    texts, named = _read(paths)
    if source is not None and texts.sources and source not in texts.sources:
        meant = suggest(source, texts.sources)
        if meant is not None:
            print_error(f"{source}: no overlays in mappings/local/{source}; did you mean `{meant}`?")
            raise typer.Exit(2)
        sys.stderr.write(f"no overlays in mappings/local/{source}: the maps of the site are used (overlays: {', '.join(texts.sources)})\n")
    return _load(texts, named, source)


def load_sets(paths: Sequence[Path]) -> tuple[Loaded, ...]:
    """Every set that the named files are part of: the one of all sources, and that of each source with overlays of its own."""
    texts, named = _read(paths)
    only = sorted({source for name in named if (source := source_of(name)) is not None})
    sources = only if only and all(source_of(name) is not None for name in named) else [None, *texts.sources]
    return tuple(_load(texts, named, source) for source in sources)


def load_or_exit(paths: Sequence[Path], source: str | None = None) -> Loaded:
    """Maps with errors, found by reading or by checking, convert nothing: reported, exit 1."""
    loaded = load_maps(paths, source)
    _require(loaded)
    return loaded


def read_or_exit(paths: Sequence[Path], source: str | None = None) -> Loaded:
    """For showing maps, not for converting: only what cannot be read is refused."""
    loaded = load_maps(paths, source)
    _refuse(_errors(loaded.maps.diagnostics), loaded)
    return loaded


def find_mistakes(loaded: Loaded) -> tuple[Diagnostic, ...]:
    """What reading found, and what checking found in the lines that could be read."""
    checked = check(loaded.maps.files, loaded.maps.tables, functions(), loaded.maps.profiles)
    return (*loaded.maps.diagnostics, *without_guesses(checked, loaded.maps.read_diagnostics, loaded.sources))


def load_sets_or_exit(paths: Sequence[Path]) -> tuple[Loaded, ...]:
    """As `load_sets` and `load_or_exit`."""
    sets = load_sets(paths)
    for loaded in sets:
        _require(loaded)
    return sets


def load_beside(files: Sequence[Path]) -> Loaded:
    """For files that are no maps: the packaged maps with the overlays of the site that the files belong to. None of them was named."""
    loaded = _load(_with_overlays(files), frozenset(), None)
    _require(loaded)
    return loaded


def errors_of(loaded: Loaded) -> tuple[Diagnostic, ...]:
    """What forbids to convert with these maps, as it is shown."""
    return _errors(loaded.maps.diagnostics if loaded.is_proven else find_mistakes(loaded))


def _errors(found: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    return shorten(diagnostic for diagnostic in dict.fromkeys(found) if diagnostic.is_error)


def _require(loaded: Loaded) -> None:
    _refuse(errors_of(loaded), loaded)


def _refuse(errors: Sequence[Diagnostic], loaded: Loaded) -> None:
    if errors:
        print_diagnostics(errors, loaded.sources)
        print_error("the maps have errors: `calder map check`")
        raise typer.Exit(1)


def _read(paths: Sequence[Path]) -> tuple[MapTexts, frozenset[str]]:
    texts = _with_overlays(paths)
    if not paths:
        return texts, texts.names
    named = _in_their_place(read_named(paths), texts)
    return texts.overlaid(named), named.names


def _in_their_place(named: MapTexts, known: MapTexts) -> MapTexts:
    """A copy of one packaged file, wherever it lies, stands in the place of that file: they share their name and the name of a map."""
    names: dict[str, str] = {}
    packaged = [name for name in known.maps if not name.startswith(f"{LOCAL}/")]
    for name, text in named.maps.items():
        own = set(_MAP.findall(text))
        last = name.rpartition("/")[2]
        same = [other for other in packaged if other.rpartition("/")[2] == last and own & set(_MAP.findall(known.maps[other]))]
        if name not in known.maps and len(same) == 1:
            names[name] = same[0]
    maps = {names.get(name, name): text for name, text in named.maps.items()}
    paths = {names.get(name, name): path for name, path in named.paths.items()}
    return replace(named, maps=maps, paths=paths)


def _with_overlays(paths: Sequence[Path]) -> MapTexts:
    texts = read_packaged()
    for folder in _local_folders(paths):
        texts = texts.overlaid(read_local(folder))
    return texts


def _local_folders(paths: Sequence[Path]) -> tuple[Path, ...]:
    return local_folders(paths) if paths else (LOCAL_FOLDER,)


def hub_yaml_beside(paths: Sequence[Path]) -> Path | None:
    """That of the hub whose overlays are in force: it stands beside its `mappings`."""
    found = (folder.parent.parent / "hub.yaml" for folder in _local_folders(paths))
    return next((file for file in found if file.is_file()), None)


def _load(everything: MapTexts, named: frozenset[str], source: str | None) -> Loaded:
    texts = everything.for_source(source)
    return Loaded(load_texts(texts), texts, frozenset(name for name in named if in_force(name, source)), source, everything)
