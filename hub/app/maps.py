"""The map sets of one hub: the packaged maps, with the overlays that stand beside hub.yaml in `mappings/local`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hub.app.installed import AssemblyError, functions, load_texts
from hub.core.diagnostics import Diagnostic, Span
from hub.core.suggest import suggest
from hub.mapping.check.check import check
from hub.mapping.levels import LOCAL
from hub.mapping.mapset import MapSet, MapSets
from hub.settings.codes import NO_SUCH_SOURCE
from hub.settings.map_files import MapTexts, read_local, read_packaged
from hub.settings.model import HubSettings

__all__ = ["HubMaps", "local_folder", "read_map_sets"]

_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class HubMaps:
    """errors: what forbids to listen with these maps. texts: by the names that the errors carry."""

    sets: MapSets
    errors: tuple[Diagnostic, ...]
    texts: MapTexts

    def require(self) -> MapSets:
        """Raises AssemblyError with the file and line of each error: a hub whose maps are wrong must not listen."""
        if self.errors:
            lines = [self._line(each) for each in self.errors[:_SHOWN]]
            more = [f"and {len(self.errors) - _SHOWN} more: `calder map check`"] if len(self.errors) > _SHOWN else []
            raise AssemblyError("\n  ".join(["the maps have errors", *lines, *more]))
        return self.sets

    def _line(self, error: Diagnostic) -> str:
        span = error.span
        path = self.texts.paths.get(span.file, span.file) if span is not None else "?"
        return f"{path}:{span.line if span is not None else 0}: {error.code.name} {error.code.title}: {error.detail}"


def local_folder(settings: HubSettings) -> Path:
    """`mappings/local` beside hub.yaml; where there is no hub.yaml, in the working directory."""
    return (settings.folder or Path()) / "mappings" / LOCAL


def read_map_sets(settings: HubSettings) -> HubMaps:
    """One set for each source with overlays of its own. What comes packaged has been checked; with overlays all is checked again."""
    names = [source.config.name for source in settings.sources]
    local = read_local(local_folder(settings))
    texts = read_packaged().overlaid(local)
    site = _load(texts, None)
    sets = MapSets(site, {name: _load(texts, name) for name in names if name in texts.sources})
    errors = [*_strangers(texts, names, settings)]
    for each in sets.every:
        errors += [*each.diagnostics, *(check(each.files, each.tables, functions(), each.profiles) if local.names else ())]
    return HubMaps(sets, tuple(each for each in dict.fromkeys(errors) if each.is_error), texts)


def _load(texts: MapTexts, source: str | None) -> MapSet:
    return load_texts(texts.for_source(source))


def _strangers(texts: MapTexts, names: Sequence[str], settings: HubSettings) -> list[Diagnostic]:
    """Overlays of no source would be in force for nobody, and nobody would be told."""
    if settings.folder is None:
        return []
    found = []
    for source in texts.sources:
        if source not in names:
            first = min(name for name in texts.names if name.startswith(f"{LOCAL}/{source}/"))
            near = suggest(source, names)
            detail = f"mappings/{LOCAL}/{source} is for a source `{source}`"
            found.append(Diagnostic(NO_SUCH_SOURCE, detail, Span(first, 1, 1), fix=f"did you mean `{near}`?" if near else None))
    return found
