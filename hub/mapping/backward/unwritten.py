"""Which elements of the resources the rows have written, and which none has: those are reported, by name and never by value."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Final

from hub.core.json import Json
from hub.fhir.elements import is_resource_type, resolve
from hub.mapping.backward.read_fhir import Spot
from hub.mapping.forward.attached import parse_element
from hub.mapping.items import iter_rows
from hub.mapping.syntax import Arrow, Constant, FhirStep, MapDeclaration, Row

__all__ = ["Constants", "Seen", "constants_of_maps", "known_name", "known_path", "see_value", "unwritten_elements"]

Constants = frozenset[tuple[tuple[str, ...], str]]
_SERVER: Final = frozenset({"id", "resourceType", "meta.versionId", "meta.lastUpdated"})  # no business of a message
_WHERE_TEXT_STANDS: Final = ((), ("code",), ("text",), ("display",))  # of a constant put into a Coding, a CodeableConcept, a Reference


class Seen:
    """Where the values stood that were written. Objects are known by their id: they live as long as the conversion.

    hidden: what is not to be written, since it stands in the residue. everything: a function has taken the whole.
    """

    __slots__ = ("_spots", "everything", "hidden")

    def __init__(self, hidden: Collection[Spot] = frozenset()) -> None:
        self.everything = False
        self.hidden = frozenset(hidden)
        self._spots: set[Spot] = set(hidden)

    def add(self, spot: Spot) -> None:
        self._spots.add(spot)

    def add_all(self, value: dict[str, Json]) -> None:
        """All elements of an object."""
        for name, part in value.items():
            for at in range(len(part) if isinstance(part, list) else 1):
                self.add((id(value), name, at))

    def add_alias(self, copy: dict[str, Json], value: dict[str, Json]) -> None:
        """What was written of a changed copy was written of the object itself."""
        for around, name, at in tuple(self._spots):
            if around == id(copy):
                self.add((id(value), name, at))

    def shown(self, value: Json) -> Json:
        """For a function, which takes a value whole: without what is hidden in it."""
        if not self.hidden or not isinstance(value, dict):
            return value
        return {name: part for name in value if (part := self._shown_element(value, name)) not in (None, [])}

    def _shown_element(self, around: dict[str, Json], name: str) -> Json:
        value = around[name]
        if isinstance(value, list):
            return [self.shown(item) for at, item in enumerate(value) if (id(around), name, at) not in self.hidden]
        return None if (id(around), name, 0) in self.hidden else self.shown(value)

    def __contains__(self, spot: Spot) -> bool:
        return spot in self._spots


def see_value(fills: tuple[str, ...]) -> Callable[[Seen, Json, Spot], None]:
    """For a row that writes its value whole. fills: the elements that a function takes of an object; the others are left to other rows."""

    def see(seen: Seen, value: Json, spot: Spot) -> None:
        if not isinstance(value, dict) or not fills:
            seen.add(spot)
            return
        for name in fills:
            seen.add((id(value), name, 0))

    return see


def constants_of_maps(declarations: Iterable[MapDeclaration]) -> Constants:
    """The texts that maps themselves put into FHIR: they need no writing."""
    found: set[tuple[tuple[str, ...], str]] = set()
    for declaration in declarations:
        for row in iter_rows(declaration.body):
            if row.arrow is not Arrow.BACKWARD:
                found.update(_constants_of_row(row))
    return frozenset(found)


def _constants_of_row(row: Row) -> Iterator[tuple[tuple[str, ...], str]]:
    names = _names(row.right.steps)
    atom = row.left.alternatives[0].atom
    if isinstance(atom, Constant):
        for deeper in _WHERE_TEXT_STANDS:
            yield (*names, *deeper), atom.text
    for binding in row.clauses.with_:
        value = binding.value.alternatives[0].atom
        if isinstance(value, Constant):
            yield (*names, *_names(parse_element(binding.name, binding).steps)), value.text


def _names(steps: Sequence[FhirStep]) -> tuple[str, ...]:
    return tuple(step.name for step in steps)


def unwritten_elements(value: Json, seen: Seen, constants: Constants) -> Iterator[str]:
    """Names of elements from the root of a resource or value, each once."""
    found: dict[str, None] = {}
    if seen.everything:
        return
    for path, leaf in _unseen(value, seen, ()):
        names = ".".join(path)
        if names not in _SERVER and path[0] != "text" and not _is_constant(path, leaf, constants):
            found[names] = None
    yield from found


def _unseen(value: Json, seen: Seen, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Json]]:
    if not isinstance(value, dict):
        return
    for name, part in value.items():
        for at, item in enumerate(part if isinstance(part, list) else [part]):
            if item is None or (id(value), name, at) in seen:
                continue
            if isinstance(item, dict):
                yield from _unseen(item, seen, (*path, name))
            else:
                yield (*path, name), item


def _is_constant(path: tuple[str, ...], leaf: Json, constants: Constants) -> bool:
    """A slice's own url or code too: it is how the slice is known."""
    if path[-1] == "url":
        return True
    return isinstance(leaf, str) and any((path[at:], leaf) in constants for at in range(len(path)))


def known_name(kind: str, name: str = "") -> str:
    """As far as R4 knows it: what else stands as a name in a resource may be anything, and is not said."""
    if not is_resource_type(kind):
        return "(not a resource of R4)"
    return f"{kind}.{known_path(kind, name)}".rstrip(".")


def known_path(shape: str, name: str) -> str:
    names = name.split(".")
    while names and resolve(shape, ".".join(names)) is None:
        del names[-1]
    return ".".join(names)
