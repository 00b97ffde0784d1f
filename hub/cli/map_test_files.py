"""The `*.test.yaml` that `calder map test` runs: those beside the maps, and those in the files and folders that were named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from hub.mapping.test.test_files import WrittenFile, read_test_file

__all__ = ["SUFFIX", "TestPlace", "find_test_files", "read_place", "split_paths"]

SUFFIX: Final = ".test.yaml"
_LARGEST: Final = 4 << 20


@dataclass(frozen=True, slots=True)
class TestPlace:
    """name: how it is called. folder: where the files that it names are looked for."""

    name: str
    file: Traversable
    folder: Traversable

    __test__ = False


def split_paths(paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Those of maps, and those that are test files themselves."""
    tests = [path for path in paths if path.name.endswith(SUFFIX)]
    return [path for path in paths if path not in tests], tests


def find_test_files(paths: Sequence[Path]) -> list[TestPlace]:
    """Without paths, those beside the packaged maps. Of a map that was named, the file of its own name beside it."""
    if not paths:
        return list(_walk(files("mappings"), ""))
    found: dict[Path, TestPlace] = {}
    for path in paths:
        for file in _named(path):
            found.setdefault(file.resolve(), TestPlace(str(file), file, file.parent))
    return list(found.values())


def _named(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(file for file in path.rglob(f"*{SUFFIX}") if file.is_file())
    if path.name.endswith(SUFFIX):
        return [path]
    beside = path.with_name(path.stem + SUFFIX)
    return [beside] if path.suffix == ".map" and beside.is_file() else []


def _walk(folder: Traversable, prefix: str) -> Iterator[TestPlace]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(SUFFIX):
            yield TestPlace(f"{prefix}{entry.name}", entry, folder)


def read_place(place: TestPlace) -> WrittenFile:
    """Raises OSError. Bytes that are not UTF-8 become U+FFFD."""
    text = place.file.read_bytes().decode("utf-8", errors="replace")
    return read_test_file(place.name, text, lambda name: _beside(place.folder, name))


def _beside(folder: Traversable, name: str) -> str | None:
    """Never outside the folder, also not through a link."""
    file = folder.joinpath(*name.replace("\\", "/").split("/"))
    if isinstance(folder, Path) and isinstance(file, Path) and not file.resolve().is_relative_to(folder.resolve()):
        return None
    try:
        data = file.read_bytes()
        return data.decode("utf-8") if len(data) <= _LARGEST else None
    except (OSError, ValueError):
        return None
