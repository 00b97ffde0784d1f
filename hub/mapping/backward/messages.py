"""Message maps, backward: resources to the segments of a message, in the order of its structure.

A row writes its segment from the resource of its type; a row in an `each`, from each resource that is related to those around it as the
row's `with` and `in` say. Where several rows of an `each` read the same segment, a resource goes to the first that would read it again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from hub.codec.hl7v2.dictionary import SegmentRef
from hub.codec.hl7v2.encoding import EncodingCharacters
from hub.core.json import Json, Resource
from hub.mapping.backward.guards import compile_guards
from hub.mapping.backward.instances import Instance, Scope, walk
from hub.mapping.backward.maps import BackCompiler
from hub.mapping.backward.read_fhir import Spot, compile_get
from hub.mapping.backward.relations import is_related, place_in_list, see_listed, see_references
from hub.mapping.backward.rows import first_path
from hub.mapping.backward.trees import Tree
from hub.mapping.backward.unwritten import Seen
from hub.mapping.backward.write_v2 import BackFrame, Fields, finish
from hub.mapping.codes.run import NOT_WRITABLE, NOTHING_TO_WRITE, SEVERAL_TO_WRITE
from hub.mapping.forward.making import Making
from hub.mapping.forward.maps import base_names
from hub.mapping.items import iter_items, iter_rows
from hub.mapping.running import Run
from hub.mapping.syntax import Arrow, Each, FhirPath, Item, Let, MapDeclaration, Row, V2Path
from hub.mapping.types.structures import GroupPlace, find_group_path, locate_group, locate_segment
from hub.mapping.values.primitives import Misread

__all__ = ["MessageWriter"]


class MessageWriter:
    """written: the resources that some row has taken, by their ids as objects. trees: of each `each … tree`.

    hidden, made_by: of an archived message, what is not written again, and the row that made a resource of it.
    """

    def __init__(
        self,
        compiler: BackCompiler,
        declaration: MapDeclaration,
        resources: Iterable[Resource],
        *,
        params: Mapping[str, str],
        givens: Mapping[str, str],
        encoding: EncodingCharacters,
        charset: str,
        hidden: Collection[Spot] = frozenset(),
        made_by: Mapping[int, str] | None = None,
    ) -> None:
        self.run = Run.start(None, encoding, charset, params, Making(declaration.name, b""))
        self.root = Instance()
        self.names = {**base_names(declaration)(self.run), **{name: self.run.raw_of(text) for name, text in givens.items()}}
        self.seen = Seen(hidden)
        self._made_by = made_by or {}
        self.written: set[int] = set()
        self.trees: list[Tree] = []
        self._structure = declaration.left.names[0]
        self._compiler = compiler
        self._program = compiler.program
        self._declaration = declaration
        self._resources = list(resources)
        self._version = compiler.version
        self._rows = frozenset(row.name for row in iter_rows(declaration.body))
        lets = (item for item in iter_items(declaration.body) if isinstance(item, Let))
        self._lets = {item.name: path for item in lets if isinstance(path := first_path(item.value), V2Path)}
        self._bundle: Resource = {
            "resourceType": "Bundle",
            "type": "collection",
            "entry": [{"resource": each} for each in self._resources],
        }

    def write(self) -> None:
        self._body(self._declaration.body, Scope(self.root, (), (), {}), frozenset())

    def _body(self, body: Sequence[Item], scope: Scope, others: frozenset[str]) -> None:
        """others: rows that make instances of their own here."""
        bound = dict(scope.bound)
        scope = replace(scope, bound=bound)
        for item in body:
            if isinstance(item, Row) and item.arrow is not Arrow.FORWARD and item.name not in others:
                self._row(item, scope, bound)
            elif isinstance(item, Each):
                self._each(item, scope)

    # --- rows

    def _row(self, row: Row, scope: Scope, bound: dict[str, Resource], *, guarded: bool = True) -> None:
        path = row.left.alternatives[0].atom
        if not isinstance(path, V2Path) or path.segment is None:
            return
        if row.value is not None:
            self._write_fields(row, path, scope, self._bundle, "Bundle")
            return
        found = self._found(row, scope)
        if not found:
            if row.clauses.policy == "refuse":
                self.run.report(NOTHING_TO_WRITE, "no such resource", None, row.span)
            return
        if path.field is not None:
            if len(found) > 1:
                self.run.report(SEVERAL_TO_WRITE, f"{len(found)} resources", None, row.span)
            self._write_fields(row, path, scope, found[0], str(found[0]["resourceType"]))
            return
        self._write_segments(row, path, scope, found, bound, guarded=guarded)

    def _adds_to(self, row: Row) -> str | None:
        """The row whose resource this one adds to."""
        name = row.right.steps[0].name
        return name if name in self._rows and not name[:1].isupper() else None

    def _found(self, row: Row, scope: Scope) -> list[Resource]:
        other = self._adds_to(row)
        if other is not None:
            return [scope.bound[other]] if other in scope.bound else []
        return self._candidates(row, scope)

    def _candidates(self, row: Row, scope: Scope) -> list[Resource]:
        if row.name in scope.bound:
            return [scope.bound[row.name]]
        kind = row.right.steps[0].name
        same = next((each for each in scope.bound.values() if each.get("resourceType") == kind), None)
        if same is not None and len(row.right.steps) > 1:
            return [same]
        return [each for each in self._resources if each.get("resourceType") == kind and is_related(row, each, scope.bound)]

    def _write_fields(self, row: Row, path: V2Path, scope: Scope, resource: Resource, shape: str) -> None:
        instance = self._instance(path, scope)
        compiled = self._compiler.field_row(self._declaration, row, shape)
        if instance is None or compiled is None:
            return
        fields = instance.segment(path.segment or "")
        frame = BackFrame(resource, 1, self.names, fields, self.seen)
        before = sum(len(each) for each in fields.by_number.values())

        def write() -> None:
            compiled(self.run, frame)
            finish(self.run, frame)

        self._attempt(row, write)
        if not fields.by_number:
            instance.segments.remove(fields)
        elif before != sum(len(each) for each in fields.by_number.values()):
            self._take(row, fields, resource)

    def _write_segments(
        self, row: Row, path: V2Path, scope: Scope, found: list[Resource], bound: dict[str, Resource], *, guarded: bool
    ) -> None:
        """A whole segment for each resource, or for each item of the element the row names."""
        instance = self._instance(path, scope)
        if instance is None:
            return
        if len(found) > 1 and not self._repeats(path, scope):
            self.run.report(SEVERAL_TO_WRITE, f"{len(found)} resources", None, row.span)
            found = found[:1]
        own = self._adds_to(row) is None
        for resource in found:
            for value in self._values(row, resource):
                fields = Fields(path.segment or "")
                if self._fill(row, fields, value, guarded=guarded) and (fields.by_number or (own and value is resource)):
                    instance.segments.append(fields)
                    self._take(row, fields, resource)
            if own:
                bound[row.name] = resource
                see_references(row, resource, self.seen)
                see_listed(row, scope.bound, resource, self.seen)

    def _take(self, row: Row, fields: Fields, resource: Resource) -> None:
        fields.owners.append(id(resource))
        if row.value is None:
            self.written.add(id(resource))

    def _values(self, row: Row, resource: Resource) -> list[Json]:
        if len(row.right.steps) == 1:
            return [resource]
        get = compile_get(str(resource["resourceType"]), FhirPath(row.right.steps[1:], row.right.span), [])
        return [value for value, _, _ in get(resource, set())]

    def _fill(self, row: Row, fields: Fields, value: Json, *, guarded: bool) -> bool:
        """False where the row would not read again what it has written."""
        kind = value.get("resourceType", "") if isinstance(value, dict) else ""
        name = row.clauses.by.function if row.clauses.by is not None else ""
        declaration = self._program.maps.get(name) or self._program.find_by_types(fields.name, str(kind))
        if declaration is None or declaration.arrow is Arrow.FORWARD:
            self.run.report(NOT_WRITABLE, "no map goes this way", None, row.span)
            return False
        mark = len(self.run.diagnostics)
        self._attempt(row, lambda: self._compiler.segment_map(declaration)(self.run, value, {}, fields, self.seen))
        target = row.left.alternatives[0].atom
        if isinstance(target, V2Path) and guarded:
            compile_guards(row, target, self._lets).write(self.run, BackFrame(value, 1, self.names, fields, self.seen), 0)
        made = self._made_by.get(id(value)) == row.name
        if made or self._compiler.rereading(self._declaration, row, fields.name)(self.run, fields):
            return True
        del self.run.diagnostics[mark:]
        return False

    def _attempt(self, row: Row, write: Callable[[], None]) -> None:
        try:
            write()
        except Misread as error:
            self.run.report(error.code, error.detail, None, row.span)

    # --- groups

    def _each(self, each: Each, scope: Scope) -> None:
        level = self._level(scope.level, tuple(each.group.split(".")))
        place = locate_group(self._version, self._structure, level) if level else None
        if place is None or level is None:
            return
        makers = _makers(each)
        chosen = self._chosen(makers, scope)
        tree = Tree(each.tree) if each.tree is not None else None
        for resource, rows in chosen:
            at = (scope, place, level)
            made = self._first_instance(each, rows, resource, at)
            if made is not None and tree is not None:
                tree.add(made[0], made[1], resource)
        if not chosen and any(isinstance(item, Each) for item in each.body):
            self._make_nameless(each, (scope, place, level))
        if tree is not None:
            self.trees.append(tree)

    def _chosen(self, makers: Sequence[Row], scope: Scope) -> list[tuple[Resource, list[Row]]]:
        """Each resource with the rows that may take it, in the order of the list that it stands in, else of the resources."""
        rows: dict[int, list[Row]] = {}
        for row in makers:
            for resource in self._candidates(row, scope):
                rows.setdefault(id(resource), []).append(row)
        found = [(resource, rows[id(resource)]) for resource in self._resources if id(resource) in rows]
        return sorted(found, key=lambda each: place_in_list(each[1][0], each[0], scope.bound))

    def _first_instance(
        self, each: Each, rows: Sequence[Row], resource: Resource, at: tuple[Scope, GroupPlace, tuple[str, ...]]
    ) -> tuple[Instance, Row] | None:
        """By the first row that would read again what it writes; else by the first that would once its guards are written too."""
        rows = [row for row in rows if row.name == self._made_by.get(id(resource))] or rows
        for guarded in (False, True) if len(rows) > 1 else (True,):
            for row in rows:
                made = self._make_instance(each, row, resource, at, guarded=guarded)
                if made is not None:
                    return made, row
        return None

    def _make_instance(
        self, each: Each, row: Row, resource: Resource, at: tuple[Scope, GroupPlace, tuple[str, ...]], *, guarded: bool
    ) -> Instance | None:
        """None where the row would not read it again. guarded: its guards are written."""
        outer, place, level = at
        opened = _Opened(outer.instance, place, outer.names)
        bound = {**outer.bound, row.name: resource}
        scope = Scope(opened.instance, level, opened.names, bound)
        self._row(row, scope, bound, guarded=guarded)
        if not opened.has_grown:
            opened.close()
            return None
        if opened.is_new:
            opened.instance.owner = id(resource)
        self._body(each.body, scope, frozenset(maker.name for maker in _makers(each)))
        return opened.instance

    def _make_nameless(self, each: Each, at: tuple[Scope, GroupPlace, tuple[str, ...]]) -> None:
        """No resource says whose instance it is: one for all that stands in it."""
        outer, place, level = at
        opened = _Opened(outer.instance, place, outer.names)
        self._body(each.body, Scope(opened.instance, level, opened.names, outer.bound), frozenset(row.name for row in _makers(each)))
        if not opened.has_grown:
            opened.close()
            return
        for child in place.group.children if place.bare is None else ():
            if isinstance(child, SegmentRef) and child.min:
                opened.instance.segment(child.name)  # else nobody could read the group again

    def _level(self, around: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...] | None:
        if locate_group(self._version, self._structure, (*around, *names)) is not None:
            return (*around, *names)
        whole = find_group_path(self._structure, names[0])
        return (*whole, *names[1:]) if whole is not None and whole[: len(around)] == around else None

    def _instance(self, path: V2Path, scope: Scope) -> Instance | None:
        """Where the segment stands: in the groups of its path, below the group of the `each`."""
        level = (*scope.level, *(step.name for step in path.groups))
        place = locate_group(self._version, self._structure, level) if path.groups else None
        names = place.names if place is not None else scope.names
        if place is not None and place.bare is not None:
            names = names[:-1]
        elif place is None and path.groups:
            return None
        way = locate_segment(self._version, self._structure, level if place is not None else scope.level, path.segment or "")
        return walk(scope.instance, (*names[len(scope.names) :], *(way.inner if way is not None else ())))

    def _repeats(self, path: V2Path, scope: Scope) -> bool:
        level = (*scope.level, *(step.name for step in path.groups))
        place = locate_segment(self._version, self._structure, level, path.segment or "")
        return place is None or place.most is None or place.most > 1


class _Opened:
    """A new instance of a group; where the version has no such group, the one around it."""

    def __init__(self, around: Instance, place: GroupPlace, names: tuple[str, ...]) -> None:
        way = place.names[len(names) :]
        self.names = place.names[:-1] if place.bare is not None else place.names
        self._around = walk(around, way[:-1])
        self.is_new = bool(way) and place.bare is None
        self.instance = self._around.add_group(way[-1]) if self.is_new else self._around
        self._size = self.instance.size

    @property
    def has_grown(self) -> bool:
        return self.instance.size > self._size

    def close(self) -> None:
        if self.is_new:
            self._around.groups[self.instance.name].remove(self.instance)


def _makers(each: Each) -> list[Row]:
    """The first row that writes, and those that read the same segment: they make the instances of the group."""
    rows = [item for item in each.body if isinstance(item, Row) and item.arrow is not Arrow.FORWARD and item.value is None]
    first = rows[0].left.alternatives[0].atom if rows else None
    if not isinstance(first, V2Path):
        return []
    return [row for row in rows if _same_segment(row.left.alternatives[0].atom, first) and row.right.steps[0].name[:1].isupper()]


def _same_segment(atom: object, first: V2Path) -> bool:
    return isinstance(atom, V2Path) and (atom.groups, atom.segment, atom.field) == (first.groups, first.segment, first.field)
