"""Text of maps: any text ends in an answer, spans lie in the text, and formatting changes no map."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from hub.core.rendering import render_diagnostic
from hub.mapping.parse.formatting import format_map
from hub.mapping.parse.parser import parse_map_file
from tests.without_spans import without_spans

MAP = """\
-- A map with one of everything
map obx : v2 OBX, OBR <-> fhir Observation
  versions 2.3..2.8
  param status : code = final
  given time : TS

  let kind = OBX-2 or value_type(OBX-5, OBX-6) because "OBX-2 is empty"
  code   OBX-3[*].1.2 <-> code:sct.coding[*].code   table device_codes agreeing   -- agreed
  status OBX-11 <-> status  table observation_status
                            else final because "absent before 2.3"
  number MEMBER[OBX-3.1 = 150021].OBX-5 or "x" <- valueQuantity   by measured_number   when $kind = NM   because "so"
  each PATIENT.OBSERVATION tree OBX-4 where OBX-3 present
    one OBX-5 <-> extension("https://a/b").valueCode with subject = patient, use = "x" giving t = OBR-7 in report.result
        key OBR-3, OBX-3.1 as merge or skip when OBX-11 not in (X, U)
  drop OBX-1, NTE because "the position"

test "a pulse" of obx
  given time = 20260101
  v2   OBX|8|NM|149530^MDC||71
  fhir {"status": "final",
        "value": [1, 2.50]}
  round trip exact
"""
PIECES = [
    "\n",
    "\n  ",
    "\n    ",
    "\t",
    "\r\n",
    '"',
    "\\",
    "(",
    ")",
    "[",
    "]",
    ".",
    ",",
    ":",
    "=",
    "!=",
    "$",
    "--",
    "<->",
    "->",
    "<-",
    "|",
    "{",
    "}",
]
WORDS = [
    "map",
    "test",
    "each",
    "let",
    "drop",
    "when",
    "or",
    "or skip",
    "because",
    'because "x"',
    "PID-3",
    "name[*]",
    "x",
    "\x00",
    "ä",
    "\ufeff",
    "\u2028",
]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """The map above with a few pieces taken out, put in or doubled."""
    text = MAP
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(text)))
        end = at + draw(st.integers(0, 30))
        put = draw(st.sampled_from([*PIECES, *WORDS, text[at:end]]))
        text = text[:at] + put + text[draw(st.sampled_from([at, end])) :]
    return text


@st.composite
def arranged(draw: st.DrawFn) -> str:
    """The lines of the map with other blanks between the words, and blank lines and comments between them."""
    lines = []
    for line in MAP.split("\n"):
        lines += draw(st.lists(st.sampled_from(["", "-- a remark", "   -- a remark further in"]), max_size=2)) if "{" not in line else []
        if line.lstrip().startswith(("v2", "fhir", '"value', "test")) or not line.strip():
            lines.append(line)
        else:
            indent = len(line) - len(line.lstrip())
            lines.append(" " * indent + (" " * draw(st.integers(1, 4))).join(line.split()))
    return "\n".join(lines)


def assert_well_reported(text: str) -> None:
    _, diagnostics = parse_map_file("m.map", text)
    lines = text.removeprefix("\ufeff").split("\n")
    places = []
    for diagnostic in diagnostics:
        assert diagnostic.span is not None
        for span in (diagnostic.span, *(note.span for note in diagnostic.notes)):
            assert 1 <= span.line <= len(lines)
            assert 1 <= span.column <= len(lines[span.line - 1]) + 1
            assert span.length >= 1
            assert span.column + span.length <= len(lines[span.line - 1]) + 2
        places.append((diagnostic.span.line, diagnostic.span.column))
        assert render_diagnostic(diagnostic, {"m.map": text})
    assert places == sorted(places)
    assert len(places) <= 21


def test_the_map_of_these_tests_has_no_mistake() -> None:
    assert parse_map_file("m.map", MAP)[1] == ()


@given(st.text())
@example("\r")
@example("map")
@example("\xa0")
@example("test")
@example(" x")
@example("map a : v2 A <-> fhir B\n  x <->")
def test_any_text_ends_in_an_answer(text: str) -> None:
    assert_well_reported(text)


@given(mutated())
def test_a_damaged_map_ends_in_an_answer(text: str) -> None:
    assert_well_reported(text)


@given(arranged())
def test_formatting_changes_no_map_and_no_comment_and_once_is_enough(text: str) -> None:
    formatted = format_map("m.map", text)
    assert isinstance(formatted, str)
    assert without_spans(parse_map_file("m.map", formatted)[0]) == without_spans(parse_map_file("m.map", text)[0])
    assert format_map("m.map", formatted) == formatted
    assert formatted.count("-- a remark") == text.count("-- a remark")


@given(mutated())
@example(MAP.replace("extension(", "mapextension("))
def test_formatting_what_can_be_read_changes_no_map(text: str) -> None:
    formatted = format_map("m.map", text)
    if isinstance(formatted, tuple):
        assert any(diagnostic.is_error for diagnostic in formatted)
        return
    assert without_spans(parse_map_file("m.map", formatted)[0]) == without_spans(parse_map_file("m.map", text)[0])
    assert format_map("m.map", formatted) == formatted
