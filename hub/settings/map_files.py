"""Maps and tables from where they are kept: the packaged `mappings` folder, and folders of a site.

A name is relative and with slashes, "hl7v2/segments/pid.map", "tables/units.csv": a file of a site with the same name
stands in the place of the packaged one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from hub.core.errors import CalderError

_MAP, _TABLE = ".map", ".csv"
_ROOT = "mappings"
_NOT_TABLES = "structures"  # hl7v2/structures: aliases of groups, read by `hub.mapping.types.structures`


class MapFilesError(CalderError):
    """A file or folder of maps that cannot be read."""


@dataclass(frozen=True, slots=True)
class MapTexts:
    """Name to text. paths: where each came from, for those that are files of the machine."""

    maps: dict[str, str] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    paths: dict[str, Path] = field(default_factory=dict)

    def overlaid(self, over: MapTexts) -> MapTexts:
        """These, with the files of `over` in the place of those with the same name."""
        return MapTexts(self.maps | over.maps, self.tables | over.tables, self.paths | over.paths)


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


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        name = f"{prefix}{entry.name}"
        if entry.is_dir():
            yield from _walk(entry, f"{name}/")
        elif _is_read(name):
            yield name, entry


def _files_of(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if file.is_file() and _is_read(file.relative_to(path).as_posix()))
    raise MapFilesError(f"{path}: there is no such file or folder")


def _is_read(name: str) -> bool:
    folders = name.split("/")[:-1]
    return name.endswith(_MAP) or (name.endswith(_TABLE) and _NOT_TABLES not in folders)


def _name(file: Path, given: Path) -> str:
    """Relative to the nearest folder called `mappings`; else to the folder that was given, and a table then counts as `tables/…`."""
    parts = file.resolve().parts
    if _ROOT in parts[:-1]:
        return "/".join(parts[len(parts) - parts[::-1].index(_ROOT) :])
    relative = file.relative_to(given).as_posix() if given.is_dir() else file.name
    return f"tables/{relative}" if file.suffix == _TABLE and "/" not in relative else relative


def _add(texts: MapTexts, name: str, file: Traversable) -> None:
    """Bytes that are not UTF-8 become U+FFFD, which the parser reports with its line."""
    try:
        text = file.read_bytes().decode("utf-8", errors="replace")
    except OSError as error:
        raise MapFilesError(f"{file}: {error.strerror or 'cannot be read'}") from error
    (texts.maps if name.endswith(_MAP) else texts.tables)[name] = text
