import re
import sqlite3
from datetime import UTC, datetime, timedelta, timezone

import pytest

from hub.core.visibility import Visibility
from hub.store.relational.instants import parse_instant, to_microseconds
from hub.store.relational.limits import limits
from hub.store.relational.search.assembly import Assembly
from hub.store.relational.statements import parse_queries
from hub.store.sqlite.database import Connection
from hub.store.sqlite.statements import SQL


def test_queries_are_named_and_described():
    text = "-- a file\n\n-- name: one\n-- what it does\nSELECT 1\n\n-- name: two\n-- and this\n-- a comment\nSELECT 2\n"
    assert parse_queries(text) == {"one": "SELECT 1", "two": "-- a comment\nSELECT 2"}


def test_a_query_without_a_description_is_not_found():
    assert parse_queries("-- name: one\n-- here\nSELECT 1\n-- name: two\nSELECT 2\n") == {"one": "SELECT 1\n-- name: two\nSELECT 2"}


def test_every_include_is_filled_in_and_every_name_described():
    for name, sql in SQL.items():
        assert "@" not in sql, name
        assert "-- name:" not in sql, name


@pytest.mark.parametrize("name", ["read", "read_several", "vread", "history", "bodies", "receipts", "receipts_in_state", "receipt", "archived", "find_people",
                                  "deliveries", "deliveries_in_state", "audit_rows", "audit_rows_of_person", "keys", "sorted_keys", "total",
                                  "included", "revincluded", "unprocessed"])  # fmt: skip
def test_every_read_for_a_caller_carries_its_limits(name):
    assert {":people", ":types"} <= set(re.findall(r":\w+", SQL[name]))


def test_an_empty_set_is_nothing_and_none_is_no_limit():
    given = Visibility(None, "test", people=frozenset(), types=None, denied_labels=frozenset({"R", "N"}))
    assert limits(given) == {"people": "[]", "types": None, "denied": '["N", "R"]'}
    assert limits(Visibility.system("test")) == {"people": None, "types": None, "denied": None}


def test_values_are_bound_and_never_spelt():
    connection = sqlite3.connect(":memory:", factory=Connection)
    assembly = Assembly(connection, {"people": None})
    connection.close()
    text = assembly.say("token_code", param=assembly.say("param", name="x'; DROP TABLE type; --"), code="{0}' OR 1=1")
    assert "DROP" not in text
    assert "OR 1=1" not in text
    assert set(assembly.values.values()) == {None, "x'; DROP TABLE type; --", "{0}' OR 1=1"}


@pytest.mark.parametrize(
    "at", [datetime(1, 1, 1, tzinfo=UTC), datetime(2026, 2, 28, 23, 59, 59, 999_999, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]
)
def test_instants_keep_every_microsecond(at):
    assert parse_instant(to_microseconds(at)) == at


def test_instants_are_utc_and_never_naive():
    assert to_microseconds(datetime(1970, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))) == 0
    with pytest.raises(TypeError):
        to_microseconds(datetime(2026, 1, 1))  # noqa: DTZ001 - the point of it
