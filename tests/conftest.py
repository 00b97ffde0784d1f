"""What several kinds of tests are given."""

import itertools
from collections.abc import Iterator

import pytest

from tests.postgresql_server import PostgresqlServer

_numbers = itertools.count(1)

EMPTY = """
SET session_replication_role = replica;  -- the audit would refuse
DO $$ DECLARE each record; BEGIN
    FOR each IN SELECT relname, relkind FROM pg_class WHERE relnamespace = 'emptied'::regnamespace AND relname <> 'calder' LOOP
        IF each.relkind = 'r' THEN EXECUTE format('DELETE FROM emptied.%I', each.relname);
        ELSIF each.relkind = 'S' THEN EXECUTE format('ALTER SEQUENCE emptied.%I RESTART', each.relname);
        END IF;
    END LOOP;
    IF to_regclass('emptied.system') IS NOT NULL THEN INSERT INTO emptied.system (id, name) VALUES (0, ''); END IF;
END $$;
"""


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    """One server for all tests of a run; nobody stops it. Those that do, start their own."""
    server = PostgresqlServer()
    yield server
    server.remove()


@pytest.fixture
def fresh_schema(postgresql: PostgresqlServer) -> Iterator[str]:
    """The address of a new schema with nothing in it."""
    schema = f"fresh{next(_numbers)}"
    postgresql.execute(f"CREATE SCHEMA {schema}")
    yield postgresql.url(schema)
    postgresql.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture
def emptied_schema(postgresql: PostgresqlServer) -> str:
    """The address of a store with nothing in it. Emptied, not made anew: that takes a hundred files."""
    postgresql.execute("CREATE SCHEMA IF NOT EXISTS emptied")
    postgresql.execute(EMPTY)
    return postgresql.url("emptied")
