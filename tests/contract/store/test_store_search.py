"""What each kind of clause finds, in which order, in which pages, and what comes with it."""

import pytest

from hub.core.errors import StoreError
from hub.fhir.search.entries import (
    DateEntry,
    NumberEntry,
    QuantityEntry,
    ReferenceEntry,
    StringEntry,
    TokenEntry,
    UriEntry,
)
from hub.fhir.search.query import (
    Clause,
    DateValue,
    Include,
    MissingValue,
    NumberValue,
    ParamType,
    Prefix,
    QuantityValue,
    Query,
    ReferenceValue,
    Sort,
    StringValue,
    TokenValue,
    UriValue,
)
from hub.store.rows import NewVersion


def found(world, param, type_, *values, modifier=None, resource="Observation"):
    return set(world.ids(resource, Clause(param, type_, values, modifier)))


def test_tokens(world):
    world.put("Observation/a", TokenEntry("code", "loinc", "1"), TokenEntry("code", "snomed", "9"))
    world.put("Observation/b", TokenEntry("code", "", "1"))
    world.put("Observation/c", TokenEntry("code", "loinc", "2"))
    world.put("Observation/d", TokenEntry("category", "loinc", "1"))
    world.put("Condition/e", TokenEntry("code", "loinc", "1"))

    def code(*values, modifier=None):
        return found(world, "code", ParamType.TOKEN, *(TokenValue(*value) for value in values), modifier=modifier)

    assert code((None, "1")) == {"a", "b"}
    assert code(("loinc", "1")) == {"a"}
    assert code(("", "1")) == {"b"}
    assert code(("loinc", None)) == {"a", "c"}
    assert code(("snomed", "1")) == set()
    assert code(("unheard", "1")) == set()
    assert code(("loinc", "2"), ("", "1")) == {"b", "c"}
    assert code(("loinc", "1"), modifier="not") == {"b", "c", "d"}
    assert code((None, "1"), ("loinc", "2"), modifier="not") == {"d"}
    assert code(("unheard", "1"), modifier="not") == {"a", "b", "c", "d"}


def test_strings(world):
    for id_, text in (("a", "Zoë"), ("b", "Zoey"), ("c", "McZoe"), ("d", "zoë"), ("e", "Z%_")):
        world.put(f"Patient/{id_}", StringEntry("name", text, text.lower().replace("ë", "e")), StringEntry("name", "Zoo", "zoo"))

    def name(text, modifier=None):
        value = StringValue(text, text.lower().replace("ë", "e"))
        return found(world, "name", ParamType.STRING, value, modifier=modifier, resource="Patient")

    assert name("ZOE") == {"a", "b", "d"}
    assert name("Zoë", "exact") == {"a"}
    assert name("oe", "contains") == {"a", "b", "c", "d"}
    assert name("%_", "contains") == {"e"}
    assert name("%") == set()
    assert name("zo") == {"a", "b", "c", "d", "e"}  # every one once, although two of its names match
    assert len(world.ids("Patient", Clause("name", ParamType.STRING, (StringValue("z", "z"),)))) == 5


def test_references(world):
    world.put("Observation/a", ReferenceEntry("subject", "Patient", "x"))
    world.put("Observation/b", ReferenceEntry("subject", "Group", "x"))
    world.put("Observation/c", ReferenceEntry("subject", uri="http://else/Patient/x"))
    world.put("Observation/d", ReferenceEntry("subject", "Patient", "y", system="nhs", value="999"))
    world.put("Observation/e", ReferenceEntry("subject", system="mrn", value="999"))
    world.put("Observation/f", ReferenceEntry("subject", uri="x"))

    def subject(*values, modifier=None):
        return found(world, "subject", ParamType.REFERENCE, *values, modifier=modifier)

    assert subject(ReferenceValue("Patient", "x")) == {"a"}
    assert subject(ReferenceValue(None, "x")) == {"a", "b"}
    assert subject(ReferenceValue(None, "x"), modifier="Group") == {"b"}
    assert subject(ReferenceValue(None, None, "http://else/Patient/x")) == {"c"}
    assert subject(ReferenceValue("Patient", "x"), ReferenceValue("Patient", "y")) == {"a", "d"}
    assert subject(TokenValue("nhs", "999"), modifier="identifier") == {"d"}
    assert subject(TokenValue(None, "999"), modifier="identifier") == {"d", "e"}
    assert subject(MissingValue(missing=True)) == set()
    assert subject(ReferenceValue("Unheard", "x")) == set()


def test_missing(world):
    world.put("Patient/a", TokenEntry("gender", "", "male"), ReferenceEntry("gp", system="ods", value="B1"))
    world.put("Patient/b", DateEntry("birthdate", 0, 1), ReferenceEntry("gp", "Organization", "o"))
    for param, type_, here in (("gender", ParamType.TOKEN, "a"), ("birthdate", ParamType.DATE, "b"), ("unheard", ParamType.STRING, "")):
        assert found(world, param, type_, MissingValue(missing=False), modifier="missing", resource="Patient") == set(here)
        assert found(world, param, type_, MissingValue(missing=True), modifier="missing", resource="Patient") == {"a", "b"} - set(here)
    assert found(world, "gp", ParamType.REFERENCE, MissingValue(missing=False), modifier="missing", resource="Patient") == {"a", "b"}


def test_uris(world):
    world.put("ValueSet/a", UriEntry("url", "http://a"))
    world.put("ValueSet/b", UriEntry("url", "http://a/b"))
    assert found(world, "url", ParamType.URI, UriValue("http://a"), resource="ValueSet") == {"a"}
    assert found(world, "url", ParamType.URI, UriValue("http://A"), resource="ValueSet") == set()


def test_numbers_and_quantities(world):
    for id_, value, unit in (("a", 36.5, "Cel"), ("b", 36.6, "Cel"), ("c", 36.5, "degF"), ("d", 36.4, "Cel")):
        world.put(f"Observation/{id_}", QuantityEntry("value", value, value, "ucum", unit, f"unit {unit}"), NumberEntry("n", value, value))
    world.put("Observation/r", QuantityEntry("value", 36.6, float("inf"), "", "", "Cel"))
    exact = NumberValue(Prefix.EQ, 36.45, 36.55)

    def value(number, system=None, code=None):
        return found(world, "value", ParamType.QUANTITY, QuantityValue(number, system, code))

    assert value(exact) == {"a", "c"}
    assert value(exact, "ucum", "Cel") == {"a"}
    assert value(exact, "ucum", None) == {"a", "c"}
    assert value(exact, "snomed", "Cel") == set()
    assert value(exact, None, "Cel") == {"a"}
    assert value(exact, None, "unit degF") == {"c"}
    assert value(exact, "", "Cel") == {"a"}
    at = NumberValue
    assert value(at(Prefix.GT, 36.5, 36.5), None, "Cel") == {"b", "r"}
    assert value(at(Prefix.GE, 36.5, 36.5)) == {"a", "b", "c", "r"}
    assert value(at(Prefix.LT, 36.5, 36.5)) == {"d"}
    assert value(at(Prefix.LE, 36.5, 36.5)) == {"a", "c", "d"}
    assert value(at(Prefix.SA, 36.5, 36.5)) == {"b", "r"}
    assert value(at(Prefix.EB, 36.5, 36.5)) == {"d"}
    assert value(at(Prefix.NE, 36.45, 36.55)) == {"b", "d", "r"}
    assert value(at(Prefix.AP, 33.0, 36.45)) == {"d"}
    assert found(world, "n", ParamType.NUMBER, at(Prefix.LT, 36.5, 36.5), at(Prefix.GT, 36.5, 36.5)) == {"b", "d"}


def test_id_and_last_updated(world):
    micro = 1_000_000
    base = int(world.now.timestamp()) * micro
    for number, id_ in enumerate("abc"):
        world.put(f"Patient/{id_}", updated=world.at(number))

    def ids(*codes, modifier=None):
        return found(world, "_id", ParamType.TOKEN, *(TokenValue(None, code) for code in codes), modifier=modifier, resource="Patient")

    def updated(prefix, low, high):
        return found(world, "_lastUpdated", ParamType.DATE, DateValue(prefix, base + low * micro, base + high * micro), resource="Patient")

    assert ids("a", "c", "x") == {"a", "c"}
    assert ids("a", modifier="not") == {"b", "c"}
    expected = {"eq": "b", "ne": "ac", "gt": "c", "sa": "c", "lt": "a", "eb": "a", "ge": "bc", "le": "ab", "ap": "b"}
    assert {prefix.value: "".join(sorted(updated(prefix, 1, 2))) for prefix in Prefix} == expected


def test_clauses_are_all_to_hold(world):
    for number in range(12):
        parts = [TokenEntry("code", "l", str(number % 2)), ReferenceEntry("subject", "Patient", str(number % 3))]
        world.put(f"Observation/{number}", *parts, DateEntry("date", number, number + 1))
    clauses = [
        Clause("code", ParamType.TOKEN, (TokenValue("l", "0"),)),
        Clause("subject", ParamType.REFERENCE, (ReferenceValue("Patient", "0"),)),
        Clause("date", ParamType.DATE, (DateValue(Prefix.GE, 6, 7),)),
        Clause("status", ParamType.TOKEN, (TokenValue(None, "x"),), "not"),
    ]
    for order in (clauses, clauses[::-1]):
        assert world.ids("Observation", *order) == ["6"]
    assert world.ids("Observation", *clauses[:2]) == ["6", "0"]
    assert world.ids("Observation", clauses[0], clauses[3], count=2) == ["10", "8"]


def pages(world, type_, *clauses, **options):
    """All pages of a search, joined; each must say whether there is another."""
    ids, after = [], None
    for _ in range(100):
        page = world.search(type_, *clauses, after=after, **options)
        assert len(page.matches) <= options["count"]
        ids += [version.id for version in page.matches]
        after = page.after
        if after is None:
            return ids
        assert len(page.matches) == options["count"]
    raise AssertionError


@pytest.mark.parametrize("count", [1, 2, 3, 100])
def test_pages_join_to_the_whole_in_order(world, count):
    rows = {"a": (3, "x"), "b": (1, "y"), "c": (None, "x"), "d": (1, "x"), "e": (None, None), "f": (2, "y")}
    for id_, (date, family) in rows.items():
        entries = [DateEntry("date", date, date + 1), DateEntry("date", date + 10, date + 11)] if date else []
        world.put(f"Patient/{id_}", *entries, *([StringEntry("family", family, family)] if family else []), updated=world.at(ord(id_) % 3))
    date, down = Sort("date", ParamType.DATE), Sort("date", ParamType.DATE, descending=True)
    family = Sort("family", ParamType.STRING)

    def joined(*sort):
        return "".join(pages(world, "Patient", sort=sort, count=count))

    assert joined() == "fedcba"
    assert joined(date) == "bdface"
    assert joined(down) == "afdbec"
    assert joined(family, down) == "adcfbe"
    assert joined(down, family) == "afdbce"
    assert joined(Sort("_id", ParamType.TOKEN)) == "abcdef"
    assert joined(Sort("_id", ParamType.TOKEN, descending=True)) == "fedcba"
    assert joined(Sort("_lastUpdated", ParamType.DATE)) == "cfadbe"
    assert joined(Sort("_lastUpdated", ParamType.DATE, descending=True)) == "ebdafc"
    assert joined(family, Sort("_id", ParamType.TOKEN, descending=True)) == "dcafbe"
    assert joined(Sort("unheard", ParamType.NUMBER), Sort("_id", ParamType.TOKEN)) == "abcdef"


def test_an_update_between_pages_neither_repeats_nor_skips(world):
    for id_ in "abcd":
        world.put(f"Patient/{id_}")
    first = world.search("Patient", count=2)
    world.put("Patient/a", version=2)
    world.put("Patient/d", version=2)
    rest = world.search("Patient", count=2, after=first.after)
    assert [version.id for version in (*first.matches, *rest.matches)] == ["d", "c", "b", "a"]


def test_totals_are_counted_when_asked(world):
    for id_ in "abcde":
        world.put(f"Patient/{id_}", TokenEntry("gender", "", "female"), StringEntry("name", id_, id_), StringEntry("name", "x", "x"))
    gender = Clause("gender", ParamType.TOKEN, (TokenValue(None, "female"),))
    assert world.search("Patient", gender).total is None
    page = world.search("Patient", gender, total=True, count=2)
    assert (page.total, len(page.matches)) == (5, 2)
    assert world.search("Patient", gender, total=True, count=2, after=page.after).total == 5
    page = world.search("Patient", gender, total=True, count=0)
    assert (page.total, page.matches, page.after) == (5, (), None)
    by_name = Clause("name", ParamType.STRING, (StringValue("", ""),))
    assert world.search("Patient", by_name, total=True, count=1).total == 5
    assert world.search("Patient", by_name, total=True, count=9).total == 5


def test_includes_bring_what_is_referred_to_once(world):
    world.put("Patient/p", ReferenceEntry("gp", "Practitioner", "d"))
    world.put("Practitioner/d")
    world.put("Group/g")
    for id_ in ("a", "b"):
        world.put(f"Observation/{id_}", ReferenceEntry("subject", "Patient", "p"), ReferenceEntry("performer", "Practitioner", "d"))
    world.put(
        "Observation/c",
        ReferenceEntry("subject", "Group", "g"),
        ReferenceEntry("subject", "Patient", "gone"),
        ReferenceEntry("part", "Observation", "a"),
    )

    def included(type_, *includes):
        return [f"{version.type}/{version.id}" for version in world.search(type_, includes=includes).included]

    assert set(included("Observation", Include("Observation", "subject"))) == {"Patient/p", "Group/g"}
    assert included("Observation", Include("Observation", "subject", "Patient")) == ["Patient/p"]
    assert included("Observation", Include("Observation", "performer"), Include("Observation", "*")) == [
        "Practitioner/d",
        *included("Observation", Include("Observation", "subject")),
    ]
    assert included("Observation", Include("Observation", "part")) == []  # it matches anyway
    assert included("Observation", Include("Patient", "gp")) == []
    assert set(included("Patient", Include("Observation", "subject", reverse=True))) == {"Observation/a", "Observation/b"}
    assert included("Patient", Include("Observation", "performer", reverse=True)) == []
    assert included("Patient", Include("Observation", "subject", "Group", reverse=True)) == []
    assert included("Group", Include("Observation", "*", reverse=True)) == ["Observation/c"]
    assert set(included("Practitioner", Include("Patient", "gp", reverse=True), Include("Observation", "performer", "Practitioner", reverse=True))) == {
        "Patient/p", "Observation/a", "Observation/b",
    }  # fmt: skip


def test_what_was_deleted_is_not_included(world):
    world.put("Patient/p")
    world.put("Observation/a", ReferenceEntry("subject", "Patient", "p"))
    world.put("Observation/b", ReferenceEntry("subject", "Patient", "p"))
    world.put("Observation/b", version=2, deleted=True, body=b"")
    subject = Include("Observation", "subject")
    backwards = Include("Observation", "subject", reverse=True)
    assert [version.id for version in world.search("Patient", includes=(backwards,)).included] == ["a"]
    assert [version.id for version in world.search("Observation", includes=(subject,)).included] == ["p"]
    world.put("Patient/p", version=2, deleted=True, body=b"")
    assert world.search("Observation", includes=(subject,)).included == ()


@pytest.mark.parametrize(
    "clause",
    [
        Clause("code-value", ParamType.COMPOSITE, (TokenValue(None, "x"),)),
        Clause("near", ParamType.SPECIAL, (TokenValue(None, "x"),)),
        Clause("code", ParamType.TOKEN, (TokenValue(None, "x"),), "below"),
        Clause("code", ParamType.TOKEN, (TokenValue(None, "x"), MissingValue(missing=True))),
        Clause("_lastUpdated", ParamType.DATE, (TokenValue(None, "x"),)),
        Clause("_id", ParamType.TOKEN, (DateValue(Prefix.EQ, 0, 1),)),
    ],
)
def test_what_the_store_cannot_search_is_refused(world, clause):
    with pytest.raises(StoreError):
        world.search("Observation", clause)


def test_a_keyset_of_another_search_is_refused(world):
    with pytest.raises(StoreError):
        world.search("Patient", after=("x", 3))


def test_a_work_searches_what_it_wrote(world):
    def work(tx):
        tx.put(NewVersion(world.version("Patient/p"), (TokenEntry("gender", "", "female"),)))
        return tx.search(world.system, Query("Patient", (Clause("gender", ParamType.TOKEN, (TokenValue(None, "female"),)),)))

    assert [version.id for version in world.submit(work).matches] == ["p"]
