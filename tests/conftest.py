"""What several kinds of tests are given."""

import itertools
from collections.abc import Iterator

import pytest

from tests.postgresql_server import PostgresqlServer

_numbers = itertools.count(1)


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
    """The address of a store with nothing in it."""
    return postgresql.emptied()
