"""Nobody sees what the agreements do not give them: by no kind of read. And the tests notice when it is not so."""

from collections.abc import Callable

import pytest

from hub.core.lifecycle import MessageState
from hub.fhir.search.entries import ReferenceEntry, StringEntry, TokenEntry
from hub.fhir.search.query import Clause, Include, ParamType, ReferenceValue, Sort, StringValue, TokenValue
from hub.store import postgresql, sqlite

FEMALE = Clause("gender", ParamType.TOKEN, (TokenValue(None, "female"),))


def fill(world):
    """Three people; one has a restricted observation; a Practitioner is nobody's."""
    for person in ("p", "q", "r"):
        name = StringEntry("family", person.upper(), person)
        world.put(
            f"Patient/{person}",
            TokenEntry("gender", "", "female"),
            name,
            ReferenceEntry("general-practitioner", "Practitioner", "d"),
            person=person,
        )
        world.put(f"Observation/{person}1", TokenEntry("code", "l", "1"), ReferenceEntry("subject", "Patient", person), person=person)
    world.put(
        "Observation/p2", TokenEntry("code", "l", "1"), ReferenceEntry("subject", "Patient", "p"), person="p", labels=frozenset({"R", "N"})
    )
    world.put("Practitioner/d", ReferenceEntry("seen", "Patient", "q"))


def everything_seen(world, visibility):
    """Every id that any read of the record gives, and every total."""
    seen: set[str] = set()
    totals: set[tuple[str, int]] = set()
    for type_ in ("Patient", "Observation", "Practitioner"):
        includes = (
            Include("Observation", "subject", reverse=True),
            Include("Observation", "*", reverse=True),
            Include("Observation", "subject"),
            Include("Observation", "*"),
            Include("Patient", "general-practitioner"),
            Include("Practitioner", "seen"),
            Include("Patient", "general-practitioner", reverse=True),
        )
        for sort in ((), (Sort("_id", ParamType.TOKEN),), (Sort("family", ParamType.STRING, descending=True),)):
            after = None
            for _ in range(20):  # more pages than there is anything to see
                page = world.search(type_, visibility=visibility, includes=includes, sort=sort, count=1, total=True, after=after)
                seen |= {f"{version.type}/{version.id}" for version in (*page.matches, *page.included)}
                totals.add((type_, page.total))
                after = page.after
                if after is None:
                    break
        # a keyset made up by the caller, before everything
        page = world.search(type_, visibility=visibility, sort=(Sort("_id", ParamType.TOKEN),), after=("", 0), total=True)
        seen |= {f"{version.type}/{version.id}" for version in page.matches}
        totals.add((type_, page.total))
    for name in (
        "Patient/p",
        "Patient/q",
        "Patient/r",
        "Observation/p1",
        "Observation/p2",
        "Observation/q1",
        "Observation/r1",
        "Practitioner/d",
    ):
        type_, id_ = name.split("/")
        store = world.store
        if world.run(store.read(visibility, type_, id_)) or world.run(store.vread(visibility, type_, id_, 1)):
            seen.add(name)
        if world.run(store.history(visibility, type_, id_, limit=5)) or world.submit(
            lambda tx, t=type_, i=id_: tx.current(visibility, t, i)
        ):
            seen.add(name)
        by_id = Clause("_id", ParamType.TOKEN, (TokenValue(None, id_),))
        seen |= {f"{type_}/{found}" for found in world.ids(type_, by_id, visibility=visibility)}
    for person in "pqr":
        by_subject = Clause("subject", ParamType.REFERENCE, (ReferenceValue("Patient", person),))
        by_code = Clause("code", ParamType.TOKEN, (TokenValue("l", "1"),))
        seen |= {f"Observation/{found}" for found in world.ids("Observation", by_subject, by_code, visibility=visibility)}
        by_name = Clause("family", ParamType.STRING, (StringValue(person, person),))
        seen |= {f"Patient/{found}" for found in world.ids("Patient", by_name, visibility=visibility)}
    return seen, totals


CASES = {
    "one person": (
        {"people": {"q"}},
        {"Patient/q", "Observation/q1", "Practitioner/d"},
        {("Patient", 1), ("Observation", 1), ("Practitioner", 1)},
    ),
    "nobody": ({"people": set()}, {"Practitioner/d"}, {("Patient", 0), ("Observation", 0), ("Practitioner", 1)}),
    "one type": (
        {"types": {"Observation", "Unheard"}},
        {"Observation/p1", "Observation/p2", "Observation/q1", "Observation/r1"},
        {("Patient", 0), ("Observation", 4), ("Practitioner", 0)},
    ),
    "no type": ({"types": set()}, set(), {("Patient", 0), ("Observation", 0), ("Practitioner", 0)}),
    "a label": (
        {"denied": {"R", "X"}, "people": {"p", "q"}},
        {"Patient/p", "Patient/q", "Observation/p1", "Observation/q1", "Practitioner/d"},
        {("Patient", 2), ("Observation", 2), ("Practitioner", 1)},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_no_read_of_the_record_gives_more_than_is_visible(world, case):
    limits, expected, totals = CASES[case]
    fill(world)
    assert everything_seen(world, world.seen_by(**limits)) == (expected, totals)


@pytest.fixture
def queries(kind):
    """The named queries of the store under test, for mutants."""
    return {"sqlite": sqlite, "postgresql": postgresql}[kind].statements.SQL


def _without(condition: str, queries: dict[str, str]) -> Callable[[str], str]:
    """The mutant: every statement with this condition replaced by "yes"."""
    whole = queries[condition]
    return lambda sql: sql.replace(whole, "TRUE")


@pytest.mark.parametrize("case", CASES)
def test_a_store_without_the_condition_is_caught(world, case, queries, monkeypatch):
    """The planted fault: `visible` is dropped from every query. The test above must fail, in every one of its cases."""
    mutant = _without("visible", queries)
    changed = {name: mutant(sql) for name, sql in queries.items()}
    assert {name for name in queries if queries[name] != changed[name]} >= {
        "read",
        "vread",
        "history",
        "bodies",
        "keys",
        "sorted_keys",
        "total",
        "included",
        "revincluded",
    }
    for name, sql in changed.items():
        monkeypatch.setitem(queries, name, sql)
    limits, expected, totals = CASES[case]
    fill(world)
    seen, counted = everything_seen(world, world.seen_by(**limits))
    assert seen > expected
    assert counted != totals


@pytest.mark.parametrize("fragment", ["keys", "sorted_keys", "total", "included", "revincluded"])
def test_a_search_that_forgets_the_condition_in_one_statement_is_caught(world, fragment, queries, monkeypatch):
    """Bodies are cut a second time when they are fetched; the page's length, its total and its keyset would still tell."""
    monkeypatch.setitem(queries, fragment, _without("visible", queries)(queries[fragment]))
    monkeypatch.setitem(queries, "bodies", _without("visible", queries)(queries["bodies"]))
    fill(world)
    assert any(everything_seen(world, world.seen_by(**limits)) != (expected, totals) for limits, expected, totals in CASES.values())


def test_a_label_now_hides_the_past_and_a_label_then_stays_hidden(world):
    for version, labels in enumerate((frozenset(), frozenset({"R"}), frozenset()), 1):
        world.put("Observation/o", version=version, labels=labels, person="p")
    visibility = world.seen_by(denied={"R"})
    history = world.store.history
    assert [found.version for found in world.run(history(visibility, "Observation", "o", limit=9))] == [3, 1]
    assert world.run(world.store.vread(visibility, "Observation", "o", 2)) is None
    world.put("Observation/o", version=4, labels=frozenset({"R"}), person="p")
    assert world.run(history(visibility, "Observation", "o", limit=9)) == []
    assert world.run(world.store.vread(visibility, "Observation", "o", 1)) is None


def test_a_version_of_another_person_stays_theirs(world):
    """A resource that was corrected to another person: its past is not the new person's."""
    world.put("Observation/o", person="p")
    world.put("Observation/o", person="q", version=2)
    found = world.run(world.store.history(world.seen_by(people={"q"}), "Observation", "o", limit=9))
    assert [version.version for version in found] == [2]
    assert world.run(world.store.history(world.seen_by(people={"p"}), "Observation", "o", limit=9)) == []


def test_messages_are_seen_whole_or_not_at_all(world):
    known, unknown = world.receive(MessageState.COMMITTED, person="p"), world.receive(MessageState.REFUSED)
    store = world.store

    def seen(visibility):
        listed = {receipt.id for receipt in world.run(store.receipts(visibility))}
        listed |= {receipt.id for state in MessageState for receipt in world.run(store.receipts(visibility, state=state))}
        listed |= {number for number in (known, unknown) if world.run(store.receipt(visibility, number))}
        return listed | {number for number in (known, unknown) if world.run(store.archived(visibility, number)) is not None}

    assert seen(world.system) == {known, unknown}
    assert seen(world.seen_by(people={"p"})) == {known}
    for limits in ({"people": {"q"}}, {"people": set()}, {"types": {"Patient"}}, {"types": set()}, {"denied": {"R"}}):
        assert seen(world.seen_by(**limits)) == set()
