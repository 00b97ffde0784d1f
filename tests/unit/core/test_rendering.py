"""A diagnostic with its line, its carets and the next step."""

from __future__ import annotations

from textwrap import dedent

from hub.core.diagnostics import Code, Diagnostic, Note, Severity, Span
from hub.core.rendering import render_diagnostic

CODE = Code("T001", "one thing is another", "A page.")
TEXT = "map pid : v2 PID <-> fhir Patient\r\n\tnumber  PID-3  ->  identifier\r\n" + "\n" * 8 + "last line\n"


def render(diagnostic: Diagnostic, **texts: str) -> str:
    return render_diagnostic(diagnostic, {"a.map": TEXT, **{name.replace("_", "."): text for name, text in texts.items()}})


def test_the_line_with_carets_and_the_next_step() -> None:
    diagnostic = Diagnostic(CODE, "CX.1 is optional", Span("a.map", 2, 10, 5), fix="`or skip`")
    assert render(diagnostic) == dedent("""\
        error[T001]: one thing is another
         ┌─ a.map:2:10
        2│  number  PID-3  ->  identifier
         │          ^^^^^ CX.1 is optional
         = fix: `or skip`""")


def test_a_second_place_in_the_line_one_further_down_and_one_elsewhere() -> None:
    notes = (
        Note(Span("b.map", 1, 1, 2), "declared here"),
        Note(Span("a.map", 11, 6, 4), "and here"),
        Note(Span("a.map", 2, 21, 10), "1..1"),
    )
    diagnostic = Diagnostic(CODE, "optional", Span("a.map", 2, 10, 5), notes=notes)
    assert render(diagnostic, b_map="ab") == dedent("""\
        error[T001]: one thing is another
          ┌─ a.map:2:10
         2│  number  PID-3  ->  identifier
          │          ^^^^^ optional
          │                     ---------- 1..1
          ·
        11│ last line
          │      ---- and here
          ┌─ b.map:1:1
         1│ ab
          │ -- declared here""")


def test_a_place_in_a_message_and_no_file() -> None:
    warning = Code("T002", "a default was used", "", Severity.WARNING)
    assert render(Diagnostic(warning, "absent", place="OBX[3]-11")) == dedent("""\
        warning[T002]: a default was used
          = absent
          = at: OBX[3]-11""")


def test_a_file_whose_text_is_not_there() -> None:
    assert render(Diagnostic(CODE, "wrong", Span("gone.map", 7, 3))) == "error[T001]: one thing is another\n ┌─ gone.map:7:3\n │ wrong"


def test_a_long_line_is_cut_around_its_place() -> None:
    text = "x" * 5000 + "HERE" + "y" * 5000
    rendered = render_diagnostic(Diagnostic(CODE, "so", Span("l.map", 1, 5001, 4)), {"l.map": text})
    line, carets = rendered.split("\n")[2:4]
    assert len(line) < 130
    assert line.index("HERE") == carets.index("^^^^")


def test_carets_stand_under_wide_letters() -> None:
    rendered = render_diagnostic(Diagnostic(CODE, "so", Span("w.map", 1, 3, 1)), {"w.map": "東京x"})
    assert rendered.split("\n")[3] == " │     ^ so"


def test_nothing_reaches_the_terminal_that_it_would_obey() -> None:
    rendered = render_diagnostic(Diagnostic(CODE, "so", Span("e.map", 1, 1)), {"e.map": "a\x1b[31m\u202e\x07"})
    assert "\x1b" not in rendered
    assert "\u202e" not in rendered
    assert "\x07" not in rendered


def test_places_outside_the_text_do_no_harm() -> None:
    for span in (Span("a.map", 99, 1), Span("a.map", 1, 500, 3), Span("a.map", 1, 30, 500)):
        assert "^" in render(Diagnostic(CODE, "so", span))
