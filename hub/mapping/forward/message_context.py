"""What the rows of a message map have in common: the map, its structure, and the names of its rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from hub.mapping.forward.conditions import compile_condition
from hub.mapping.forward.maps import Compiler
from hub.mapping.forward.reach import GroupReach, Levels, Test
from hub.mapping.forward.repetitions import RepetitionReach
from hub.mapping.running import Frame, Run
from hub.mapping.syntax import Each, FhirPath, Item, MapDeclaration, Row, V2Path
from hub.mapping.types.fhir import spelling
from hub.mapping.types.structures import locate_group

__all__ = ["Action", "Levels", "MessageContext", "holds", "key_text", "kind_of_row", "row_names"]

Action = Callable[[Run, Frame], None]


@dataclass(frozen=True, slots=True)
class MessageContext:
    """What is the same in the whole map. rows: the names of all its rows, for references."""

    compiler: Compiler
    declaration: MapDeclaration
    structure: str
    rows: frozenset[str]

    def reach(self, levels: Levels) -> GroupReach:
        return GroupReach(self.compiler.version, self.structure, levels, self.compiler.program, compile_condition, self.compiler.coverage)

    def repetition_reach(self, levels: Levels, repeated: tuple[V2Path, ...]) -> RepetitionReach:
        """For the clauses of a row that makes a resource of each repetition of its field."""
        compiler = self.compiler
        return RepetitionReach(
            compiler.version, self.structure, levels, compiler.program, compile_condition, compiler.coverage, repeated=repeated
        )

    def target_of(self, row: Row) -> str:
        """As a trace has it: the name of a row stands for the type of its resource."""
        kind, *deeper = row.right.steps
        of_row = kind_of_row(self.declaration.body, kind.name) if kind.name in self.rows else None
        return spelling(FhirPath((replace(kind, name=of_row or kind.name), *deeper), row.right.span))

    def locate(self, path: tuple[str, ...]) -> tuple[str, ...] | None:
        place = locate_group(self.compiler.version, self.structure, path)
        return None if place is None else place.names


def row_names(items: tuple[Item, ...]) -> frozenset[str]:
    names: set[str] = set()
    for item in items:
        if isinstance(item, Row):
            names.add(item.name)
        elif isinstance(item, Each):
            names |= row_names(item.body)
    return frozenset(names)


def holds(run: Run, frame: Frame, guards: Sequence[Test], unless: Sequence[Test]) -> bool:
    for guard in guards:
        if not guard(run, frame):
            return False
    return not unless or not all(test(run, frame) for test in unless)


def kind_of_row(items: tuple[Item, ...], name: str) -> str | None:
    for item in items:
        if isinstance(item, Row) and item.name == name and item.right.steps:
            return item.right.steps[0].name
        if isinstance(item, Each) and (found := kind_of_row(item.body, name)):
            return found
    return None


def key_text(run: Run, raw: str) -> str:
    return raw.rstrip(run.separators[1] + run.separators[2])
