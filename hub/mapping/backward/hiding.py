"""What one-way rows alone have made of the archived message stands in its residue, and is not written a second time.

It is hidden from the rows that write, not from their guards: a row `when system != email` still sees the system.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hub.core.json import Json, Resource
from hub.mapping.backward.read_fhir import Spot

__all__ = ["made_one_way", "rename_references"]


def made_one_way(now: Resource, made: Resource, both_ways: Resource) -> Iterator[Spot]:
    """Spots of a resource. made: what the message made of it. both_ways: what it made through two-way rows.

    What has another value now than it was made with is not hidden.
    """
    for name, value in now.items():
        if name in made:
            yield from _in_element(now, name, value, (made[name], both_ways.get(name)))


def _in_element(around: dict[str, Any], name: str, now: Json, was: tuple[Json, Json]) -> Iterator[Spot]:
    made, both_ways = was
    if isinstance(now, list):
        yield from _in_list(around, name, now, was)
    elif isinstance(now, dict) and isinstance(made, dict) and isinstance(both_ways, dict):
        yield from made_one_way(now, made, both_ways)
    elif now == made and now != both_ways:
        yield from _all(around, name, now, 0)


def _in_list(around: dict[str, Any], name: str, now: list[Json], was: tuple[Json, Json]) -> Iterator[Spot]:
    """Two-way rows made some of the items, in the same order. Another length: nobody knows which is which, and nothing is hidden."""
    made, both_ways = was
    left = list(both_ways) if isinstance(both_ways, list) else []
    if not isinstance(made, list) or len(now) != len(made):
        return
    hidden: list[Spot] = []
    for at, (value, before) in enumerate(zip(now, made, strict=True)):
        if left and _is_part(left[0], before):
            part = left.pop(0)
            if isinstance(value, dict) and isinstance(before, dict) and isinstance(part, dict):
                hidden.extend(made_one_way(value, before, part))
        elif value == before:
            hidden.extend(_all(around, name, value, at))
    if not left:
        yield from hidden


def _all(around: dict[str, Any], name: str, value: Json, at: int) -> Iterator[Spot]:
    yield id(around), name, at
    if isinstance(value, dict):
        for inner, part in value.items():
            for number, item in enumerate(part if isinstance(part, list) else [part]):
                yield from _all(value, inner, item, number)


def _is_part(part: Json, whole: Json) -> bool:
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(name in whole and _is_part(value, whole[name]) for name, value in part.items())
    if isinstance(part, list):
        rest = iter(whole if isinstance(whole, list) else [])
        return all(any(_is_part(item, other) for other in rest) for item in part)
    return bool(part == whole)


def rename_references(value: Json, names: Mapping[str, str]) -> Json:
    """With the references that the resource has now."""
    if isinstance(value, dict):
        return {
            name: names.get(part, part) if name == "reference" and isinstance(part, str) else rename_references(part, names)
            for name, part in value.items()
        }
    return [rename_references(item, names) for item in value] if isinstance(value, list) else value
