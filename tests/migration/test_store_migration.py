"""A store made anew and a store brought up to date, step by step, are the same."""

import asyncio
import re
import sqlite3
import zlib
from importlib.resources import files

import pytest

from hub.core.errors import StoreError
from hub.store.relational.packing import unpack
from hub.store.sqlite import database, open_store
from hub.store.sqlite.database import connect_writer, latest_migration, migrate
from hub.store.sqlite.statements import read_text

NEXT = latest_migration() + 1
MIGRATIONS = sorted(entry.name for entry in files("hub.store.sqlite").joinpath("migrations").iterdir() if entry.name.endswith(".sql"))

BODY = b"MSH|^~\\&|" * 1000
PLANTED = f"{NEXT:04}_planted.sql"


def plant():
    return {int(name[:4]): name for name in (*MIGRATIONS, PLANTED)}


def test_a_store_of_the_first_version_gets_what_came_since(tmp_path, monkeypatch):
    """Made by the first migration alone, with a message in it; then opened by this version."""
    path = tmp_path / "calder.db"
    with monkeypatch.context() as then:
        then.setattr(database, "_migrations", lambda: {1: MIGRATIONS[0]})
        then.setattr(database, "read_text", lambda *_: read_text("migrations", MIGRATIONS[0]))
        first = connect_writer(path, "OFF")
        first.execute("INSERT INTO map_set (name) VALUES ('digest')")
        first.execute("INSERT INTO source (id, name) VALUES (1, 'lab')")
        for number, (encoding, body) in enumerate((("plain", BODY), ("zlib", zlib.compress(BODY)))):
            first.execute("INSERT INTO receipt (id, source, digest, received, media_type) VALUES (?, 1, '', 0, '')", (number,))
            first.execute("INSERT INTO archive (receipt, source, encoding, body) VALUES (?, 1, ?, ?)", (number, encoding, body))
        first.close()
    now = connect_writer(path, "OFF")
    fresh = connect_writer(tmp_path / "new.db", "OFF")
    assert shape(now) == shape(fresh)
    assert now.execute("SELECT name FROM map_set").fetchall() == [("digest",)]
    assert [unpack(now, *row) for row in now.execute("SELECT packing, body FROM archive")] == [BODY, BODY]
    now.close()
    fresh.close()


def shape(connection):
    """Every table, index and trigger as SQLite holds it, spaces and comments apart; and what stands in the dictionaries."""
    rows = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name").fetchall()
    plain = [(kind, name, " ".join(re.findall(r"\w+|[^\w\s]", re.sub(r"--.*", "", sql)))) for kind, name, sql in rows]
    return plain, connection.execute("SELECT id, name FROM system").fetchall()


def test_the_schema_is_all_migrations_together(tmp_path):
    stepwise, anew = sqlite3.connect(":memory:", isolation_level=None), connect_writer(tmp_path / "new.db", "OFF")
    for name in MIGRATIONS:
        stepwise.executescript(read_text("migrations", name))
    assert shape(stepwise) == shape(anew)
    stepwise.close()
    anew.close()


def test_migrations_are_numbered_without_a_gap():
    assert [int(name[:4]) for name in MIGRATIONS] == list(range(1, latest_migration() + 1))


def test_an_older_store_is_brought_up_to_date_once(tmp_path, monkeypatch):
    """With one more migration planted: it runs on opening, and not again."""
    path = tmp_path / "calder.db"
    asyncio.run(open_store(path).close())
    monkeypatch.setattr(database, "_migrations", plant)
    planted = "CREATE TABLE planted (x INTEGER);\nINSERT INTO planted VALUES (1);\n"
    monkeypatch.setattr(database, "read_text", lambda *parts: planted if parts[-1] == PLANTED else read_text(*parts))
    with pytest.raises(StoreError, match="older"):
        open_store(path, read_only=True)
    for _ in range(2):
        connection = connect_writer(path, "OFF")
        assert connection.execute("SELECT count(*) FROM planted").fetchone() == (1,)
        assert connection.execute("PRAGMA user_version").fetchone() == (NEXT,)
        connection.close()


def test_a_migration_that_fails_leaves_the_store_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "calder.db"
    asyncio.run(open_store(path).close())
    monkeypatch.setattr(database, "_migrations", plant)
    monkeypatch.setattr(database, "read_text", lambda *_: "CREATE TABLE planted (x INTEGER);\nINSERT INTO nowhere VALUES (1);\n")
    with pytest.raises(StoreError):
        open_store(path)
    monkeypatch.undo()
    connection = connect_writer(path, "OFF")
    assert connection.execute("PRAGMA user_version").fetchone() == (NEXT - 1,)
    assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'planted'").fetchone() == (0,)
    migrate(connection, path)
    connection.close()
