"""What a message map reads, worked out from its rows as they would run: through the maps and functions they call, to single components.

A field is as good as read where a row could read it. What one message makes of it (a guard that does not hold) is not asked here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from hub.fhir.elements import is_primitive
from hub.mapping.forward.attached import parse_element, row_named
from hub.mapping.forward.message_context import row_names
from hub.mapping.forward.write_fhir import fhir_type_at
from hub.mapping.program import Program
from hub.mapping.registry import Function
from hub.mapping.survey.grounds import Cursor, Ground, GroupGround, PartGround, SegmentGround
from hub.mapping.survey.parts import Parts
from hub.mapping.survey.readings import Readings
from hub.mapping.survey.targets import is_message_map, target_of
from hub.mapping.syntax import (
    Arrow,
    Atom,
    Call,
    Clauses,
    Condition,
    Each,
    Expression,
    Item,
    LeftOut,
    Let,
    MapDeclaration,
    Name,
    Row,
    V2Path,
)
from hub.mapping.types.scope import MapKind, Scope, inside, scope_of
from hub.mapping.values.calling import is_simple

__all__ = ["Reader", "read_by"]

_DEEPEST: Final = 12  # maps that call one another in a ring
_Named = Mapping[str, tuple[Cursor, ...]]


def read_by(program: Program, declaration: MapDeclaration, version: str, structure: str) -> tuple[Readings, Readings]:
    """What the map reads, drops or keeps; and apart from it what it drops or keeps only `when` something holds."""
    always, sometimes = Readings(), Readings()
    scope = scope_of(declaration)
    if scope is not None and scope.kind is MapKind.MESSAGE:
        reader = Reader(program, version, structure, always, sometimes)
        reader.body(declaration.body, _At(declaration, scope, GroupGround(always, version, program.segments, structure, ()), {}))
    return always, sometimes


@dataclass(frozen=True, slots=True)
class _At:
    """Where the reader is. named: what `$name` stands for. rows: names that are references."""

    declaration: MapDeclaration
    scope: Scope | None
    ground: Ground
    named: _Named
    rows: frozenset[str] = frozenset()
    depth: int = 0


@dataclass(slots=True)
class Reader:
    program: Program
    version: str
    structure: str
    always: Readings
    sometimes: Readings

    def body(self, items: tuple[Item, ...], at: _At) -> None:
        at = replace(at, rows=at.rows | row_names(items)) if is_message_map(at.declaration) else at
        at = replace(at, named={**at.named, **self._lets(items, at)})
        for number, item in enumerate(items):
            match item:
                case Row():
                    self._row(item, at)
                case LeftOut():
                    self._leave_out(item, at)
                case Each() if at.scope is not None:
                    inner = inside(item, at.scope, number)
                    ground = GroupGround(self.always, self.version, self.program.segments, self.structure, inner.groups)
                    here = replace(at, scope=inner, ground=ground)
                    self._ask(item.where, here)
                    for cursor in ground.cursors(item.tree) if item.tree is not None else ():
                        cursor.parts.leaf = True
                    self.body(item.body, here)

    def _lets(self, items: tuple[Item, ...], at: _At) -> dict[str, tuple[Cursor, ...]]:
        named: dict[str, tuple[Cursor, ...]] = dict(at.named)
        for item in items:
            if isinstance(item, Let):
                named[item.name] = tuple(self._values(item.value, replace(at, named=named)))
        return named

    # --- rows

    def _row(self, row: Row, at: _At) -> None:
        if row.arrow is Arrow.BACKWARD or not row.right.steps:
            self._written(row, at)
            return
        self._ask((*row.clauses.when, *row.clauses.unless), at)
        for expression in row.clauses.key:
            for cursor in self._values(expression, at):
                cursor.parts.whole = True
        _, fhir_type = target_of(at.declaration, row)
        for alternative in row.left.alternatives:
            self._convert(alternative.atom, row.clauses, fhir_type, at)
        for binding in row.clauses.with_:
            if row_named(binding.value.alternatives[0].atom) not in at.rows:
                element = fhir_type_at(fhir_type, parse_element(binding.name, binding).steps)[0]
                for alternative in binding.value.alternatives:
                    self._convert(alternative.atom, Clauses(), element, at)

    def _written(self, row: Row, at: _At) -> None:
        """A row that only writes a field speaks for it: the hub has a value of its own there."""
        for alternative in row.left.alternatives:
            if isinstance(alternative.atom, V2Path):
                at.ground.leave_out(alternative.atom)

    # --- one source, and what converts it

    def _convert(self, atom: Atom, clauses: Clauses, fhir_type: str, at: _At) -> None:
        if isinstance(atom, V2Path) and atom.field is None and not isinstance(at.ground, PartGround):
            self._hand_over(atom, clauses, fhir_type, at)
            return
        for cursor in self._sources(atom, at):
            self._consume(cursor, clauses, fhir_type, at)

    def _sources(self, atom: Atom, at: _At) -> Iterator[Cursor]:
        match atom:
            case V2Path():
                yield from at.ground.cursors(atom)
            case Name():
                yield from at.named.get(atom.name, ())
            case Call():
                self._call(atom, at)
            case _:
                return

    def _consume(self, cursor: Cursor, clauses: Clauses, fhir_type: str, at: _At) -> None:
        if clauses.by is not None:
            called = self.program.maps.get(clauses.by.function)
            if called is not None:
                self._apply(called, cursor, clauses, at)
            else:
                self._function(clauses.by, self.program.functions.get(clauses.by.function), cursor, at)
            return
        if cursor.v2_type == "varies" and not is_primitive(fhir_type) and cursor.field is not None:
            field_reading, repetition = cursor.field
            field_reading.varying.append((repetition, self._of_kind(clauses, fhir_type, at)))
            return
        found = self.program.find_by_types(cursor.v2_type, fhir_type)
        if found is not None:
            self._apply(found, cursor, clauses, at)
        else:
            cursor.parts.leaf = True

    def _of_kind(self, clauses: Clauses, fhir_type: str, at: _At) -> Callable[[Parts, str], None]:
        """OBX-5 is of the type that OBX-2 says."""
        return lambda parts, kind: self._consume(Cursor(parts, kind or "ST"), clauses, fhir_type, at)

    def _apply(self, called: MapDeclaration, cursor: Cursor, clauses: Clauses, at: _At) -> None:
        if at.depth < _DEEPEST:
            ground = PartGround(self.version, called.left.names, cursor)
            named = self._given(called, clauses, at)
            self.body(called.body, _At(called, None, ground, named, depth=at.depth + 1))

    def _hand_over(self, path: V2Path, clauses: Clauses, fhir_type: str, at: _At) -> None:
        """A whole segment or group."""
        name = clauses.by.function if clauses.by is not None else None
        called = self.program.maps.get(name) if name is not None else self.program.find_by_types(path.segment, fhir_type)
        places = [(names, segment) for names, segment in at.ground.segments(path)]
        for names, segment in places:
            self.always.segment(names, segment)
        if called is None or at.depth >= _DEEPEST:
            return
        ground: Ground = SegmentGround(self.always, self.version, self.program.segments, places)
        scope = scope_of(called)
        if scope is not None and scope.kind is MapKind.GROUP:
            ground = GroupGround(self.always, self.version, self.program.segments, called.left.names[0].partition(".")[0], scope.groups)
        named = self._given(called, clauses, at)
        self.body(called.body, _At(called, scope, ground, named, depth=at.depth + 1))

    def _given(self, called: MapDeclaration, clauses: Clauses, at: _At) -> _Named:
        """As the map that is called has declared their types."""
        declared = {given.name: given.type for given in called.givens}
        return {
            binding.name: tuple(replace(each, v2_type=declared.get(binding.name), field=None) for each in self._values(binding.value, at))
            for binding in clauses.giving
        }

    # --- functions, conditions, texts

    def _function(self, call: Call, function: Function | None, cursor: Cursor | None, at: _At) -> None:
        """The row's source is the first argument. One of a complex type may be given as its components: then each is a text."""
        takes = function.takes if function is not None else ()
        arguments: list[Iterable[Cursor]] = [] if cursor is None else [(cursor,)]
        arguments += [self._values(argument, at) for argument in call.arguments]
        is_joined = len(takes) == 1 and len(arguments) > 1
        for number, cursors in enumerate(arguments):
            kind = takes[min(number, len(takes) - 1)].rstrip("*") if takes else "ST"
            for each in cursors:
                if is_joined or is_simple(kind):
                    each.parts.leaf = True
                else:
                    each.parts.whole = True

    def _call(self, call: Call, at: _At) -> None:
        self._function(call, self.program.functions.get(call.function), None, at)

    def _values(self, expression: Expression, at: _At) -> Iterator[Cursor]:
        """What a `let`, a `giving`, a key or an argument stands for, not read yet."""
        for alternative in expression.alternatives:
            yield from self._sources(alternative.atom, at)

    def _ask(self, conditions: Iterable[Condition], at: _At) -> None:
        for condition in conditions:
            if not isinstance(condition.subject, V2Path | Name):
                continue
            for cursor in self._sources(condition.subject, at):
                cursor.parts.leaf = True
            if isinstance(condition.subject, V2Path):
                self._ask([step.where for step in condition.subject.groups if step.where is not None], at)

    def _leave_out(self, item: LeftOut, at: _At) -> None:
        self._ask(item.when, at)
        ground = at.ground
        if item.when and not isinstance(ground, PartGround):
            ground = replace(ground, readings=self.sometimes)  # type: ignore[type-var]  # the two other grounds are dataclasses with readings
        for path in item.paths:
            ground.leave_out(path)
