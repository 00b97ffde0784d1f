"""A set of maps, ready to run: loaded once, known by its digest, compiled for each version of HL7 on first use."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from hub.codec.hl7v2 import Message
from hub.codec.hl7v2.event import structure_for
from hub.core.diagnostics import Diagnostic
from hub.mapping.parse.parser import parse_map_file
from hub.mapping.program import Program, gather_program
from hub.mapping.registry import Registry
from hub.mapping.run.compiled import CompiledMap
from hub.mapping.syntax import MapFile
from hub.mapping.tables import Table, parse_table

__all__ = ["MapSet", "load"]

_USUAL = "2.5.1"  # for a message that does not say its version


@dataclass(frozen=True, slots=True)
class MapSet:
    """digest: SHA-256 over the names and texts of all maps and tables. diagnostics: what was found while reading them."""

    digest: str
    files: tuple[MapFile, ...]
    tables: Mapping[str, Table]
    program: Program
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


def load(map_texts: Mapping[str, str], table_texts: Mapping[str, str], functions: Registry) -> MapSet:
    """Never raises. Names are the paths of the files; a table's name is its file's without `.csv`."""
    digest = hashlib.sha256()
    for name, text in sorted((*map_texts.items(), *table_texts.items())):
        digest.update(f"{len(name)} {name} {len(text)} {text}".encode(errors="surrogatepass"))
    diagnostics: list[Diagnostic] = []
    tables: dict[str, Table] = {}
    for path, text in sorted(table_texts.items()):
        table, found = parse_table(path, text)
        tables[table.name] = table
        diagnostics.extend(found)
    files: list[MapFile] = []
    for path, text in sorted(map_texts.items()):
        file, found = parse_map_file(path, text)
        files.append(file)
        diagnostics.extend(found)
    program = gather_program(tuple(files), tables, functions)
    maps = {name: CompiledMap(program, declaration) for name, declaration in program.maps.items()}
    return MapSet(digest.hexdigest(), tuple(files), tables, program, maps, tuple(diagnostics), _structures(maps))


def _structures(maps: Mapping[str, CompiledMap]) -> dict[str, tuple[CompiledMap, ...]]:
    found: dict[str, list[CompiledMap]] = {}
    for each in maps.values():
        if each.is_message_map:
            for structure in each.declaration.left.names:
                found.setdefault(structure, []).append(each)
    return {name: tuple(sorted(those, key=lambda each: not each.declaration.when)) for name, those in found.items()}
