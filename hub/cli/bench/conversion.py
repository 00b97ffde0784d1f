"""`calder bench map`: bytes to resources through the compiled map, and back, beside the same by hand; the codec beside a bare split.

Each call takes the next of several messages, since one message alone would find everything remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import cycle
from typing import Final, TypeVar

from hub.app.installed import load_maps
from hub.cli.bench.by_hand import convert_by_hand, split_fields
from hub.cli.bench.figures import Figure, Goal, Limit
from hub.cli.bench.measuring import cpu_microseconds
from hub.cli.bench.samples import nhs_numbers, reading, report
from hub.cli.bench.written_by_hand import write_by_hand
from hub.codec.hl7v2 import Message, parse_message
from hub.core.json import Resource
from hub.mapping.conversion import Conversion, Written
from hub.mapping.mapset import MapSet

__all__ = ["bench_map", "convert_by_map", "write_by_map"]

T = TypeVar("T")

_PEOPLE: Final = 64
_GIVENS: Final = {"control_id": "R1", "written_at": "20260101000000+0000"}


def convert_by_map(maps: MapSet, raw: bytes) -> Conversion:
    """As intake does it (hub.engine.transform)."""
    message = parse_message(raw)
    found = maps.find_message_map(message) if isinstance(message, Message) else None
    assert isinstance(message, Message), "a message of our own making can be read"  # noqa: S101 -- for the type checker
    assert found is not None, "the shipped maps have one for PCD-01"  # noqa: S101 -- as above
    return found.forward(message, params={})


def _read_fields(raw: bytes) -> list[list[str]]:
    """The codec divides a segment when it is asked; here every one is."""
    message = parse_message(raw)
    return [segment.fields for segment in message.segments] if isinstance(message, Message) else []


def write_by_map(maps: MapSet, resources: Sequence[Resource]) -> Written:
    """As a destination does it (hub.engine.preparing)."""
    found = maps.get("oru_r01")
    assert found is not None, "it is one of the shipped maps"  # noqa: S101 -- for the type checker
    return found.backward(resources, params={}, givens=_GIVENS, version="2.5.1")


def _in_turn(work: Callable[[T], object], things: Sequence[T]) -> Callable[[], object]:
    things_again = cycle(things)
    return lambda: work(next(things_again))


def bench_map(*, rounds: int = 9) -> Sequence[Figure]:
    maps = load_maps()
    people = nhs_numbers(_PEOPLE)
    readings = [reading(number, person) for number, person in enumerate(people)]
    reports = [report(number, person) for number, person in enumerate(people)]
    if any(convert_by_map(maps, raw).refused for raw in readings) or any(write_by_map(maps, each).refused for each in reports):
        raise AssertionError("the map refuses a message of the benchmark: its time would say nothing")
    compiled, by_hand, codec, split, back, back_by_hand = cpu_microseconds(
        [
            _in_turn(lambda raw: convert_by_map(maps, raw), readings),
            _in_turn(convert_by_hand, readings),
            _in_turn(_read_fields, readings),
            _in_turn(split_fields, readings),
            _in_turn(lambda each: write_by_map(maps, each), reports),
            _in_turn(lambda each: write_by_hand(each, **_GIVENS), reports),
        ],
        rounds=rounds,
    )
    return [
        Figure(
            "pcd01_map",
            "PCD-01 of 12 segments, bytes to 8 resources",
            compiled,
            "µs",
            Limit("the same by hand", by_hand),
            Goal(at_most=2.5),
        ),
        Figure("codec", "the same message, bytes to fields", codec, "µs", Limit("str.split", split)),
        Figure("oru_back", "a report of 5 results, FHIR to ORU^R01", back, "µs", Limit("the same by hand", back_by_hand), Goal(at_most=3)),
    ]
