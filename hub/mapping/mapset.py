"""A set of maps, ready to run: loaded once, known by its digest, compiled for each version of HL7 on first use."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from hub.codec.hl7v2 import Message
from hub.codec.hl7v2.event import structure_for
from hub.core.diagnostics import Diagnostic
from hub.mapping.levels import level_of
from hub.mapping.overlay import DroppedRow, apply_overlays
from hub.mapping.parse.parser import parse_map_file
from hub.mapping.program import Program, gather_program
from hub.mapping.registry import Registry
from hub.mapping.run.compiled import CompiledMap
from hub.mapping.syntax import MapFile
from hub.mapping.table_overlay import read_tables
from hub.mapping.tables import Table
from hub.mapping.types.profiles import Profile, read_profiles

__all__ = ["MapSet", "MapSets", "Texts", "load"]

_PROFILE = ".json"
_FUNCTIONS = "functions"  # the text that says which functions of packages there were
_USUAL = "2.5.1"  # for a message that does not say its version


@dataclass(frozen=True, slots=True)
class Texts:
    """The exact texts of one map set by name: `load(texts.maps, texts.tables, functions)` gives the same maps and the same digest."""

    maps: Mapping[str, str] = field(repr=False)
    tables: Mapping[str, str] = field(repr=False)  # and profiles, `NAME.json`; and `functions`, where packages give some


@dataclass(frozen=True, slots=True)
class MapSet:
    """digest: SHA-256 over the names and texts of all maps, tables and profiles, and the versions of packages that give functions.

    diagnostics: what was found while reading them.

    files: with the maps as they are after overlaying. dropped: the rows that overlays took away.

    texts: what made the digest, and nothing else; kept by the store, so that the set can be loaded again.
    """

    digest: str
    texts: Texts
    files: tuple[MapFile, ...]
    tables: Mapping[str, Table]
    profiles: Mapping[str, Profile]
    program: Program
    dropped: tuple[DroppedRow, ...]
    maps: Mapping[str, CompiledMap]
    read_diagnostics: tuple[Diagnostic, ...]
    _by_structure: Mapping[str, tuple[CompiledMap, ...]] = field(repr=False)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Grows when a version is compiled that no message has had before."""
        return (*self.read_diagnostics, *self.program.diagnostics)

    def get(self, name: str) -> CompiledMap | None:
        return self.maps.get(name)

    def find_message_map(self, message: Message) -> CompiledMap | None:
        """By structure; a map whose `when` holds goes before one that has none."""
        structure = message.structure or structure_for(_USUAL, message.message_code, message.trigger_event)
        candidates = self._by_structure.get(structure or "", ())
        return next((candidate for candidate in candidates if candidate.serves(message)), None)


@dataclass(frozen=True, slots=True)
class MapSets:
    """The sets of one hub. site: for what is delivered, and for messages of sources without overlays; by_source: for the others."""

    site: MapSet
    by_source: Mapping[str, MapSet] = field(default_factory=dict)

    def of(self, source: str) -> MapSet:
        return self.by_source.get(source, self.site)

    @property
    def every(self) -> tuple[MapSet, ...]:
        """Each once, by digest."""
        return tuple({each.digest: each for each in (self.site, *self.by_source.values())}.values())


def load(map_texts: Mapping[str, str], table_texts: Mapping[str, str], functions: Registry) -> MapSet:
    """Never raises. Names are the paths of the files; a table's name is its file's without `.csv`. A profile, `NAME.json`, is a table too:
    checking reads it and converting does not.

    All these texts are in force, overlays too: whoever has those of several sources chooses first (hub.mapping.levels.in_force).
    """
    texts = Texts(dict(map_texts), _of_packages(functions) | dict(table_texts))
    tables, of_tables = read_tables(
        {name: text for name, text in table_texts.items() if name != _FUNCTIONS and not name.endswith(_PROFILE)}
    )
    profiles, of_profiles = read_profiles({name: text for name, text in table_texts.items() if name.endswith(_PROFILE)})
    files, of_files = _read(map_texts)
    effective = apply_overlays(files)
    diagnostics = (*of_tables, *of_profiles, *of_files, *effective.diagnostics)
    program = gather_program(effective.files, tables, functions)
    maps = {name: CompiledMap(program, declaration) for name, declaration in program.maps.items()}
    structures = _structures(maps)
    return MapSet(_digest(texts), texts, effective.files, tables, profiles, program, effective.dropped, maps, diagnostics, structures)


def _digest(texts: Texts) -> str:
    digest = hashlib.sha256()
    for name, text in sorted((*texts.maps.items(), *texts.tables.items())):
        digest.update(f"{len(name)} {name} {len(text)} {text}".encode(errors="surrogatepass"))
    return digest.hexdigest()


def _of_packages(functions: Registry) -> dict[str, str]:
    """A text, so that a set that is kept says which functions it had. The kept text goes before that of today."""
    given = [f"{name} {functions[name].package}\n" for name in sorted(functions) if functions[name].package]
    return {_FUNCTIONS: "".join(given)} if given else {}


def _read(texts: Mapping[str, str]) -> tuple[tuple[MapFile, ...], tuple[Diagnostic, ...]]:
    """Files with overlays are read when the maps are known: a map says what a bare name means in its rows."""
    read = {path: parse_map_file(path, texts[path]) for path in sorted(texts)}
    maps = {declaration.name: declaration for file, _ in read.values() for declaration in file.maps}
    for path, (file, _) in read.items():
        if file.overlays:
            read[path] = parse_map_file(path, texts[path], maps)
    files = sorted(read.values(), key=lambda each: level_of(each[0].path))
    return tuple(file for file, _ in files), tuple(diagnostic for _, found in files for diagnostic in found)


def _structures(maps: Mapping[str, CompiledMap]) -> dict[str, tuple[CompiledMap, ...]]:
    found: dict[str, list[CompiledMap]] = {}
    for each in maps.values():
        if each.is_message_map:
            for structure in each.declaration.left.names:
                found.setdefault(structure, []).append(each)
    return {name: tuple(sorted(those, key=_precedence)) for name, those in found.items()}


def _precedence(each: CompiledMap) -> tuple[bool, int]:
    """A map with a `when` before one without; then a source's before the site's, and that before a packaged one."""
    return (not each.declaration.when, -level_of(each.declaration.span.file))
