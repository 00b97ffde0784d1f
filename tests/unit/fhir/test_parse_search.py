"""Searches from their parameters: every kind of value, modifier and result parameter, and every refusal."""

import pytest

from hub.fhir.search.parse import Parsed, Refused, parse_search
from hub.fhir.search.query import (
    Clause,
    DateValue,
    Include,
    MissingValue,
    NumberValue,
    ParamType,
    Prefix,
    QuantityValue,
    ReferenceValue,
    Sort,
    StringValue,
    TokenValue,
    UriValue,
)
from hub.fhir.search.ranges import date_range
from hub.fhir.search.values import split

BASE = "https://hub.example.org/fhir"


def parsed(type_name, *params, **how):
    result = parse_search(type_name, params, **how)
    assert isinstance(result, Parsed), result
    return result


def clause(type_name, name, text):
    (found,) = parsed(type_name, (name, text), base=BASE).query.clauses
    return found


def refused(type_name, *params, **how):
    result = parse_search(type_name, params, **how)
    assert isinstance(result, Refused), result
    return [diagnostic.code.name for diagnostic in result.diagnostics]


@pytest.mark.parametrize(
    ("name", "text", "values"),
    [
        ("code", "8480-6", [TokenValue(None, "8480-6")]),
        ("code", "http://loinc.org|8480-6", [TokenValue("http://loinc.org", "8480-6")]),
        ("code", "|8480-6", [TokenValue("", "8480-6")]),
        ("code", "http://loinc.org|", [TokenValue("http://loinc.org", None)]),
        ("code", "a,b|c,d", [TokenValue(None, "a"), TokenValue("b", "c"), TokenValue(None, "d")]),
        ("code", r"a\,b,c\|d\$\\", [TokenValue(None, "a,b"), TokenValue(None, "c|d$\\")]),
        ("value-string", "Très Haut", [StringValue("Très Haut", "tres haut")]),
        ("date", "2026-02", [DateValue(Prefix.EQ, *date_range("2026-02"))]),
        ("date", "ge2026-02-01T10:00:00+01:00", [DateValue(Prefix.GE, *date_range("2026-02-01T09:00:00Z"))]),
        ("date", "2026-02-01T10:00", [DateValue(Prefix.EQ, *date_range("2026-02-01T10:00Z"))]),
        ("date", "lt2026,sa2027", [DateValue(Prefix.LT, *date_range("2026")), DateValue(Prefix.SA, *date_range("2027"))]),
        ("subject", "Patient/p1", [ReferenceValue("Patient", "p1")]),
        ("subject", "p1", [ReferenceValue(None, "p1")]),
        ("subject", f"{BASE}/Patient/p1", [ReferenceValue("Patient", "p1")]),
        ("subject", "https://other.example.org/Patient/p1", [ReferenceValue(None, None, "https://other.example.org/Patient/p1")]),
        ("subject", "urn:uuid:1", [ReferenceValue(None, None, "urn:uuid:1")]),
        ("patient", "p1", [ReferenceValue("Patient", "p1")]),  # it leads nowhere else
        ("value-quantity", "5.4", [QuantityValue(NumberValue(Prefix.EQ, 5.35, 5.45), None, None)]),
        ("value-quantity", "5.40|http://unitsofmeasure.org|mg", [QuantityValue(NumberValue(Prefix.EQ, 5.395, 5.405), "http://unitsofmeasure.org", "mg")]),
        ("value-quantity", "gt5.4||mg", [QuantityValue(NumberValue(Prefix.GT, 5.4, 5.4), None, "mg")]),
        ("value-quantity", "ap100", [QuantityValue(NumberValue(Prefix.AP, 90.0, 110.0), None, None)]),
        ("value-quantity", "le-1e2", [QuantityValue(NumberValue(Prefix.LE, -100.0, -100.0), None, None)]),
        ("_id", "a,b", [TokenValue(None, "a"), TokenValue(None, "b")]),
        ("_lastUpdated", "gt2026-01-01", [DateValue(Prefix.GT, *date_range("2026-01-01"))]),
        ("_tag", "https://example.org|x", [TokenValue("https://example.org", "x")]),
        ("_profile", "https://example.org/a", [UriValue("https://example.org/a")]),
    ],
)  # fmt: skip
def test_values(name, text, values):
    found = clause("Observation", name, text)
    assert list(found.values) == values
    assert (found.param, found.modifier) == (name, None)


def test_numbers():
    assert clause("RiskAssessment", "probability", "0.50") == Clause(
        "probability", ParamType.NUMBER, (NumberValue(Prefix.EQ, 0.495, 0.505),)
    )


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("subject:missing", "true", MissingValue(missing=True)),
        ("date:missing", "false", MissingValue(missing=False)),
        ("code:not", "a|b", TokenValue("a", "b")),
        ("value-string:exact", "Zoë", StringValue("Zoë", "zoe")),
        ("value-string:contains", "oë", StringValue("oë", "oe")),
        ("subject:identifier", "s|v", TokenValue("s", "v")),
        ("subject:Patient", "p1", ReferenceValue("Patient", "p1")),
        ("subject:Patient", "Patient/p1", ReferenceValue("Patient", "p1")),
    ],
)
def test_modifiers(name, text, value):
    found = clause("Observation", name, text)
    assert found.values == (value,)
    assert found.modifier == name.partition(":")[2]


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("colour", "red", "F101"), ("Status", "final", "F101"), ("_filter", "x", "F101"), ("", "x", "F101"),
        ("code:text", "x", "F102"), ("code:in", "x", "F102"), ("date:exact", "2026", "F102"), ("value-string:not", "x", "F102"),
        ("subject:Practitioner", "x", "F102"), ("subject:Nothing", "x", "F102"),
        ("date", "yesterday", "F103"), ("date", "", "F103"), ("date", "2026-02-30", "F103"), ("date", "xx2026", "F103"), ("date", "2026,", "F103"),
        ("code", "", "F103"), ("code", "|", "F103"), ("code", "a|b|c", "F103"), ("code", "a,,b", "F103"), ("code", ",".join(["a"] * 501), "F103"),
        ("subject", "a b", "F103"), ("subject", "", "F103"), ("subject:Patient", "Device/d", "F103"), ("subject:missing", "maybe", "F103"),
        ("subject:identifier", "", "F103"), ("value-string", " ", "F103"), ("_profile", "", "F103"),
        ("value-quantity", "much", "F103"), ("value-quantity", "5|mg", "F103"), ("value-quantity", "1e999", "F103"), ("value-quantity", "NaN", "F103"),
        ("patient.name", "x", "F104"), ("subject:Patient.name", "x", "F104"), ("_has:Provenance:target:agent", "x", "F104"),
        ("code-value-quantity", "a$b", "F104"), ("_include:iterate", "Observation:subject", "F104"), ("_include", "*", "F104"), ("_include", "Observation:*", "F104"),
        ("_count", "-1", "F105"), ("_count", "many", "F105"), ("_count", "", "F105"), ("_count", "٣", "F105"), ("_total", "maybe", "F105"), ("_summary", "yes", "F105"),
        ("_include", "Patient:organization", "F105"), ("_include", "Observation:code", "F105"), ("_include", "Observation:subject:Practitioner", "F105"),
        ("_include", "subject", "F105"), ("_revinclude", "Encounter:service-provider", "F105"), ("_revinclude", "Nothing:x", "F105"), ("_elements", "colour", "F105"), ("_elements", "", "F105"),
        ("_sort", "colour", "F106"), ("_sort", "", "F106"), ("_sort", "code-value-quantity", "F106"), ("_sort", "--date", "F106"),
    ],
)  # fmt: skip
def test_refusals(name, text, code):
    assert refused("Observation", (name, text)) == [code]


def test_special_parameters_are_not_searched_yet():
    assert refused("Location", ("near", "53.6|-1.8")) == ["F104"]


def test_everything_wrong_is_said_at_once():
    assert refused("Patient", ("colour", "red"), ("birthdate", "x"), ("_count", "x"), ("name", "ok")) == ["F101", "F103", "F105"]


def test_a_refusal_lists_what_there_is_and_shows_no_value():
    result = parse_search(
        "Patient",
        [
            ("colour", "Zanzibar"),
            ("birthdate", "Zanzibar"),
            ("_sort", "Zanzibar"),
            ("Zanzi bar", "x"),
            ("name:Zanzibar", "x"),
            ("_elements", "Zanzibar"),
        ],
    )
    assert len(result.diagnostics) == 6
    assert "birthdate" in result.diagnostics[0].detail
    assert "Zanzi" not in repr(result.diagnostics)


def test_lenient_leaves_out_only_what_is_unknown():
    result = parsed("Patient", ("colour", "red"), ("name", "x"), ("_format", "json"), strict=False)
    assert result.used == (("name", "x"), ("_format", "json"))
    assert len(result.query.clauses) == 1
    assert refused("Patient", ("colour", "red"), ("birthdate", "x"), strict=False) == ["F103"]
    assert refused("Patient", ("organization.name", "x"), strict=False) == ["F104"]


def test_result_parameters():
    query = parsed(
        "Observation",
        ("_count", "5"), ("_sort", "-date,_id"), ("_total", "accurate"), ("_summary", "data"), ("_elements", "status,value,code"),
        ("_include", "Observation:subject"), ("_include", "Observation:subject:Patient"), ("_revinclude", "Provenance:target"),
    ).query  # fmt: skip
    assert query.count == 5
    assert query.sort == (Sort("date", ParamType.DATE, descending=True), Sort("_id", ParamType.TOKEN))
    assert (query.total, query.summary, query.elements) == (True, "data", ("status", "value", "code"))
    assert query.includes == (
        Include("Observation", "subject"),
        Include("Observation", "subject", "Patient"),
        Include("Provenance", "target", reverse=True),
    )
    assert query.clauses == ()


@pytest.mark.parametrize(
    ("params", "count", "total", "summary"),
    [
        ([], 20, False, None),
        ([("_count", "100000")], 1000, False, None),
        ([("_count", "0")], 0, True, None),
        ([("_count", "0"), ("_total", "none")], 0, True, None),
        ([("_total", "none")], 20, False, None),
        ([("_total", "estimate")], 20, True, None),
        ([("_summary", "count")], 20, True, "count"),
        ([("_summary", "false")], 20, False, None),
        ([("_format", "json"), ("_pretty", "true"), ("_totalMethod", "count")], 20, False, None),
    ],
)
def test_pages_and_totals(params, count, total, summary):
    query = parsed("Patient", *params).query
    assert (query.count, query.total, query.summary) == (count, total, summary)


def test_a_result_parameter_stands_once():
    assert refused("Patient", ("_count", "1"), ("_count", "2")) == ["F105"]


def test_the_size_of_a_search_is_bounded():
    assert refused("Patient", *[("name", "x")] * 101) == ["F105"]
    assert refused("Patient", ("_sort", ",".join(["_id"] * 20))) == ["F106"]


def test_a_repeated_parameter_narrows():
    query = parsed("Patient", ("birthdate", "ge1950"), ("birthdate", "lt1960")).query
    assert len(query.clauses) == 2


def test_unknown_type_is_the_callers_fault():
    with pytest.raises(KeyError):
        parse_search("Nothing", [])


@pytest.mark.parametrize(
    ("text", "parts"),
    [("", [""]), ("a,b", ["a", "b"]), (r"a\,b,c", [r"a\,b", "c"]), (r"a\\,b", [r"a\\", "b"]), (",", ["", ""]), ("a\\", ["a\\"])],
)
def test_splitting(text, parts):
    assert split(text, ",") == parts
