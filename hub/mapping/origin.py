"""Where a value came from: the steps of a trace that made an element; and where it is not there, why each row did not make it.

docs/decisions/0006, "Where a value is not". The seam for stored messages: they are converted anew, with the maps of their day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hub.codec.hl7v2 import Message
from hub.core.diagnostics import Span
from hub.core.json import Json, Resource
from hub.mapping.conversion import Conversion, Produced, Step, Unmade
from hub.mapping.items import iter_rows
from hub.mapping.mapset import MapSet
from hub.mapping.syntax import Row
from hub.mapping.test.comparing import compare_json

__all__ = ["Origin", "convert_with_trace", "find_origin", "find_produced"]

_INDEX = re.compile(r"\[[^\]]*\]|:[A-Za-z0-9_-]+")
_NUMBERED = re.compile(r"\A([A-Za-z]+)(?:\[(\d{1,9})\])?")


@dataclass(frozen=True, slots=True)
class Origin:
    """unmade: the rows that were asked and made nothing, of the resources that have no value there. unreached: rows ("obx.status") that
    could make it and were not asked at all: nothing in this message called their map.
    """

    steps: tuple[Step, ...]
    unmade: tuple[Unmade, ...] = ()
    unreached: tuple[tuple[str, Row], ...] = ()

    @property
    def is_known(self) -> bool:
        """Does any row speak of the element?"""
        return bool(self.steps or self.unmade or self.unreached)


def find_origin(maps: MapSet, conversion: Conversion, path: str | None, made_by: str | None = None) -> Origin:
    """path: "Observation.status", "Observation[2].status" of the second one; None for every step. made_by: of this resource only."""
    made_by = made_by or _numbered(conversion, path or "")
    trace = tuple(step for step in conversion.trace if made_by in {None, step.made_by})
    if path is None:
        return Origin(trace)
    path = _NUMBERED.sub(r"\1", path)
    steps = tuple(step for step in trace if _is_below(_NUMBERED.sub(r"\1", step.target), path)) or _made_whole(conversion, trace, path)
    steps = steps or tuple(_made_with_the_resource(maps, conversion, path, made_by))
    unmade = tuple(_unmade(conversion, path, {step.made_by for step in steps}, made_by))
    asked = {each.rule for each in unmade}
    return Origin(steps, unmade, () if steps else tuple((rule, row) for rule, row in _rows_for(maps, path) if rule not in asked))


def _numbered(conversion: Conversion, path: str) -> str | None:
    """Of `Observation[2]…` the second Observation that the message makes; one that is not there is no resource's."""
    found = _NUMBERED.match(path)
    if found is None or found[2] is None:
        return None
    of_type = [each.full_url for each in conversion.produced if each.resource.get("resourceType") == found[1]]
    return of_type[int(found[2]) - 1] if 0 < int(found[2]) <= len(of_type) else ""


def _unmade(conversion: Conversion, path: str, having: set[str | None], made_by: str | None) -> Iterator[Unmade]:
    """Of each resource of the type without a value there; of the message where there is no such resource. Each fact once."""
    type_ = _INDEX.sub("", path.partition(".")[0])
    of_type = {each.full_url for each in conversion.produced if each.resource.get("resourceType") == type_}
    wanted = ({made_by} if made_by is not None else of_type) - having
    facts = (each for each in conversion.unmade if each.made_by in wanted or (each.made_by is None and not of_type))
    yield from dict.fromkeys(each for each in facts if _is_about(each.target, path))


def _is_about(target: str, path: str) -> bool:
    """At the element, inside it, or around it: a row that would have made the whole."""
    target = _NUMBERED.sub(r"\1", target)
    return _is_below(target, path) or _is_below(path, target if "[" in path else _INDEX.sub("", target))


def _made_whole(conversion: Conversion, trace: Sequence[Step], path: str) -> tuple[Step, ...]:
    """Steps that made something around the element at once, as a function does that gives value and comparator of a Quantity."""
    around = [step for step in trace if _is_below(_INDEX.sub("", path), _INDEX.sub("", step.target)) and step.target.rpartition(".")[0]]
    resources = {each.full_url: each.resource for each in conversion.produced}
    return tuple(step for step in around if _stands(resources.get(step.made_by or ""), path.split(".")[1:]))


def _made_with_the_resource(maps: MapSet, conversion: Conversion, path: str, made_by: str | None) -> Iterator[Step]:
    """`with subject = patient`, `in report.result`: set by the rows of the message map, not from a field."""
    type_, *names = _INDEX.sub("", path).split(".")
    of_type = [each for each in conversion.produced if each.resource.get("resourceType") == type_]
    for number, produced in enumerate(of_type, 1):
        if made_by not in {None, produced.full_url} or not _stands(produced.resource, names):
            continue
        rule, span = _setter(maps, produced.rule, names[0] if names else "")
        if span is not None:
            yield Step(".".join([f"{type_}[{number}]", *names]), "(the map)", rule, span.file, span.line, made_by=produced.full_url)


def _setter(maps: MapSet, maker: str, element: str) -> tuple[str, Span | None]:
    """The clause that sets an element of what the row `maker` has made: one of its own, or the `in` of another row."""
    map_name, _, name = maker.partition(".")
    declaration = maps.program.maps.get(map_name)
    rows = list(iter_rows(declaration.body)) if declaration is not None else []
    made = next((row for row in rows if row.name == name), None)
    for binding in made.clauses.with_ if made is not None else ():
        if re.split(r"[.:\[(]", binding.name)[0] == element:
            return maker, binding.span
    for row in rows:
        other = row.clauses.member_of
        if other is not None and other[0] == name and other[1].steps[:1] and other[1].steps[0].name == element:
            return f"{map_name}.{row.name}", other[1].span
    return maker, made.span if made is not None else None


def _stands(value: Json, names: Sequence[str]) -> bool:
    """Whether there is something at the path, in any item of a list."""
    if isinstance(value, list):
        return any(_stands(item, names) for item in value)
    if not names:
        return value is not None
    return isinstance(value, dict) and _stands(value.get(_INDEX.sub("", names[0])), names[1:])


def _is_below(target: str, path: str) -> bool:
    """At the path, or in it. An index counts only where the path has one."""
    if "[" not in path:
        target = _INDEX.sub("", target)
    rest = target.removeprefix(path)
    return (rest != target or not path) and rest[:1] in ("", ".", "[", ":")


def _rows_for(maps: MapSet, path: str) -> Iterator[tuple[str, Row]]:
    """Rows of maps to that resource which fill the element, or something in it."""
    type_, _, element = _INDEX.sub("", path).partition(".")
    for declaration in maps.program.maps.values():
        if type_ not in declaration.right.names:
            continue
        for row in iter_rows(declaration.body):
            name = ".".join(step.name for step in row.right.steps)
            if name == element or name.startswith(f"{element}.") or element.startswith(f"{name}."):
                yield f"{declaration.name}.{row.name}", row


# --- which conversion


def convert_with_trace(
    maps: MapSet, message: Message, map_name: str | None = None, *, params: Mapping[str, str] | None = None
) -> Conversion | None:
    """None where no map fits."""
    chosen = maps.find_message_map(message) if map_name is None else maps.get(map_name)
    return None if chosen is None else chosen.forward(message, params=params or {}, givens={}, trace=True)


def find_produced(conversion: Conversion, type_: str, rule: str | None, content: Resource) -> Produced | None:
    """Which of the resources that a message makes is the one with this content: of those that its rule made, the likest.

    What was made stands in the content also where other messages have added to it; references name other ids.
    """
    of_type = [each for each in conversion.produced if each.resource.get("resourceType") == type_]
    candidates = [each for each in of_type if each.rule == rule] or of_type
    return min(candidates, key=lambda each: sum(1 for _ in compare_json(each.resource, content, "")), default=None)
