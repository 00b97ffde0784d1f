"""Searches find in a store of the version before what they found in it (migration: index rows)."""

import asyncio
from datetime import UTC, datetime
from importlib.resources import files

import pytest

from hub.core.visibility import Visibility
from hub.fhir.search.query import (
    Clause,
    DateValue,
    Include,
    NumberValue,
    ParamType,
    Prefix,
    QuantityValue,
    Query,
    ReferenceValue,
    StringValue,
    TokenValue,
    UriValue,
)
from hub.store import postgresql, sqlite
from hub.store.postgresql.database import connect
from hub.store.rows import NewVersion, Version
from hub.store.sqlite import database
from hub.store.sqlite.database import connect_writer
from hub.store.sqlite.statements import read_text

SYSTEM = Visibility.system("test")
DAY = 86_400_000_000

# What a store of that version holds: two people, of whom the first has one observation, a tag and a birthday.
OLD_ROWS = """
INSERT INTO type (name) VALUES ('Patient'), ('Observation');
INSERT INTO param (name) VALUES ('Observation.code'), ('Observation.subject'), ('Observation.patient'), ('Patient._profile'),
    ('Patient.birthdate'), ('Observation.value-quantity'), ('Patient.family'), ('Observation.subject:identifier');
INSERT INTO system (name) VALUES ('loinc'), ('ucum');
INSERT INTO resource (key, type, id, version, updated, deleted, indexed) VALUES
    (1, 1, 'p', 1, 0, 0, 71), (2, 1, 'q', 1, 0, 0, 0), (3, 2, 'o', 1, 0, 0, 41);
INSERT INTO version (resource, version, updated, deleted, interaction, body) VALUES
    (1, 1, 0, 0, 'create', 'p'), (2, 1, 0, 0, 'create', 'q'), (3, 1, 0, 0, 'create', 'o');
INSERT INTO token_index (resource, param, code, system) VALUES
    (3, 1, '8867-4', (SELECT id FROM system WHERE name = 'loinc')), (3, 1, '8867-4', 0), (3, 8, '999', 0);
INSERT INTO reference_index (resource, param, target, type) VALUES (3, 2, 'p', 1), (3, 3, 'p', 1), (3, 2, 'http://elsewhere', 0);
INSERT INTO uri_index (resource, param, uri) VALUES (1, 4, 'http://profile');
INSERT INTO date_index (resource, param, low, high) VALUES (1, 5, 0, 86400000000), (2, 5, 0, 9000000000000);
INSERT INTO string_index (resource, param, folded, text) VALUES (1, 7, 'brook', 'Brook');
INSERT INTO quantity_index (resource, param, low, high, code, system, unit) VALUES
    (3, 6, 72, 72, '/min', (SELECT id FROM system WHERE name = 'ucum'), 'beats');
"""
BEFORE = 5  # the migration that this is about


def old_scripts(package):
    names = sorted(entry.name for entry in files(package).joinpath("migrations").iterdir() if entry.name.endswith(".sql"))
    return [name for name in names if int(name[:4]) < BEFORE]


@pytest.fixture
def old_sqlite(tmp_path, monkeypatch):
    path = tmp_path / "calder.db"
    scripts = old_scripts("hub.store.sqlite")
    with monkeypatch.context() as then:
        then.setattr(database, "_migrations", lambda: dict(enumerate(scripts, 1)))
        then.setattr(database, "read_text", lambda *_: "".join(read_text("migrations", name) for name in scripts))
        connection = connect_writer(path, "OFF")
        connection.executescript(OLD_ROWS)
        connection.close()
    return sqlite.open_store(path, synchronous="OFF")


@pytest.fixture
def old_postgresql(fresh_schema):
    with connect(fresh_schema) as connection:
        for name in old_scripts("hub.store.postgresql"):
            connection.execute(postgresql.statements.read_text("migrations", name))
        connection.execute(OLD_ROWS)
        connection.execute("SELECT setval('resource_key', 10)")
    return postgresql.open_store(fresh_schema)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request):
    opened = request.getfixturevalue(f"old_{request.param}")
    yield opened
    asyncio.run(opened.close())


def ids(store, type_, *clauses, **options):
    page = asyncio.run(store.search(SYSTEM, Query(type_, clauses, **options)))
    return [version.id for version in (page.included if "includes" in options else page.matches)]


def test_what_was_found_is_found(store):
    token, reference, quantity = ParamType.TOKEN, ParamType.REFERENCE, ParamType.QUANTITY
    for code in (TokenValue("loinc", "8867-4"), TokenValue("", "8867-4"), TokenValue(None, "8867-4"), TokenValue("loinc", None)):
        assert ids(store, "Observation", Clause("code", token, (code,))) == ["o"]
    for param in ("subject", "patient"):
        assert ids(store, "Observation", Clause(param, reference, (ReferenceValue("Patient", "p"),))) == ["o"]
    assert ids(store, "Observation", Clause("subject", reference, (ReferenceValue(None, None, "http://elsewhere"),))) == ["o"]
    assert ids(store, "Observation", Clause("subject", reference, (TokenValue("", "999"),), "identifier")) == ["o"]
    assert ids(store, "Observation", includes=(Include("Observation", "subject"),)) == ["p"]
    assert ids(store, "Patient", includes=(Include("Observation", "subject", reverse=True),)) == ["o"]
    assert ids(store, "Patient", Clause("_profile", ParamType.URI, (UriValue("http://profile"),))) == ["p"]
    assert ids(store, "Patient", Clause("family", ParamType.STRING, (StringValue("bro", "bro"),))) == ["p"]
    for at, found in ((0, ["q", "p"]), (2 * DAY, ["q"])):
        assert ids(store, "Patient", Clause("birthdate", ParamType.DATE, (DateValue(Prefix.GT, at, at + 1),))) == found
    for unit in (
        QuantityValue(NumberValue(Prefix.GT, 70, 70), "ucum", "/min"),
        QuantityValue(NumberValue(Prefix.GT, 70, 70), None, "beats"),
    ):
        assert ids(store, "Observation", Clause("value-quantity", quantity, (unit,))) == ["o"]


def test_the_next_version_replaces_what_was_kept(store):
    again = Version("Observation", "o", 2, datetime(2026, 1, 1, tzinfo=UTC), b"o2")
    asyncio.run(store.submit(lambda tx: tx.put(NewVersion(again))))
    assert ids(store, "Observation", Clause("code", ParamType.TOKEN, (TokenValue(None, "8867-4"),))) == []
    assert ids(store, "Patient", includes=(Include("Observation", "*", reverse=True),)) == []
