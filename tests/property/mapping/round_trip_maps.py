"""The packaged maps for the round-trip properties: as they are, and with nothing in them but what goes both ways."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from importlib import resources as packaged

from hub.codec.hl7v2 import DEFAULT_ENCODING, dictionary
from hub.core.diagnostics import Diagnostic
from hub.core.json import Json
from hub.fhir.elements import is_primitive
from hub.mapping.backward.hiding import made_one_way
from hub.mapping.backward.maps import BackCompiler
from hub.mapping.backward.two_way import two_way_program
from hub.mapping.backward.unwritten import Seen
from hub.mapping.backward.write_v2 import Fields, render_segment
from hub.mapping.forward.making import Making
from hub.mapping.forward.maps import is_datatype, is_group_map
from hub.mapping.forward.read_v2 import type_of_component
from hub.mapping.forward.write_fhir import fhir_type_at
from hub.mapping.functions import REGISTRY
from hub.mapping.items import iter_rows
from hub.mapping.mapset import MapSet, load
from hub.mapping.registry import Function
from hub.mapping.run.parts import run_part_backward, run_part_forward
from hub.mapping.running import Run
from hub.mapping.syntax import Arrow, Call, Let, MapDeclaration, Name, Row, V2Path
from hub.mapping.values.primitives import Misread

PLAN = Function("plan_html", "a stand-in", ("Bundle",), "base64Binary", lambda _bundle: "aGk=", None, ())


@cache
def maps() -> MapSet:
    found: dict[str, dict[str, str]] = {".map": {}, ".csv": {}}
    pending = [packaged.files("mappings")]
    while pending:
        for entry in pending.pop().iterdir():
            if entry.is_dir():
                pending.append(entry)
            elif entry.name[-4:] in found:
                found[entry.name[-4:]][entry.name] = entry.read_text(encoding="utf-8")
    return load(found[".map"], found[".csv"], {"plan_html": PLAN, **REGISTRY})


@cache
def both_ways() -> MapSet:
    return replace(maps(), program=two_way_program(maps().program))


def part_maps() -> list[str]:
    """Datatype and segment maps with a row that goes both ways."""
    return sorted(
        name
        for name, declaration in both_ways().program.maps.items()
        if declaration.arrow is Arrow.BOTH
        and not is_group_map(declaration)
        and declaration.right.names != ("Bundle",)
        and any(row.arrow is Arrow.BOTH for row in iter_rows(declaration.body))
    )


def version_of(declaration: MapDeclaration) -> str:
    lowest, highest = declaration.versions
    return "2.5.1" if lowest <= "2.5.1" <= highest else highest


def read(name: str, text: str, using: MapSet | None = None) -> tuple[Json, tuple[Diagnostic, ...]]:
    return run_part_forward(using or maps(), name, text, params={}, givens={})


def write(name: str, value: Json, using: MapSet | None = None) -> tuple[str | None, tuple[Diagnostic, ...]]:
    return run_part_backward(using or maps(), name, value, params={}, givens={})


def write_back(name: str, text: str, using: MapSet | None = None) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """What two-way rows made of a text, written: what one-way rows made of it is hidden, as it is where there is a residue."""
    (value, _), (both, _) = read(name, text), read(name, text, both_ways())
    program = (using or maps()).program
    declaration = program.maps[name]
    compiler = BackCompiler(program, version_of(declaration))
    run = Run.start(None, DEFAULT_ENCODING, "utf-8", {}, Making(name, b""))
    seen = Seen(set(made_one_way(value, value, both)) if isinstance(value, dict) and isinstance(both, dict) else ())
    try:
        if is_datatype(declaration.left.names[0]):
            written = compiler.map_cell(declaration)[0](run, value, 1, {}, seen)
        else:
            fields = Fields(declaration.left.names[0])
            compiler.segment_map(declaration)(run, value, {}, fields, seen)
            written = render_segment(run, fields)
    except Misread as error:
        run.report_misread(error, None, declaration.span)
        written = None
    refused = any(each.is_error for each in run.diagnostics)
    return None if refused else written, tuple(run.diagnostics)


# --- what a map reads, place by place

Key = tuple[int, ...]  # field, component, subcomponent; in a datatype map without the field


@dataclass(frozen=True)
class Entry:
    """One place that a two-way row reads. called: the map of the value's own type. function, argument: where a function takes it."""

    key: Key
    row: Row
    path: V2Path
    fhir_type: str
    called: MapDeclaration | None = None
    function: Function | None = None
    argument: int = 0
    repeats: bool = False


@cache
def entries(name: str) -> tuple[Entry, ...]:
    declaration = both_ways().program.maps[name]
    lets = {item.name: item.value.alternatives[0].atom for item in declaration.body if isinstance(item, Let)}
    found = [each for row in iter_rows(declaration.body) for each in _entries_of(declaration, row)]
    known = {each.key for each in found}
    for row in iter_rows(declaration.body):
        for condition in (*row.clauses.when, *row.clauses.unless):
            subject = lets.get(condition.subject.name) if isinstance(condition.subject, Name) else condition.subject
            if isinstance(subject, V2Path) and _key(subject) not in known and v2_type_at(declaration, _key(subject)):
                known.add(_key(subject))
                found.append(Entry(_key(subject), row, subject, "code"))
    return tuple(found)


def _entries_of(declaration: MapDeclaration, row: Row):
    atom = row.left.alternatives[0].atom
    fhir_type = fhir_type_at(declaration.right.names[0], row.right.steps)[0] if row.right.steps else "string"
    program = maps().program
    if isinstance(atom, Call):
        for at, argument in enumerate(atom.arguments):
            path = argument.alternatives[0].atom
            if isinstance(path, V2Path) and v2_type_at(declaration, _key(path)):
                yield Entry(_key(path), row, path, fhir_type, None, program.functions.get(atom.function), at)
    elif isinstance(atom, V2Path) and v2_type_at(declaration, _key(atom)):
        named = row.clauses.by.function if row.clauses.by else None
        called = program.maps.get(named) if named else program.find_by_types(_v2_type(declaration, row, atom), fhir_type)
        if called is not None and (is_primitive(fhir_type) or not is_datatype(called.left.names[0])):
            called = None
        yield Entry(_key(atom), row, atom, fhir_type, called, program.functions.get(named or ""), 0, repeats=_repeats(declaration, atom))


def _key(path: V2Path) -> Key:
    return tuple(number for number in (path.field, path.component, path.subcomponent) if number is not None)


def v2_type_at(declaration: MapDeclaration, key: Key) -> str | None:
    version, own = version_of(declaration), declaration.left.names[0]
    if not is_datatype(own):
        segment = dictionary.segment(version, own)
        field = segment.field(key[0]) if segment else None
        if field is None:
            return None
        own, key = field.datatype, key[1:]
    kinds = [own, *declaration.left.names] if is_datatype(declaration.left.names[0]) else [own]
    component, subcomponent = ([*key, None, None])[:2]
    return next((kind for each in kinds if (kind := type_of_component(version, each, component, subcomponent))), None)


def _v2_type(declaration: MapDeclaration, row: Row, path: V2Path) -> str | None:
    kind = v2_type_at(declaration, _key(path))
    if kind == "varies":
        return next((each.values[0] for each in row.clauses.when if each.values and each.test in {"=", "in"}), kind)
    return kind


def _repeats(declaration: MapDeclaration, path: V2Path) -> bool:
    segment = dictionary.segment(version_of(declaration), path.segment or "")
    field = segment.field(path.field) if segment and path.field else None
    return field is not None and field.max != 1 and path.repetition in {None, "*"}
