"""The type of what stands on the v2 side of a row: paths, `$names`, values and functions, through every `let`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hub.mapping.syntax import Atom, Call, Constant, Expression, FhirPath, Given, Let, Name, Param, V2Path
from hub.mapping.types.declared import Declared, KnownMap
from hub.mapping.types.fhir import is_fhir_type
from hub.mapping.types.places import find_place
from hub.mapping.types.scope import Scope
from hub.mapping.types.v2 import ANYTHING, V2Type, known_datatype

__all__ = ["Source", "named", "source_of", "sources_of", "written_path"]

_DEPTH: Final = 8  # a `let` of a `let` of …


@dataclass(frozen=True, slots=True)
class Source:
    """What one alternative can be. v2: by version; fhir: types (functions, params); literal: a value in the map; certain: never absent."""

    atom: Atom
    v2: tuple[tuple[str, V2Type], ...] = ()
    fhir: tuple[str, ...] = ()
    literal: str | None = None
    certain: bool = False

    @property
    def several(self) -> bool:
        """The field of the path repeats in some version, whichever repetition is meant."""
        path = self.atom
        return isinstance(path, V2Path) and any(not one.single for _, one in self.v2 if one.datatype not in ANYTHING)


def sources_of(expression: Expression, known: KnownMap, scope: Scope, declared: Declared) -> tuple[Source, ...]:
    """One for each alternative; a `let` stands for its own alternatives, once however often it is named."""
    found: list[Source] = []
    through: set[str] = set()
    waiting = [*reversed(expression.alternatives)]
    while waiting:
        atom = waiting.pop().atom
        declaration = named(atom, known) if isinstance(atom, Name) else None
        if not isinstance(declaration, Let):
            found.append(source_of(atom, known, scope, declared))
        elif declaration.name not in through:
            through.add(declaration.name)
            waiting += reversed(declaration.value.alternatives)
    return tuple(found)


def source_of(atom: Atom, known: KnownMap, scope: Scope, declared: Declared) -> Source:
    match atom:
        case V2Path():
            found = tuple(find_place(scope, atom).each())
            return Source(atom, v2=found, certain=bool(found) and not any(one.optional for _, one in found))
        case Constant():
            return Source(atom, literal=atom.text, certain=True)
        case Call():
            function = declared.functions.get(atom.function)
            return _typed(atom, function.gives if function else "", scope, certain=True)
        case Name():
            return _declared(atom, named(atom, known), scope)
        case FhirPath():
            return Source(atom, certain=True)


def named(name: Name, known: KnownMap) -> Param | Given | Let | None:
    """The declaration a `$name` means."""
    return known.values.get(name.name)


def written_path(expression: Expression, known: KnownMap) -> V2Path | None:
    """Going back, the first path of the chain is the one that is written; a `let` is written through its own first path."""
    for alternative in expression.alternatives:
        atom: Atom | None = alternative.atom
        for _ in range(_DEPTH):
            declaration = named(atom, known) if isinstance(atom, Name) else None
            if not isinstance(declaration, Let):
                break
            paths = [one.atom for one in declaration.value.alternatives if isinstance(one.atom, V2Path | Name)]
            atom = paths[0] if paths else None
        if isinstance(atom, V2Path):
            return atom
    return None


def _declared(atom: Name, declaration: Param | Given | Let | None, scope: Scope) -> Source:
    match declaration:
        case Param():
            return _typed(atom, declaration.type, scope, certain=declaration.default is not None)
        case Given():
            return _typed(atom, declaration.type, scope, certain=True)
        case _:
            return Source(atom, certain=True)


def _typed(atom: Atom, name: str, scope: Scope, *, certain: bool) -> Source:
    """A type written in the map: of R4 ("code") or of v2 ("TS")."""
    if is_fhir_type(name):
        return Source(atom, fhir=(name,), certain=certain)
    if known_datatype(name):
        return Source(atom, v2=tuple((version, V2Type(name, name)) for version in scope.versions), certain=certain)
    return Source(atom, certain=certain)
