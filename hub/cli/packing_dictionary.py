"""Makes the dictionary that bodies are packed with: `python -m hub.cli.packing_dictionary`. Run by hand, and its result is reviewed.

From invented messages only: those of the tests beside the packaged maps, and of the demo, each for a dozen people whose numbers are
given to nobody. They go through a hub, so that the samples are the bytes which a hub keeps. The benchmarks' messages are left out: what
they measure is then what a dictionary does for messages that it has never seen.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import yaml
import zstandard

from hub.app.installed import load_maps
from hub.app.operator import as_operator
from hub.app.stores import open_store
from hub.cli.bench.samples import nhs_numbers
from hub.cli.demo.messages import admission_feed, emergency_plan, gateway_reading
from hub.core.json import Resource, render_json
from hub.engine.configuration import SourceConfig
from hub.engine.supervisor import Engine
from hub.fhir.search.query import Query
from hub.sdk import Message

__all__ = ["make"]

_SIZE: Final = 64 << 10
_SEGMENT: Final = 512  # bytes that are chosen together; with it and this size, unknown readings pack best
_PEOPLE: Final = 12  # each message is played for so many
_MESSAGES_WEIGH: Final = 3  # a message makes several resources, and counts for several
_NUMBER: Final = re.compile(r"\b999\d{7}\b")
_TYPES: Final = ("Patient", "Observation", "Device", "DiagnosticReport", "ServiceRequest", "Encounter", "Practitioner", "RelatedPerson",
                 "AllergyIntolerance", "Specimen", "Organization")  # fmt: skip


class _Ticking:
    """A clock that goes on by itself, always alike."""

    def __init__(self) -> None:
        self._at = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        self._at += timedelta(seconds=61, milliseconds=17)
        return self._at


class _Counting:
    def __init__(self) -> None:
        self._numbers = count(1)

    def new(self) -> str:
        return f"{next(self._numbers):032x}"


def make() -> bytes:
    """The same bytes each time, with the same maps and the same release of zstd."""
    with TemporaryDirectory() as folder:
        samples: list[bytes | bytearray | memoryview] = [*asyncio.run(_samples(f"sqlite:{folder}/hub.db"))]
    return zstandard.train_dictionary(_SIZE, samples, k=_SEGMENT, d=8).as_bytes()


async def _samples(address: str) -> list[bytes]:
    store = open_store(address)
    senders = [SourceConfig(f"sender{each}", processing=None) for each in range(_PEOPLE)]  # order numbers are of one sender each
    try:
        engine = Engine(store=store, maps=load_maps(), clock=_Ticking(), ids=_Counting(), sources=senders)
        bodies = [(sender.name, body) for sender, several in zip(senders, _messages(), strict=True) for body in several]
        for name, body in bodies:
            await engine.intake(name)(Message(body))
        everything = as_operator("packing dictionary")
        resources = [version.body for type_ in _TYPES for version in (await store.search(everything, Query(type_, count=100_000))).matches]
        await engine.stop()
    finally:
        await store.close()
    return [*resources, *_plan(), *[body for _, body in bodies] * _MESSAGES_WEIGH]


def _messages() -> Iterator[list[bytes]]:
    """For each sender those of its own people."""
    given = [*admission_feed(), gateway_reading(), *_of_map_tests()]
    numbers = iter(nhs_numbers(_PEOPLE * len(given) * 2))
    for _ in range(_PEOPLE):
        known = sorted({number for each in given for number in _NUMBER.findall(each)})
        people = dict(zip(known, numbers, strict=False))
        yield [_NUMBER.sub(partial(_rename, people), each).encode() for each in given]


def _rename(people: Mapping[str, str], found: re.Match[str]) -> str:
    return people[found[0]]


def _of_map_tests() -> Iterator[str]:
    for file in sorted(_below(files("mappings")), key=str):
        for test in yaml.safe_load(file.read_text(encoding="utf-8"))["tests"]:
            if str(test.get("v2", "")).startswith("MSH"):
                yield test["v2"].replace("\n", "\r")


def _below(folder: Traversable) -> Iterator[Traversable]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _below(entry)
        elif entry.name.endswith(".test.yaml"):
            yield entry


def _plan() -> Iterator[bytes]:
    """The resources of an emergency care plan, as a client's writes are kept."""
    for each in range(_PEOPLE):
        for entry in emergency_plan()["entry"]:
            resource: Resource = entry["resource"]
            meta = {"versionId": "1", "lastUpdated": f"2026-01-{each + 1:02}T08:30:00.250Z"}
            yield render_json({"resourceType": resource["resourceType"], "id": f"{each:032x}", "meta": meta, **resource})


if __name__ == "__main__":
    place = Path(__file__).parents[1] / "store" / "relational" / "dictionary" / "bodies.zstd"
    place.write_bytes(make())
    print(f"{place}: {place.stat().st_size} bytes")
