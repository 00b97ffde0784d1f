"""`calder bench map`: bytes to resources through the compiled map, beside the same by hand; the codec beside a bare split."""

from __future__ import annotations

from collections.abc import Sequence

from hub.app.installed import load_maps
from hub.cli.bench.by_hand import convert_by_hand, split_fields
from hub.cli.bench.figures import Figure, Goal, Limit
from hub.cli.bench.measuring import cpu_microseconds
from hub.cli.bench.samples import nhs_numbers, reading
from hub.codec.hl7v2 import Message, parse_message
from hub.mapping.conversion import Conversion
from hub.mapping.mapset import MapSet

__all__ = ["bench_map", "convert_by_map"]


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


def bench_map(*, rounds: int = 9) -> Sequence[Figure]:
    maps = load_maps()
    raw = reading(1, nhs_numbers(1)[0])
    if convert_by_map(maps, raw).refused:
        raise AssertionError("the map refuses the message of the benchmark: its time would say nothing")
    compiled, by_hand, codec, split = cpu_microseconds(
        [lambda: convert_by_map(maps, raw), lambda: convert_by_hand(raw), lambda: _read_fields(raw), lambda: split_fields(raw)],
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
    ]
