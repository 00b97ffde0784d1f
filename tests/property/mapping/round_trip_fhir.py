"""FHIR values for Hypothesis: what a map made of one text, with some elements of another, some gone and some made up."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

from hypothesis import strategies as st

from hub.core.json import Json
from hub.mapping.backward.unwritten import constants_of_maps
from tests.property.mapping.round_trip_maps import maps
from tests.property.mapping.round_trip_values import words

__all__ = ["mutated"]

_DAYS = st.sampled_from(["1931", "1931-02", "1931-02-28"])
_MOMENTS = st.sampled_from(["1931", "2026-07-14", "2026-07-14T20:30:00+01:00", "2026-01-14T06:30:00.12Z"])
_FREE = frozenset(
    {"family", "given", "prefix", "suffix", "line", "city", "district", "state", "postalCode", "display", "text", "value", "unit"}
)


@st.composite
def mutated(draw: st.DrawFn, value: Json, other: Json) -> Json:
    if isinstance(value, dict):
        return _object(draw, value, other if isinstance(other, dict) else {})
    if isinstance(value, list):
        rest = other if isinstance(other, list) else []
        items = [draw(mutated(item, rest[at] if at < len(rest) else None)) for at, item in enumerate(value)]
        return [item for item in items if item not in ({}, None)] or value
    return value


def _object(draw: st.DrawFn, value: dict[str, Json], other: dict[str, Json]) -> Json:
    made: dict[str, Json] = {}
    other = {} if "url" in value else other  # an extension stays the one it is
    for name, part in value.items():
        if (name == "coding" or not isinstance(part, list)) and _has_fixed(part):
            made[name] = part
            continue
        match draw(st.sampled_from(["as it is", "as it is", "deeper", "of the other", "gone", "new"])):
            case "gone" if name not in {"resourceType", "url"} and len(value) > 1 and "url" not in value:
                continue
            case "of the other" if type(other.get(name)) is type(part) and name != "extension":
                made[name] = other[name]
            case "new" if isinstance(part, str | int | Decimal) and not isinstance(part, bool):
                made[name] = draw(_new(name, part))
            case "deeper":
                made[name] = draw(mutated(part, other.get(name)))
            case _:
                made[name] = part
    return made


@cache
def _fixed_texts() -> frozenset[str]:
    return frozenset(text for _, text in constants_of_maps(maps().program.maps.values()))


def _has_fixed(part: Json) -> bool:
    """What a map itself puts there: by it a slice is known, and without it nobody could say which item it is."""
    match part:
        case dict():
            return any(map(_has_fixed, part.values()))
        case list():
            return any(map(_has_fixed, part))
        case _:
            return isinstance(part, str) and part in _fixed_texts()


def _new(name: str, part: Json) -> st.SearchStrategy[Json]:
    """Of the same type, as far as it can be told; a coded value stays in its table."""
    if isinstance(part, Decimal | int):
        return st.sampled_from([0, 5, Decimal("7.50"), Decimal("-0.1")]) if name == "value" else st.just(part)
    if name in {"birthDate", "valueDate"}:
        return _DAYS
    if name in {"start", "end", "time", "issued", "receivedTime", "authoredOn"} or name.endswith("DateTime"):
        return _MOMENTS if name != "issued" else _MOMENTS.filter(lambda text: "T" in text)
    if name in _FREE:
        return words
    return st.just(part)
