"""Tables: both lookups, and what is doubtful."""

from hub.mapping.codes.run import AMBIGUOUS_INVERSE, TABLE_HEADINGS, TABLE_LINE, TABLE_TWICE
from hub.mapping.tables import parse_table

HEAD = "source_system,source_code,source_display,arrow,target_system,target_code,target_display,note\n"


def parsed(*lines):
    return parse_table("tables/status.csv", HEAD + "\n".join(lines) + "\n")


def codes(diagnostics):
    return [(each.code, each.span.line) for each in diagnostics]


def test_both_ways():
    table, found = parsed(",F,Final,<->,http://a,final,Final,", ",C,,->,http://a,final,,", ",X,,<-,http://a,gone,,")
    assert found == ()
    assert table.name == "status"
    assert table.any_targets("F")[0].coding == {"system": "http://a", "code": "final", "display": "Final"}
    assert table.any_targets("C")[0].code == "final"
    assert table.any_targets("X") == ()
    assert table.any_source("final").code == "F"
    assert table.any_source("gone").code == "X"


def test_a_system_may_be_written_as_hl7_names_it():
    table, _ = parsed("MDC,149530,,<->,http://loinc.org,8867-4,,")
    assert table.targets("urn:iso:std:iso:11073:10101", "149530")[0].code == "8867-4"
    assert table.targets("http://snomed.info/sct", "149530") == ()


def test_a_line_without_a_system_serves_any():
    table, _ = parsed(",F,,<->,,final,,")
    assert table.targets("http://anything", "F")[0].code == "final"


def test_several_targets_are_several_codings():
    table, _ = parsed("MDC,1,,<->,http://a,x,,", "MDC,1,,->,http://b,y,,")
    assert [each.code for each in table.targets("urn:iso:std:iso:11073:10101", "1")] == ["x", "y"]


def test_two_ways_back_are_ambiguous_and_the_first_is_used():
    table, found = parsed(",A,,<->,,t,,", ",B,,<->,,t,,")
    assert codes(found) == [(AMBIGUOUS_INVERSE, 3)]
    assert table.ambiguous == (("", "t"),)
    assert table.any_source("t").code == "A"


def test_two_ways_back_to_the_same_code_are_one():
    table, found = parsed(",A,one,<->,,t,,", ",A,two,<->,,t,,")
    assert found == ()
    assert table.ambiguous == ()
    assert table.displays["A"] == {"one", "two"}


def test_lines_that_are_none():
    _, found = parsed(",,,<->,,t,,", ",A,,=>,,t,,", ",A,,<->", ",A,,<->,,,,", "", ",A,,->,,t,,", ",A,,->,,t,,")
    assert codes(found) == [(TABLE_LINE, 2), (TABLE_LINE, 3), (TABLE_LINE, 4), (TABLE_LINE, 5), (TABLE_TWICE, 8)]


def test_the_headings_may_stand_in_any_order_after_a_mark():
    table, found = parse_table(
        "t.csv", "\ufeffarrow,note,source_code,source_system,source_display,target_code,target_system,target_display\n<->,,A,,,b,,\n"
    )
    assert found == ()
    assert table.any_targets("A")[0].code == "b"


def test_wrong_headings():
    for text in ("", "a,b,c\n", HEAD.replace("note", "notes")):
        table, found = parse_table("t.csv", text)
        assert codes(found) == [(TABLE_HEADINGS, 1)]
        assert table.lines == ()


def test_quotes_and_commas():
    table, _ = parsed(',A,"one, two",<->,,b,"three ""four""",')
    assert table.any_targets("A")[0].display == 'three "four"'
