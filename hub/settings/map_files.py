"""Maps, tables and profiles from where they are kept: the packaged `mappings` folder, and folders of a site.

A name is relative and with slashes, "hl7v2/segments/pid.map", "tables/units.csv": a file that is named on a command line stands in the
place of the packaged one with the same name. What a site keeps in `mappings/local` has names that begin with "local/", and those say
for which source it is (hub.mapping.levels).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from hub.core.errors import CalderError
from hub.mapping.levels import LOCAL, in_force, source_of

_MAP, _TABLE, _PROFILE = ".map", ".csv", ".json"
_SUFFIXES = (_MAP, _TABLE, _PROFILE)
_ROOT = "mappings"
_PROFILES = "profiles"
_NOT_TABLES = "structures"  # hl7v2/structures: aliases of groups, read by `hub.mapping.types.structures`


class MapFilesError(CalderError):
    """A file or folder of maps that cannot be read."""


@dataclass(frozen=True, slots=True)
class MapTexts:
    """Name to text. profiles: StructureDefinitions as JSON. paths: where each came from, for those that are files of the machine."""

    maps: dict[str, str] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    profiles: dict[str, str] = field(default_factory=dict)
    paths: dict[str, Path] = field(default_factory=dict)

    @property
    def names(self) -> frozenset[str]:
        return frozenset((*self.maps, *self.tables, *self.profiles))

    @property
    def texts(self) -> dict[str, str]:
        """All of them, for showing a line of one."""
        return self.maps | self.tables | self.profiles

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources that have files of their own."""
        return tuple(sorted({source for name in self.names if (source := source_of(name)) is not None}))

    def overlaid(self, over: MapTexts) -> MapTexts:
        """These, with the files of `over` in the place of those with the same name."""
        return MapTexts(self.maps | over.maps, self.tables | over.tables, self.profiles | over.profiles, self.paths | over.paths)

    def for_source(self, source: str | None) -> MapTexts:
        """Those in force for a source; for None, those that are in force for every one."""
        maps, tables, profiles = (_in_force(texts, source) for texts in (self.maps, self.tables, self.profiles))
        return MapTexts(maps, tables, profiles, self.paths)


def _in_force(texts: dict[str, str], source: str | None) -> dict[str, str]:
    return {name: text for name, text in texts.items() if in_force(name, source)}


def read_packaged() -> MapTexts:
    texts = MapTexts()
    for name, file in _walk(files(_ROOT), ""):
        _add(texts, name, file)
    return texts


def read_folders(paths: Sequence[Path]) -> MapTexts:
    """Folders with all that lies below them, and single files. A later one goes before an earlier one."""
    texts = MapTexts()
    for path in paths:
        for file in _files_of(path):
            name = _name(file, path)
            texts.paths[name] = file
            _add(texts, name, file)
    return texts


def read_local(folder: Path) -> MapTexts:
    """A site's folder of overlays, by its place beside hub.yaml: `mappings/local`. Nothing where there is none."""
    texts = MapTexts()
    for file in _files_of(folder) if folder.is_dir() else ():
        name = f"{LOCAL}/{file.relative_to(folder).as_posix()}"
        texts.paths[name] = file
        _add(texts, name, file)
    return texts


def owner_of(file: Path) -> str | None:
    """The source in whose folder of `mappings/local` a file of any kind lies."""
    return source_of(_name(file, file))


def local_folders(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The `mappings/local` that these files and folders are, or lie in."""
    found = (each for path in paths for each in (path.resolve(), *path.resolve().parents) if _is_local(each))
    return tuple(dict.fromkeys(found))


def _is_local(folder: Path) -> bool:
    return folder.name == LOCAL and folder.parent.name == _ROOT


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        name = f"{prefix}{entry.name}"
        if entry.is_dir():
            yield from _walk(entry, f"{name}/")
        elif _is_read(name):
            yield name, entry


def _files_of(path: Path) -> list[Path]:
    if path.is_file():
        if path.suffix not in _SUFFIXES:
            raise MapFilesError(f"{path}: a map is a .map, a table a .csv, a profile a .json")
        return [path]
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if file.is_file() and _is_read(file.relative_to(path).as_posix()))
    raise MapFilesError(f"{path}: there is no such file or folder")


def _is_read(name: str) -> bool:
    folders = name.split("/")[:-1]
    if name.endswith(_PROFILE):
        return folders[-1:] == [_PROFILES]
    return name.endswith(_MAP) or (name.endswith(_TABLE) and _NOT_TABLES not in folders)


def _name(file: Path, given: Path) -> str:
    """Relative to the nearest folder called `mappings`; else to the folder that was given, and a table then counts as `tables/…`.

    A folder called `local` that is given by itself is a site's.
    """
    parts = file.resolve().parts
    if _ROOT in parts[:-1]:
        return "/".join(parts[len(parts) - parts[::-1].index(_ROOT) :])
    relative = file.relative_to(given).as_posix() if given.is_dir() else file.name
    if given.is_dir() and given.resolve().name == LOCAL:
        return f"{LOCAL}/{relative}"
    return f"tables/{relative}" if file.suffix == _TABLE and "/" not in relative else relative


def _add(texts: MapTexts, name: str, file: Traversable) -> None:
    """Bytes that are not UTF-8 become U+FFFD, which the parser reports with its line."""
    try:
        text = file.read_bytes().decode("utf-8", errors="replace")
    except OSError as error:
        raise MapFilesError(f"{file}: {error.strerror or 'cannot be read'}") from error
    kept = texts.maps if name.endswith(_MAP) else texts.tables if name.endswith(_TABLE) else texts.profiles
    kept[name] = text
