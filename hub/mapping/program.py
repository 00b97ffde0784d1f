"""A set of maps, tables and functions, looked up by name and by the two types a map stands between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hub.core.diagnostics import Code, Diagnostic, Span
from hub.mapping.codes.run import NAME_TWICE
from hub.mapping.registry import Registry
from hub.mapping.syntax import MapDeclaration, MapFile
from hub.mapping.tables import Table
from hub.mapping.types.z_segments import NO_SEGMENTS, ZSegments, check_segments, segments_of
from hub.mapping.watching import Watch

__all__ = ["Program", "gather_program"]


@dataclass(frozen=True, slots=True)
class Program:
    maps: Mapping[str, MapDeclaration]
    by_types: Mapping[tuple[str, str], MapDeclaration]
    tables: Mapping[str, Table]
    functions: Registry
    diagnostics: list[Diagnostic] = field(default_factory=list)
    segments: ZSegments = NO_SEGMENTS
    watch: Watch | None = None

    def find_by_types(self, v2_type: str | None, fhir_type: str) -> MapDeclaration | None:
        return None if v2_type is None else self.by_types.get((v2_type, fhir_type))

    def report(self, code: Code, detail: str, span: Span | None) -> None:
        """Once for each place, however many versions are compiled."""
        diagnostic = Diagnostic(code, detail, span=span)
        if diagnostic not in self.diagnostics:
            self.diagnostics.append(diagnostic)


def gather_program(files: tuple[MapFile, ...], tables: Mapping[str, Table], functions: Registry) -> Program:
    """Of several maps between the same two types the first is found by type; the others are called by name."""
    maps: dict[str, MapDeclaration] = {}
    by_types: dict[tuple[str, str], MapDeclaration] = {}
    twice: list[Diagnostic] = []
    for declaration in (declaration for file in files for declaration in file.maps):
        if declaration.name in maps:
            twice.append(Diagnostic(NAME_TWICE, "a map of this name stands in another place", span=declaration.span))
            continue
        maps[declaration.name] = declaration
        for source in declaration.left.names:
            for target in declaration.right.names:
                by_types.setdefault((source, target), declaration)
    segments = [segment for file in files for segment in file.segments]
    return Program(maps, by_types, tables, functions, [*twice, *check_segments(segments)], segments_of(segments))
