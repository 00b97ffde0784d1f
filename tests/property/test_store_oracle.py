"""Search against a brute-force reading of the standard, on small random records. FHIR R4 3.1.1.4.4 (prefixes), 3.1.1.4.10 (token)."""

import asyncio
import itertools
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.core.visibility import Visibility
from hub.fhir.search.entries import DateEntry, NumberEntry, TokenEntry
from hub.fhir.search.query import Clause, DateValue, NumberValue, ParamType, Prefix, Query, Sort, TokenValue
from hub.store import postgresql, sqlite
from hub.store.rows import NewVersion, Version

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SYSTEM = Visibility.system("test")
fresh = itertools.count()
SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

ranges = st.tuples(st.integers(-4, 6), st.integers(1, 4)).map(lambda pair: (pair[0], pair[0] + pair[1]))
points = st.integers(-3, 6).map(lambda point: (point, point))
tokens = st.tuples(st.sampled_from(["", "s", "t"]), st.sampled_from(["a", "b", "A"]))


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    if request.param == "sqlite":
        opened = sqlite.open_store(tmp_path / "oracle.db", synchronous="OFF")
    else:
        opened = postgresql.open_store(request.getfixturevalue("emptied_schema"))
    yield opened
    asyncio.run(opened.close())


def fill(store, resources):
    """A type of its own for each example, so that one file serves all."""
    type_ = f"T{next(fresh)}"

    def work(tx):
        for number, entries in enumerate(resources):
            tx.put(NewVersion(Version(type_, str(number), 1, NOW, b""), tuple(entries)))

    asyncio.run(store.submit(work))
    return type_


def search(store, type_, *clauses, **options):
    page = asyncio.run(store.search(SYSTEM, Query(type_, clauses, count=100, total=True, **options)))
    found = {int(version.id) for version in page.matches}
    assert page.total == len(page.matches) == len(found)
    return found


def moments(low, high):
    """What a range holds, on a grid of halves; a range without extent holds its one point."""
    return {low} if low == high else {step / 2 for step in range(low * 2, high * 2)}


def holds(prefix, asked, row):
    """The definitions of the standard, over sets of moments."""
    ours, theirs = moments(*row), moments(*asked)
    eq = ours <= theirs
    above, below = max(ours) > max(theirs), min(ours) < min(theirs)
    match prefix:
        case Prefix.EQ:
            return eq
        case Prefix.NE:
            return not eq
        case Prefix.GT:
            return above
        case Prefix.LT:
            return below
        case Prefix.GE:
            return above or eq
        case Prefix.LE:
            return below or eq
        case Prefix.SA:
            return min(ours) > max(theirs)
        case Prefix.EB:
            return max(ours) < min(theirs)
        case Prefix.AP:
            return bool(ours & theirs)


@SETTINGS
@given(st.lists(st.lists(ranges, max_size=2), max_size=6), st.lists(st.tuples(st.sampled_from(Prefix), ranges), min_size=1, max_size=2))
def test_dates(store, resources, asked):
    type_ = fill(store, [[DateEntry("d", *row) for row in rows] for rows in resources])
    values = tuple(DateValue(prefix, *wanted) for prefix, wanted in asked)
    expected = {
        number for number, rows in enumerate(resources) if any(holds(prefix, wanted, row) for prefix, wanted in asked for row in rows)
    }
    assert search(store, type_, Clause("d", ParamType.DATE, values)) == expected
    each = {
        number for number, rows in enumerate(resources) if all(any(holds(prefix, wanted, row) for row in rows) for prefix, wanted in asked)
    }
    assert search(store, type_, *(Clause("d", ParamType.DATE, (value,)) for value in values)) == each


@pytest.mark.parametrize("prefix", Prefix)
def test_every_small_range_against_every_other(store, prefix):
    """Exhaustive, since the ends are where it goes wrong."""
    every = [(low, low + extent) for low in range(4) for extent in (1, 2, 3)]
    type_ = fill(store, [[DateEntry("d", *row)] for row in every])
    for wanted in every:
        expected = {number for number, row in enumerate(every) if holds(prefix, wanted, row)}
        assert search(store, type_, Clause("d", ParamType.DATE, (DateValue(prefix, *wanted),))) == expected


@SETTINGS
@given(st.lists(points, max_size=6), st.sampled_from(Prefix), st.one_of(ranges, points))
def test_numbers(store, rows, prefix, wanted):
    """Values are points; an asked number is a point for the ordering prefixes and a range for eq, ne and ap."""
    type_ = fill(store, [[NumberEntry("n", *row)] for row in rows])
    expected = {number for number, row in enumerate(rows) if holds(prefix, wanted, row)}
    # a point against a range: the half-open end belongs to neither side of the grid
    if wanted[0] != wanted[1] and prefix in (Prefix.GT, Prefix.GE, Prefix.SA):
        expected = {number for number in expected if rows[number][0] != wanted[1]} | {
            number for number, row in enumerate(rows) if row[0] > wanted[1] or (prefix is Prefix.GE and holds(Prefix.EQ, wanted, row))
        }
    assert search(store, type_, Clause("n", ParamType.NUMBER, (NumberValue(prefix, *wanted),))) == expected


@SETTINGS
@given(
    st.lists(st.lists(tokens, max_size=3), max_size=6),
    st.lists(st.tuples(st.sampled_from([None, "", "s", "u"]), st.sampled_from([None, "a", "b"])).filter(any), min_size=1, max_size=2),
    st.sampled_from([None, "not"]),
)
def test_tokens(store, resources, asked, modifier):
    type_ = fill(store, [[TokenEntry("t", *row) for row in rows] for rows in resources])

    def matches(row, wanted):
        (system, code), (want_system, want_code) = row, wanted
        return (want_system is None or system == want_system) and (want_code is None or code == want_code)

    expected = {number for number, rows in enumerate(resources) if any(matches(row, wanted) for row in rows for wanted in asked)}
    if modifier == "not":
        expected = set(range(len(resources))) - expected
    clause = Clause("t", ParamType.TOKEN, tuple(TokenValue(*wanted) for wanted in asked), modifier)
    assert search(store, type_, clause) == expected


@SETTINGS
@given(
    st.lists(st.tuples(st.none() | st.integers(0, 3), st.none() | st.sampled_from("abc")), max_size=7),
    st.booleans(),
    st.booleans(),
    st.integers(1, 3),
)
def test_pages_join_to_the_sorted_whole(store, rows, first_down, second_down, count):
    type_ = fill(
        store,
        [([] if n is None else [NumberEntry("n", n, n)]) + ([] if c is None else [TokenEntry("c", "", c)]) for n, c in rows],
    )
    sort = (Sort("n", ParamType.NUMBER, first_down), Sort("c", ParamType.TOKEN, second_down))

    def key(number):
        n, c = rows[number]
        first = (n is None, 0 if n is None else -n if first_down else n)
        second = (c is None, 0 if c is None else -ord(c) if second_down else ord(c))
        return first, second, -number if second_down else number

    joined, after = [], None
    for _ in range(len(rows) + 1):  # never more pages than rows
        page = asyncio.run(store.search(SYSTEM, Query(type_, sort=sort, count=count, after=after)))
        joined += [int(version.id) for version in page.matches]
        after = page.after
        if after is None:
            break
    assert joined == sorted(range(len(rows)), key=key)
