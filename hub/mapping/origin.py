"""Where a value came from: the steps of a trace that made an element, and the rows that could have made it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hub.codec.hl7v2 import Message
from hub.core.json import Json
from hub.mapping.conversion import Conversion, Step
from hub.mapping.items import iter_rows
from hub.mapping.mapset import MapSet
from hub.mapping.syntax import Row

_INDEX = re.compile(r"\[[^\]]*\]|:[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Origin:
    """rows: "obx.status", of the maps that were used, where no step made the element."""

    steps: tuple[Step, ...]
    rows: tuple[tuple[str, Row], ...]


def find_origin(maps: MapSet, conversion: Conversion, path: str | None) -> Origin:
    """path: "Observation.status", with or without `[n]`; None for every step. The seam for stored messages: they are converted anew."""
    if path is None:
        return Origin(conversion.trace, ())
    steps = tuple(step for step in conversion.trace if _is_below(step.target, path)) or _made_whole(conversion, path)
    return Origin(steps, () if steps else tuple(_rows_for(maps, path)))


def _made_whole(conversion: Conversion, path: str) -> tuple[Step, ...]:
    """Steps that made something around the element at once, as a function does that gives value and comparator of a Quantity."""
    around = [step for step in conversion.trace if _is_below(path, _INDEX.sub("", step.target)) and step.target.rpartition(".")[0]]
    resources = {each.full_url: each.resource for each in conversion.produced}
    return tuple(step for step in around if _stands(resources.get(step.made_by or ""), path.split(".")[1:]))


def _stands(value: Json, names: Sequence[str]) -> bool:
    """Whether there is something at the path, in any item of a list."""
    if isinstance(value, list):
        return any(_stands(item, names) for item in value)
    if not names:
        return value is not None
    return isinstance(value, dict) and _stands(value.get(_INDEX.sub("", names[0])), names[1:])


def _is_below(target: str, path: str) -> bool:
    """An index counts only where the path has one."""
    if "[" not in path:
        target = _INDEX.sub("", target)
    rest = target.removeprefix(path)
    return rest != target and rest[:1] in ("", ".", "[", ":")


def _rows_for(maps: MapSet, path: str) -> Sequence[tuple[str, Row]]:
    """Rows of maps to that resource which fill the element, or something in it."""
    type_, _, element = _INDEX.sub("", path).partition(".")
    found = []
    for declaration in (declaration for file in maps.files for declaration in file.maps):
        if type_ not in declaration.right.names:
            continue
        for row in iter_rows(declaration.body):
            name = ".".join(step.name for step in row.right.steps)
            if name == element or name.startswith(f"{element}.") or element.startswith(f"{name}."):
                found.append((f"{declaration.name}.{row.name}", row))
    return found


def convert_with_trace(maps: MapSet, message: Message, map_name: str | None = None) -> Conversion | None:
    """None where no map fits."""
    chosen = maps.find_message_map(message) if map_name is None else maps.get(map_name)
    return None if chosen is None else chosen.forward(message, params={}, givens={}, trace=True)
