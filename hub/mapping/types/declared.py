"""Everything a map can name: the other maps, the tables, the functions, and who calls whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from hub.mapping.registry import Registry
from hub.mapping.syntax import Call, Each, Expression, Given, Item, Let, MapDeclaration, MapFile, Name, Param, Row
from hub.mapping.tables import Table
from hub.mapping.types.scope import MapKind, Scope, scope_of, walk
from hub.mapping.types.z_segments import ZSegments, segments_of

__all__ = ["Declared", "KnownMap", "calls_in", "declare", "names_in"]


@dataclass(slots=True)
class KnownMap:
    """A map with what is looked up in it again and again. `items`: every item below it with its scope, in the order of the file."""

    file: MapFile
    declaration: MapDeclaration
    scope: Scope | None
    items: tuple[tuple[Item, Scope], ...]
    lets: dict[str, Let] = field(default_factory=dict)
    values: dict[str, Param | Given | Let] = field(default_factory=dict)  # what a `$name` means
    number_of: dict[int, int] = field(default_factory=dict)  # id of an `each` to its number in the scopes below it

    @property
    def name(self) -> str:
        return self.declaration.name

    @property
    def kind(self) -> MapKind | None:
        return self.scope.kind if self.scope else None

    def rows(self) -> Iterator[tuple[Row, Scope]]:
        for item, scope in self.items:
            if isinstance(item, Row):
                yield item, scope


@dataclass(slots=True)
class Declared:
    """maps: every map by its file's order. by_name: the first of each name. by_ends: datatype maps by (v2 datatype, FHIR type).

    callers: the rows that call a map by name, filled while rows are looked at.
    """

    maps: tuple[KnownMap, ...]
    by_name: dict[str, KnownMap]
    by_ends: dict[tuple[str, str], KnownMap]
    tables: Mapping[str, Table]
    functions: Registry
    callers: dict[str, list[tuple[KnownMap, Row]]] = field(default_factory=dict)

    def between(self, datatype: str, target: str) -> KnownMap | None:
        """The map that leads from a v2 type to a FHIR type, when no row names one."""
        return self.by_ends.get((datatype, target))


def declare(files: Sequence[MapFile], tables: Mapping[str, Table], functions: Registry) -> Declared:
    local = segments_of(segment for file in files for segment in file.segments)
    maps = tuple(_known(file, declaration, local) for file in files for declaration in file.maps)
    declared = Declared(maps, {}, {}, tables, functions)
    for known in maps:
        declared.by_name.setdefault(known.name, known)
        for source in known.declaration.left.names:
            for target in known.declaration.right.names:
                if known.kind is not MapKind.MESSAGE:
                    declared.by_ends.setdefault((source, target), known)
    for known in maps:
        for row, _ in known.rows():
            if row.clauses.by is not None:
                declared.callers.setdefault(row.clauses.by.function, []).append((known, row))
    return declared


def _known(file: MapFile, declaration: MapDeclaration, local: ZSegments) -> KnownMap:
    scope = scope_of(declaration, local)
    items = tuple(walk(declaration.body, scope)) if scope else ()
    lets = {item.name: item for item, _ in items if isinstance(item, Let)}
    values: dict[str, Param | Given | Let] = {}
    every: tuple[Param | Given | Let, ...] = (*declaration.params, *declaration.givens, *lets.values())
    for one in every:
        values.setdefault(one.name, one)
    return KnownMap(file, declaration, scope, items, lets, values, _numbers(declaration.body))


def _numbers(items: tuple[Item, ...]) -> dict[int, int]:
    found: dict[int, int] = {}
    for number, item in enumerate(items):
        if isinstance(item, Each):
            found[id(item)] = number
            found |= _numbers(item.body)
    return found


def names_in(expression: Expression) -> Iterator[Name]:
    """Every `$name` of an expression, those inside function calls too."""
    for alternative in expression.alternatives:
        atom = alternative.atom
        if isinstance(atom, Name):
            yield atom
        elif isinstance(atom, Call):
            for argument in atom.arguments:
                yield from names_in(argument)


def calls_in(expression: Expression) -> Iterator[Call]:
    for alternative in expression.alternatives:
        if isinstance(alternative.atom, Call):
            yield alternative.atom
            for argument in alternative.atom.arguments:
                yield from calls_in(argument)
