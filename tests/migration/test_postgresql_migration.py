"""As test_store_migration, on PostgreSQL: made anew or step by step is the same, and hubs that start at once migrate once."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from urllib.parse import unquote

import psycopg
import pytest

from hub.core.errors import StoreError
from hub.store.postgresql import database, open_store
from hub.store.postgresql.database import connect, latest_migration, migrate
from hub.store.postgresql.statements import read_text

MIGRATIONS = sorted(entry.name for entry in files("hub.store.postgresql").joinpath("migrations").iterdir() if entry.name.endswith(".sql"))

SHAPE = """
SELECT 'relation', c.relname::text, c.relkind::text, c.relpersistence::text, c.reloptions::text FROM pg_class c WHERE c.relnamespace = {here}
UNION ALL
SELECT 'column', c.relname || '.' || a.attname, format_type(a.atttypid, a.atttypmod), concat(a.attnotnull, a.attidentity, a.attstorage, row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum)),
    concat(pg_get_expr(d.adbin, d.adrelid), (SELECT collname FROM pg_collation o WHERE o.oid = a.attcollation))
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relnamespace = {here} AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL SELECT 'constraint', conname::text, conrelid::regclass::text, '', pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = {here}
UNION ALL SELECT 'index', indexname::text, tablename::text, '', indexdef FROM pg_indexes WHERE schemaname = current_schema()
UNION ALL SELECT 'function', proname::text, '', '', pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = {here}
UNION ALL SELECT 'trigger', tgname::text, tgrelid::regclass::text, '', pg_get_triggerdef(t.oid)
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace = {here}
ORDER BY 1, 2, 3
""".format(here="current_schema()::regnamespace")


def shape(url):
    """Everything the catalogue says of the schema, and what stands in the dictionaries."""
    with psycopg.connect(url) as connection:
        (schema,) = connection.execute("SELECT current_schema()").fetchone()
        rows = [tuple(re.sub(rf"\b{schema}\.", "", str(value)) for value in row) for row in connection.execute(SHAPE)]
        return (
            rows,
            connection.execute("SELECT id, name FROM system").fetchall(),
            connection.execute("SELECT version FROM calder").fetchall(),
        )


@pytest.fixture
def another_schema(postgresql):
    postgresql.execute("CREATE SCHEMA another")
    yield postgresql.url("another")
    postgresql.execute("DROP SCHEMA another CASCADE")


def planted(monkeypatch, script):
    monkeypatch.setattr(database, "_migrations", lambda: {**dict(enumerate(MIGRATIONS, 1)), len(MIGRATIONS) + 1: "planted.sql"})
    monkeypatch.setattr(database, "read_text", lambda *parts: script if parts[-1] == "planted.sql" else read_text(*parts))


def test_the_schema_is_all_migrations_together(fresh_schema, another_schema):
    asyncio.run(open_store(fresh_schema).close())
    with connect(another_schema) as connection:
        for name in MIGRATIONS:
            connection.execute(read_text("migrations", name))
        assert shape(another_schema) == shape(fresh_schema)
        assert len(shape(fresh_schema)[0]) > 150
        connection.execute("ALTER TABLE receipt ALTER COLUMN lane DROP NOT NULL, ALTER COLUMN peer SET NOT NULL")
    assert shape(another_schema) != shape(fresh_schema)


def test_migrations_are_numbered_without_a_gap_and_the_schema_says_the_last(fresh_schema):
    assert [int(name[:4]) for name in MIGRATIONS] == list(range(1, latest_migration() + 1))
    with connect(fresh_schema) as connection:
        connection.execute(read_text("schema.sql"))
        assert connection.execute("SELECT version FROM calder").fetchall() == [(latest_migration(),)]


def test_an_older_store_is_brought_up_to_date_once_by_many(fresh_schema, monkeypatch):
    asyncio.run(open_store(fresh_schema).close())
    planted(monkeypatch, "CREATE TABLE planted (x integer); SELECT pg_sleep(0.2); INSERT INTO planted VALUES (1)")
    with pytest.raises(StoreError, match="older"):
        open_store(fresh_schema, read_only=True)
    open_at_once(fresh_schema)
    with connect(fresh_schema) as connection:
        assert connection.execute("SELECT count(*) FROM planted").fetchone() == (1,)
        assert connection.execute("SELECT version FROM calder").fetchall() == [(len(MIGRATIONS) + 1,)]


def test_hubs_that_start_at_once_make_one_store(fresh_schema):
    open_at_once(fresh_schema)
    with connect(fresh_schema) as connection:
        assert connection.execute("SELECT count(*) FROM calder").fetchone() == (1,)


def open_at_once(url):
    with ThreadPoolExecutor(4) as pool:
        for store in list(pool.map(open_store, [url] * 4)):
            asyncio.run(store.close())


def test_hubs_that_do_not_wait_for_each_other_are_caught(fresh_schema, monkeypatch):
    """The planted fault: no lock around the migration."""
    monkeypatch.setattr(database, "_lock_number", lambda connection, kind: connection.info.backend_pid)
    monkeypatch.setattr(database, "read_text", lambda *parts: "SELECT pg_sleep(0.2);" + read_text(*parts))
    with ThreadPoolExecutor(4) as pool, pytest.raises(StoreError):
        list(pool.map(lambda _: migrate_alone(fresh_schema), range(4)))


def migrate_alone(url):
    with connect(url) as connection:
        migrate(connection)


def test_a_migration_that_fails_leaves_the_store_as_it_was(fresh_schema, monkeypatch):
    asyncio.run(open_store(fresh_schema).close())
    before = shape(fresh_schema)
    planted(monkeypatch, "CREATE TABLE planted (x integer); INSERT INTO nowhere VALUES (1)")
    with pytest.raises(StoreError):
        open_store(fresh_schema)
    monkeypatch.undo()
    assert shape(fresh_schema) == before
    asyncio.run(open_store(fresh_schema).close())


@pytest.mark.parametrize("read_only", [True, False])
def test_what_is_not_ours_is_left_alone(fresh_schema, read_only):
    with pytest.raises(StoreError, match="no schema"):
        open_store(fresh_schema + unquote("nowhere"))
    with connect(fresh_schema) as connection:
        connection.execute("CREATE TABLE theirs (x integer)")
        with pytest.raises(StoreError, match="not a store"):
            open_store(fresh_schema, read_only=read_only)
        connection.execute("DROP TABLE theirs")
        asyncio.run(open_store(fresh_schema).close())
        connection.execute("UPDATE calder SET version = version + 1")
        with pytest.raises(StoreError, match="newer"):
            open_store(fresh_schema, read_only=read_only)


@pytest.mark.parametrize("guarded", [True, False], ids=["gives way", "the planted fault"])
def test_a_migration_that_waits_for_a_table_makes_nobody_wait_behind_it(fresh_schema, monkeypatch, guarded):
    """A long report reads the table; a migration wants it; a hub that reads it then must not stand behind the migration."""
    asyncio.run(open_store(fresh_schema).close())
    planted(monkeypatch, "ALTER TABLE version ADD COLUMN planted integer")
    if not guarded:
        migrating = database._migrate

        def patient(connection):
            connection.execute = lambda sql, *given, ask=connection.execute: ask(sql.replace("'1s'", "'60s'"), *given)
            migrating(connection)

        monkeypatch.setattr(database, "_migrate", patient)
    with ThreadPoolExecutor(1) as pool, psycopg.connect(fresh_schema) as report, psycopg.connect(fresh_schema, autocommit=True) as hub:
        report.execute("SELECT count(*) FROM version")  # and its transaction stays open
        done = pool.submit(migrate_alone, fresh_schema)
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'version'::regclass"
        while hub.execute(waiting).fetchone() == (0,):
            assert not done.done()
        hub.execute("SET statement_timeout = '8s'")
        try:
            hub.execute("SELECT count(*) FROM version")
            answered = True
        except psycopg.errors.QueryCanceled:
            answered = False
        report.rollback()
        done.result()
        assert hub.execute("SELECT planted FROM version").fetchall() == []
    assert answered is guarded
