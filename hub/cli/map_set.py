"""The maps a command works with: the packaged ones, overlaid with files and folders that were named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from hub.app.installed import functions
from hub.cli.reporting import print_diagnostics, print_error
from hub.core.diagnostics import Diagnostic
from hub.mapping.mapset import MapSet, load
from hub.settings.map_files import MapFilesError, MapTexts, read_folders, read_packaged


@dataclass(frozen=True, slots=True)
class Loaded:
    """named: the names of the files that were asked for; all of them when none were named."""

    maps: MapSet
    texts: MapTexts
    named: frozenset[str]

    @property
    def sources(self) -> Mapping[str, str]:
        return self.texts.maps | self.texts.tables

    def concerns(self, diagnostic: Diagnostic) -> bool:
        """Is it about a file that was asked for?"""
        files = [span.file for span in (diagnostic.span, *(note.span for note in diagnostic.notes)) if span is not None]
        return not files or any(file in self.named for file in files)


def read_named(paths: Sequence[Path]) -> MapTexts:
    """The files that were named, or a message and exit 2."""
    try:
        return read_folders(paths)
    except MapFilesError as error:
        print_error(str(error))
        raise typer.Exit(2) from None


def load_maps(paths: Sequence[Path]) -> Loaded:
    packaged = read_packaged()
    named = read_named(paths) if paths else packaged
    texts = packaged.overlaid(named)
    return Loaded(load(texts.maps, texts.tables, functions()), texts, frozenset(named.maps) | frozenset(named.tables))


def load_or_exit(paths: Sequence[Path]) -> Loaded:
    """Maps with errors convert nothing: reported, exit 1."""
    loaded = load_maps(paths)
    errors = [diagnostic for diagnostic in loaded.maps.diagnostics if diagnostic.is_error]
    if errors:
        print_diagnostics(errors, loaded.sources)
        print_error("the maps have errors: `calder map check`")
        raise typer.Exit(1)
    return loaded
