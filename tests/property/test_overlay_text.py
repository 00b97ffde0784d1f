"""What a site writes: any `segment` and `overlay` block is read and formatted without loss, and any text over a map ends in an answer."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from hub.core.rendering import render_diagnostic
from hub.mapping.functions import REGISTRY
from hub.mapping.mapset import load
from hub.mapping.parse.formatting import format_map
from hub.mapping.parse.parser import parse_map_file
from tests.without_spans import without_spans

BASE = """\
map pid : v2 PID <-> fhir Patient
  param nation : string = GB
  birth  PID-7 <-> birthDate
  sex    PID-8 <-> gender
  keep PID-22 because "no place"

map adt : v2 ADT_A01 <-> fhir Bundle
  patient PID <-> Patient by pid
  each INSURANCE where IN1-1 present
    cover IN1 <-> Coverage by in1
"""
TEXTS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1, max_size=20).map(
    lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\u2028", " ") + '"'
)
REASONS = TEXTS.filter(lambda text: text[1:-1].strip() != "")
ROWS = st.sampled_from(["birth", "sex", "alive", "patient", "cover", "more", "given", "row"])
NATIONS = st.sampled_from(["FR", "DE", '"X Y"'])
BLANKS = st.integers(1, 3).map(lambda count: " " * count)


@st.composite
def segments(draw: st.DrawFn) -> str:
    name = "Z" + draw(st.text("ABC123", min_size=2, max_size=2))
    numbers = draw(st.lists(st.integers(1, 999), unique=True, max_size=4))
    types = st.sampled_from(["ST", "CWE", "CX[*]", "TS", "XPN[*]"])
    lines = [f"segment{draw(BLANKS)}{name}{draw(BLANKS)}{draw(TEXTS)}"]
    return "\n".join([*lines, *(f"  {number}{draw(BLANKS)}{draw(types)}{draw(BLANKS)}{draw(TEXTS)}" for number in numbers)])


@st.composite
def overlay_lines(draw: st.DrawFn, margin: str, rows: list[str]) -> list[str]:
    lines = []
    for name in rows:
        row = draw(
            st.sampled_from(["PID-7 <-> birthDate", "ZPI-2[*].1 <-> identifier[*].value or skip", "PID-8 <-> gender   when PID-7 present"])
        )
        lines.append(f"{margin}{name}{draw(BLANKS)}{row}")
    if draw(st.booleans()):
        lines.append(f"{margin}{draw(st.sampled_from(['drop', 'keep']))} PID-22, ZPJ{draw(BLANKS)}because {draw(REASONS)}")
    return lines


@st.composite
def overlays(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from(["pid", "adt", "nothing"]))
    used = draw(st.lists(ROWS, unique=True, max_size=6))
    dropped, placed, inner = used[:2], used[2:4], used[4:]
    lines = [f"overlay{draw(BLANKS)}{name}"]
    if draw(st.booleans()):
        lines.append(f"  param{draw(BLANKS)}nation={draw(NATIONS)}")
    lines += [f"  drop{draw(BLANKS)}row {row} because {draw(REASONS)}" for row in dropped]
    lines += draw(overlay_lines("  ", placed))
    body = draw(overlay_lines("    ", inner))
    lines += ["  each INSURANCE", *body] if body else []
    return "\n".join(lines)


@st.composite
def site_files(draw: st.DrawFn) -> str:
    return "\n\n".join(draw(st.lists(st.one_of(segments(), overlays()), min_size=1, max_size=3))) + "\n"


@given(site_files())
def test_formatting_changes_no_overlay_and_no_segment(text: str) -> None:
    file, diagnostics = parse_map_file("m.map", text)
    assert [each.detail for each in diagnostics if each.is_error] == []
    formatted = format_map("m.map", text)
    assert isinstance(formatted, str)
    assert without_spans(parse_map_file("m.map", formatted)[0]) == without_spans(file)
    assert format_map("m.map", formatted) == formatted
    assert format_map("m.map", text.replace("\n", "\r\n").join(("\ufeff", ""))) == formatted


@st.composite
def damaged(draw: st.DrawFn) -> str:
    text = draw(site_files())
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        put = draw(
            st.sampled_from(
                ["\n", "\n  ", "\t", '"', "[", "]", "=", ":", "<->", "->", "drop row", "overlay pid", "segment", "each", "\x00", "$"]
            )
        )
        text = text[:at] + put + text[draw(st.integers(at, min(len(text), at + 20))) :]
    return text


@given(damaged(), damaged())
@example("overlay", "segment")
@example("segment ZPI", "overlay pid\n  each\n")
@example('segment ZP\u2028 "a"\n  1 ST[*] "b" c\n', "overlay a\n  drop row\n  drop row b\n  param x\n  param x :\n")
@example('overlay pid\n  drop row birth because "a"\n  drop row birth because "b"\n', "")
def test_any_two_files_of_a_site_end_in_an_answer(one: str, other: str) -> None:
    texts = {"base.map": BASE, "local/one.map": one, "local/source/other.map": other}
    loaded = load(texts, {}, REGISTRY)
    for diagnostic in loaded.diagnostics:
        assert diagnostic.span is None or diagnostic.span.file in texts
        assert render_diagnostic(diagnostic, texts)
    known = {"pid", "adt"}
    assert known <= set(loaded.program.maps)
    for file in loaded.files:
        assert file.path in texts
