"""What is prepared beforehand is what commit would have made itself: the same rows in the store, the same answers, whatever is there."""

import asyncio
import sqlite3
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.core.caller import Caller
from hub.core.errors import VersionConflict
from hub.engine import commit as commit_module
from hub.engine.beforehand import prepare_changes
from hub.engine.change import Change, Kind
from hub.engine.commit import commit
from hub.engine.committed import Origin
from hub.engine.prepared import MOMENT, PERSON, filled
from hub.store.rows import Arrival
from hub.store.sqlite import open_store

START = datetime(2026, 5, 1, 14, tzinfo=UTC)
NHS = "https://fhir.nhs.uk/Id/nhs-number"
NUMBERS = ("9990000018", "9990000026", "9990000034", "9990000019")  # the last one fails its check
URLS = tuple(f"urn:uuid:00000000-0000-4000-8000-00000000000{number}" for number in range(4))
TEXTS = st.sampled_from(("a", 'b "quoted"', PERSON, f"Patient/{PERSON}", MOMENT, URLS[0]))
META = st.fixed_dictionaries({}, optional={"security": st.just([{"system": "s", "code": "R"}]), "tag": st.just([{"code": "t"}])})
REFERENCES = st.sampled_from((*URLS, "Patient/other", f"Patient/{PERSON}", "Device/d1", "urn:uuid:nobody")).map(
    lambda url: {"reference": url}
)

patients = st.fixed_dictionaries(
    {"resourceType": st.just("Patient")},
    optional={
        "identifier": st.lists(st.builds(lambda value: {"system": NHS, "value": value}, st.sampled_from(NUMBERS)), max_size=2),
        "gender": st.sampled_from(("female", "male")),
        "name": st.just([{"family": "Brook"}]),
        "generalPractitioner": st.lists(REFERENCES, max_size=1),
        "link": st.lists(st.builds(lambda other: {"other": other, "type": "seealso"}, REFERENCES), max_size=1),
        "meta": META,
    },
)
observations = st.fixed_dictionaries(
    {"resourceType": st.just("Observation"), "status": st.sampled_from(("final", "entered-in-error"))},
    optional={
        "subject": REFERENCES,
        "device": REFERENCES,
        "performer": st.lists(REFERENCES, max_size=2),
        "valueString": TEXTS,
        "effectiveDateTime": st.just("2026-05-01"),
        "code": st.builds(lambda code: {"coding": [{"system": "http://loinc.org", "code": code}]}, TEXTS),
        "identifier": st.just([{"system": "urn:x", "value": "1"}]),
        "meta": META,
    },
)
devices = st.fixed_dictionaries(
    {"resourceType": st.just("Device")},
    optional={"patient": REFERENCES, "serialNumber": TEXTS, "url": st.sampled_from((*URLS, "http://x"))},
)
changes = st.builds(
    lambda resource, kind, key, url: Change(kind, resource["resourceType"], resource, key=key, full_url=url, rule="m.r"),
    st.one_of(patients, observations, observations, devices),
    st.sampled_from((Kind.UPDATE, Kind.MERGE, Kind.IDENTIFY, Kind.AMEND)),
    st.sampled_from(((), ("k1",), ("k2",), ("k3", "x"))),
    st.sampled_from((None, *URLS)),
)
messages = st.lists(st.lists(changes, min_size=1, max_size=5), min_size=1, max_size=3)


def play(folder: Path, name: str, pieces, prepare):
    """What commit answers to each message, and every row that is there in the end."""
    path = folder / f"{name}.db"
    store = open_store(path)

    async def all_of_them():
        answers = []
        for number, piece in enumerate(pieces):
            digest = sha256(str(number).encode()).digest()
            origin = Origin(Caller("x"), START + timedelta(minutes=number), digest, "RCF", "message", "b", map_set="m")

            def work(tx, piece=piece, digest=digest, origin=origin, number=number):
                receipt = tx.archive(Arrival("x", b"x", digest, START, control_id=str(number)))
                return commit(tx, prepare(piece, "RCF", digest), replace(origin, receipt=receipt))

            answers.append(await store.submit(work))
        await store.close()
        return answers

    answers = asyncio.run(all_of_them())
    with sqlite3.connect(path) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")]
        rows = {table: sorted(map(repr, connection.execute(f"SELECT * FROM {table}"))) for table in tables}
    connection.close()
    return answers, rows


def same_both_ways(pieces) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        general = play(Path(folder), "general", pieces, lambda piece, scope, digest: piece)
        prepared = play(Path(folder), "prepared", pieces, prepare_changes)
    return general == prepared


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(messages)
def test_prepared_or_not_the_record_is_the_same(pieces):
    assert same_both_ways(pieces)


A_READING = [
    Change(Kind.IDENTIFY, "Patient", {"resourceType": "Patient", "identifier": [{"system": NHS, "value": NUMBERS[0]}]}, full_url=URLS[0]),
    Change(
        Kind.UPDATE,
        "Observation",
        {"resourceType": "Observation", "status": "final", "subject": {"reference": URLS[0]}, "meta": {"security": [{"code": "R"}]}},
        key=("k1",),
        rule="m.r",
    ),
]
ANOTHER_OF_THE_SAME_PERSON = [A_READING[0], replace(A_READING[1], key=("k2",))]


def test_a_usual_message_is_prepared_whole():
    assert all(change.prepared is not None for change in prepare_changes(A_READING, "RCF", b"d"))
    assert same_both_ways([A_READING, ANOTHER_OF_THE_SAME_PERSON, A_READING])


def changed(**parts):
    def fill(prepared, type_, person, rule, origin):
        new = filled(prepared, type_, person, rule, origin)
        return replace(new, version=replace(new.version, **{name: make(new.version) for name, make in parts.items()}))

    return fill


@pytest.mark.parametrize(
    "planted",
    [
        changed(labels=lambda version: frozenset()),
        changed(person=lambda version: None),
        changed(body=lambda version: version.body.replace(b"2026", b"2027", 1)),
        changed(rule=lambda version: None),
        lambda *given: replace(filled(*given), entries=()),
        lambda prepared, type_, person, rule, origin: filled(prepared, type_, "somebody-else", rule, origin),
    ],
)
def test_a_planted_difference_is_seen(planted):
    try:
        with patch.object(commit_module, "filled", planted):
            same = same_both_ways([A_READING, ANOTHER_OF_THE_SAME_PERSON])
    except VersionConflict:  # what went wrong with the first message made the second one fail
        same = False
    assert not same
