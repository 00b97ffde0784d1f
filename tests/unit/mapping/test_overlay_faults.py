"""What overlays do at their edges: two of one name, two at one level, what stands in several places. Each line here was once a planted fault."""

from __future__ import annotations

import pytest

from hub.codec.hl7v2 import Message, parse_message
from hub.core.diagnostics import Diagnostic
from hub.mapping.functions import REGISTRY
from hub.mapping.levels import Level, level_of
from hub.mapping.mapset import MapSet, load
from hub.mapping.overlay import apply_overlays
from hub.mapping.parse.parser import parse_map_file
from hub.mapping.syntax import Each, Item, LeftOut, Let, MapFile, Row
from hub.mapping.types.z_segments import datatype_of, is_z_segment

PID = """map pid : v2 PID <-> fhir Patient
  param nation : string = GB
  param town   : string = Keighley
  given time   : TS
  birth    PID-7 <-> birthDate
  sex      PID-8 <-> gender
  keep PID-22, PID-23 because "FHIR has no place"
  drop PID-30 when PID-1 absent because "only then"
"""
ADT = """map adt : v2 ADT_A01 <-> fhir Bundle
  patient PID <-> Patient by pid as merge
  each NK1 where NK1-3.1 = C
    carer NK1 -> Patient by pid because "one way"
  each NK1 where NK1-3.1 = N
    next NK1 -> Patient by pid because "one way"
  each PROCEDURE
    each ROL
      role ROL -> Patient by pid because "one way"
"""
HEADINGS = "source_system,source_code,source_display,arrow,target_system,target_code,target_display,note\n"


def loaded(overlays: dict[str, str], maps: dict[str, str] | None = None, tables: dict[str, str] | None = None) -> MapSet:
    return load({"pid.map": PID, "adt.map": ADT, **(maps or {}), **overlays}, tables or {}, REGISTRY)


def codes(found: MapSet) -> list[tuple[str, str, int]]:
    return [(each.code.name, each.span.file, each.span.line) for each in found.read_diagnostics if each.span]


def body(found: MapSet, name: str = "pid") -> list[str]:
    return [said(item) for item in found.program.maps[name].body]


def said(item: Item) -> str:
    match item:
        case Row():
            return f"{item.name}@{item.span.file}"
        case LeftOut():
            return f"{'keep' if item.kept else 'drop'} {','.join(str(path.field or path.segment) for path in item.paths)}"
        case Let():
            return f"let {item.name}@{item.span.file}"
        case Each():
            return f"each {item.group} [{' '.join(map(said, item.body))}]"


# --- two of one name


def test_of_two_maps_of_a_name_the_first_is_overlaid_and_the_second_left_as_it_is() -> None:
    second = "map pid : v2 PID <-> fhir Patient\n  alive PID-30 <-> deceasedBoolean\n"
    found = loaded({"local/x.map": "overlay pid\n  sex PID-8 <-> gender or skip\n"}, {"z.map": second})
    by_file = {file.path: [[said(item) for item in each.body] for each in file.maps] for file in found.files}
    assert by_file["z.map"] == [["alive@z.map"]]
    assert "sex@local/x.map" in by_file["pid.map"][0]
    assert "sex@local/x.map" in body(found)


def test_of_two_rows_at_one_level_the_first_is_in_force() -> None:
    overlays = {
        "local/a.map": "overlay pid\n  sex PID-8 <-> gender or skip\n",
        "local/b.map": "overlay pid\n  sex PID-8 <-> gender or refuse\n",
    }
    found = loaded(overlays)
    assert codes(found) == [("M302", "local/b.map", 2)]
    assert [each for each in body(found) if each.startswith("sex")] == ["sex@local/a.map"]


def test_a_row_that_is_dropped_and_placed_at_one_level_stays_dropped() -> None:
    drop, place = 'overlay pid\n  drop row sex because "asked"\n', "overlay pid\n  sex PID-8 <-> gender or skip\n"
    found = loaded({"local/a.map": drop, "local/b.map": place})
    assert codes(found) == [("M302", "local/b.map", 2)]
    assert not [each for each in body(found) if each.startswith("sex")]
    assert [each.row.span.file for each in found.dropped] == ["pid.map"]


def test_of_two_drops_at_one_level_the_first_gives_the_reason() -> None:
    text = 'overlay pid\n  drop row sex because "{}"\n'
    found = loaded({"local/a.map": text.format("one"), "local/b.map": text.format("two")})
    assert codes(found) == [("M302", "local/b.map", 2)]
    assert [each.by.because for each in found.dropped] == ["one"]


def test_of_two_defaults_at_one_level_the_first_is_in_force_and_only_of_its_param() -> None:
    found = loaded({"local/a.map": "overlay pid\n  param nation = FR\n", "local/b.map": "overlay pid\n  param nation = DE\n"})
    assert codes(found) == [("M302", "local/b.map", 2)]
    defaults = {each.name: each.default.text for each in found.program.maps["pid"].params if each.default}
    assert defaults == {"nation": "FR", "town": "Keighley"}


@pytest.mark.parametrize("name", ["time", "nation"])
def test_a_param_or_given_that_is_there_is_not_declared_again(name: str) -> None:
    found = loaded({"local/a.map": f"overlay pid\n  param {name} : string = x\n"})
    assert codes(found) == [("M303", "local/a.map", 2)]
    assert [each.name for each in found.program.maps["pid"].params] == ["nation", "town"]


# --- levels


def parsed(files: dict[str, str]) -> list[MapFile]:
    return [parse_map_file(name, text)[0] for name, text in files.items()]


@pytest.mark.parametrize("order", [("local/b.map", "local/a/a.map"), ("local/a/a.map", "local/b.map")])
def test_the_level_decides_and_not_the_order_of_the_files(order: tuple[str, ...]) -> None:
    text = "overlay pid\n  param nation = {}\n  sex PID-8 <-> gender or skip\n".format
    files = {"pid.map": PID, **{name: text("DE" if level_of(name) is Level.SOURCE else "FR") for name in order}}
    effective = apply_overlays(parsed(files))
    (declaration,) = effective.files[0].maps
    assert "sex@local/a/a.map" in [said(item) for item in declaration.body]
    assert [each.default.text for each in declaration.params if each.default] == ["DE", "Keighley"]
    assert effective.diagnostics == ()


# --- tests of overlays


def test_a_test_of_a_map_that_is_not_there_is_told_once() -> None:
    wrong = 'overlay pit\n  sex PID-8 <-> gender\n\ntest "a" of pit\n  v2 PID|1\n  fhir {}\n\ntest "b" of pod\n  v2 PID|1\n  fhir {}\n'
    found = apply_overlays(parsed({"pid.map": PID, "local/a.map": wrong}))
    assert [(each.code.name, each.span.line) for each in found.diagnostics if each.span] == [("M301", 1), ("M301", 8)]


def test_a_test_in_a_file_without_overlays_is_no_matter_of_overlays() -> None:
    text = PID + '\ntest "a" of pod\n  v2 PID|1\n  fhir {}\n'
    assert apply_overlays(parsed({"pid.map": text})).diagnostics == ()


def test_what_is_wrong_is_told_where_nothing_else_is_overlaid() -> None:
    found = loaded({"local/a.map": 'segment ZPI "a"\n  1 ID "b"\n', "local/b.map": 'segment ZPI "a"\n  1 ID "b"\n'})
    assert codes(found) == [("M302", "local/b.map", 1)]


# --- what a map drops or keeps


def test_a_row_that_is_replaced_is_no_longer_dropped_or_kept_of() -> None:
    found = loaded({"local/a.map": "overlay pid\n  sex PID-23 <-> gender\n"})
    assert [each for each in body(found) if each.startswith("keep")] == ["keep 22"]


def test_every_way_of_a_row_to_read_counts() -> None:
    found = loaded({"local/a.map": 'overlay pid\n  sex PID-8 or PID-22 or PID-23 -> gender because "the first"\n'})
    assert not [each for each in body(found) if each.startswith("keep")]


def test_what_is_dropped_under_a_condition_stays_so() -> None:
    found = loaded({"local/a.map": "overlay pid\n  alive PID-30 <-> deceasedBoolean\n"})
    assert "drop 30" in body(found)


# --- each


def test_an_each_says_which_by_its_where() -> None:
    overlay = 'overlay adt\n  each NK1 where NK1-3.1 = {}\n    more NK1 -> Patient by pid because "one way"\n'.format
    assert body(loaded({"local/a.map": overlay("N")}), "adt")[1:3] == [
        "each NK1 [carer@adt.map]",
        "each NK1 [next@adt.map more@local/a.map]",
    ]
    assert body(loaded({"local/a.map": overlay("C")}), "adt")[1:3] == [
        "each NK1 [carer@adt.map more@local/a.map]",
        "each NK1 [next@adt.map]",
    ]
    assert body(loaded({"local/a.map": overlay("X")}), "adt")[-1] == "each NK1 [more@local/a.map]"


@pytest.mark.parametrize("where", ["NK1-3.1 != C", "NK1-3.2 = C"])
def test_another_question_of_an_each_is_another_each(where: str) -> None:
    found = loaded({"local/a.map": f'overlay adt\n  each NK1 where {where}\n    more NK1 -> Patient by pid because "one way"\n'})
    assert body(found, "adt")[-1] == "each NK1 [more@local/a.map]"


def test_of_several_each_the_one_without_a_where_is_meant_by_none() -> None:
    base = 'map adt : v2 ADT_A01 <-> fhir Bundle\n  each NK1 where NK1-3.1 = C\n    carer NK1 -> Patient by pid because "x"\n  each NK1\n    next NK1 -> Patient by pid because "x"\n'
    found = loaded({"local/a.map": 'overlay adt\n  each NK1\n    more NK1 -> Patient by pid because "x"\n'}, {"adt.map": base})
    assert codes(found) == []
    assert body(found, "adt") == ["each NK1 [carer@adt.map]", "each NK1 [next@adt.map more@local/a.map]"]


def test_of_several_each_none_is_chosen() -> None:
    found = loaded({"local/a.map": 'overlay adt\n  each NK1\n    more NK1 -> Patient by pid because "x"\n'})
    assert codes(found) == [("M305", "local/a.map", 2)]
    assert "more@local/a.map" not in " ".join(body(found, "adt"))


def test_an_each_with_one_of_its_group_needs_no_where() -> None:
    base = 'map adt : v2 ADT_A01 <-> fhir Bundle\n  each NK1 where NK1-3.1 = C\n    carer NK1 -> Patient by pid because "x"\n'
    found = loaded({"local/a.map": 'overlay adt\n  each NK1\n    more NK1 -> Patient by pid because "x"\n'}, {"adt.map": base})
    assert body(found, "adt") == ["each NK1 [carer@adt.map more@local/a.map]"]


def test_an_each_further_in_and_a_row_in_it() -> None:
    found = loaded(
        {"local/a.map": 'overlay adt\n  each ROL\n    more ROL -> Patient by pid because "x"\n    role ROL -> Patient by pid because "y"\n'}
    )
    assert codes(found) == []
    assert body(found, "adt")[-1] == "each PROCEDURE [each ROL [role@local/a.map more@local/a.map]]"


def test_a_mistake_further_in_is_told() -> None:
    found = loaded({"local/a.map": "overlay adt\n  each PROCEDURE\n    patient PID <-> Patient by pid\n"})
    assert codes(found) == [("M304", "local/a.map", 3)]


def test_a_row_further_in_is_dropped_and_listed() -> None:
    found = loaded({"local/a.map": 'overlay adt\n  drop row role because "never sent"\n'})
    assert codes(found) == []
    assert [(each.map, each.row.name) for each in found.dropped] == [("adt", "role")]
    assert "PROCEDURE" not in " ".join(body(found, "adt"))


def test_a_let_of_a_known_name_is_there_once() -> None:
    found = loaded({"local/a.map": "overlay pid\n  let who = PID-9.1\n", "local/s/a.map": "overlay pid\n  let who = PID-5.1\n"})
    assert [each for each in body(found) if each.startswith("let")] == ["let who@local/s/a.map"]


# --- tables

LINES = {"tables/t.csv": HEADINGS + ",A,,->,,a,,\n,B,,->,,b,,\n"}


def lines(found: MapSet) -> list[tuple[str, str, str]]:
    table = found.tables["t"]
    return [(line.source.code, line.target.code, line.path or table.path) for line in table.lines]


def test_a_source_goes_before_the_site_in_a_table_whatever_the_files_are_called() -> None:
    tables = {**LINES, "local/x/tables/t.csv": HEADINGS + ",A,,->,,of_source,,\n", "local/z/t.csv": HEADINGS + ",C,,->,,c,,\n"}
    tables["local/tables/t.csv"] = HEADINGS + ",A,,->,,of_site,,\n,B,,->,,of_site,,\n"
    assert lines(loaded({}, None, tables)) == [
        ("A", "of_source", "local/x/tables/t.csv"),
        ("B", "of_site", "local/tables/t.csv"),
        ("C", "c", "local/z/t.csv"),
    ]


def test_several_lines_of_the_base_are_replaced_once() -> None:
    tables = {"tables/t.csv": HEADINGS + ",A,,->,,a,,\n,A,,<-,,aa,,\n,B,,->,,b,,\n", "local/t.csv": HEADINGS + ",A,,->,,x,,\n"}
    assert [line[:2] for line in lines(loaded({}, None, tables))] == [("A", "x"), ("B", "b")]


def test_of_two_packaged_tables_of_a_name_the_last_alone_is_in_force() -> None:
    found = loaded({}, None, {**LINES, "zz/t.csv": HEADINGS + ",A,,->,,other,,\n"})
    assert lines(found) == [("A", "other", "zz/t.csv")]


def test_two_of_one_code_at_one_level_are_a_mistake_and_at_two_levels_none() -> None:
    own = HEADINGS + ",A,,->,,x,,\n"
    assert codes(loaded({}, None, {**LINES, "local/a/t.csv": own, "local/a/tables/t.csv": own})) == [("M302", "local/a/tables/t.csv", 2)]
    assert codes(loaded({}, None, {"local/a/t.csv": own, "local/a/tables/t.csv": own})) == [("M302", "local/a/tables/t.csv", 2)]
    assert codes(loaded({}, None, {**LINES, "local/t.csv": own, "local/a/tables/t.csv": own})) == []
    assert codes(loaded({}, None, {"local/t.csv": own, "local/a/tables/t.csv": own})) == []


@pytest.mark.parametrize("wrong", ["tables/t.csv", "local/t.csv"])
def test_a_line_that_cannot_be_read_is_told_in_the_base_and_in_the_overlay(wrong: str) -> None:
    tables = {**LINES, "local/t.csv": HEADINGS + ",C,,->,,c,,\n"}
    tables[wrong] += ",D,,=>,,d,,\n"
    found = [each for each in loaded({}, None, tables).read_diagnostics if each.span]
    assert [each.span.file for each in found if each.span] == [wrong]


def test_two_ways_back_of_the_base_of_which_an_overlay_leaves_one_are_told_no_more() -> None:
    base = {"tables/t.csv": HEADINGS + ",A,,<->,,a,,\n,B,,<->,,a,,\n"}
    assert codes(loaded({}, None, base)) == [("M482", "tables/t.csv", 3)]
    assert codes(loaded({}, None, {**base, "local/t.csv": HEADINGS + ",B,,->,,a,,\n"})) == []


# --- sets


def test_the_digest_is_of_names_and_texts_of_everything_in_force() -> None:
    overlay = {"local/a.map": "overlay pid\n  param nation = FR\n"}
    other = {"local/a.map": "overlay pid\n  param nation = DE\n"}
    renamed = {"local/b.map": overlay["local/a.map"]}
    tables = {**LINES, "local/t.csv": HEADINGS + ",A,,->,,x,,\n"}
    sets = [loaded({}), loaded(overlay), loaded(other), loaded(renamed), loaded({}, None, LINES), loaded({}, None, tables)]
    assert len({each.digest for each in sets}) == len(sets)
    assert loaded(overlay).digest == loaded(dict(overlay)).digest


def test_the_digest_tells_where_a_text_ends() -> None:
    assert load({"a.map": "1b.map 2"}, {}, REGISTRY).digest != load({"a.map": "1", "b.map": "2"}, {}, REGISTRY).digest


# --- which map a message has

ADT_A01 = "MSH|^~\\&|A|B|C|D|20260101||ADT^A01^ADT_A01|1|P|2.4\rEVN|A01\rPID|1||1\rPV1|1|I\r"
SPECIAL = "map {} : v2 ADT_A01 <-> fhir Bundle\n  when EVN-1 = A01\n  patient PID <-> Patient by pid\n"
USUAL = "map {} : v2 ADT_A01 <-> fhir Bundle\n  patient PID <-> Patient by pid\n"


def chosen(overlays: dict[str, str]) -> str | None:
    message = parse_message(ADT_A01.encode())
    assert isinstance(message, Message)
    found = loaded(overlays).find_message_map(message)
    return found.name if found else None


def test_a_map_with_a_when_goes_before_one_of_a_higher_level_without() -> None:
    assert chosen({"zz.map": SPECIAL.format("special"), "local/x.map": USUAL.format("ours")}) == "special"
    assert chosen({"zz.map": SPECIAL.format("special"), "local/x.map": SPECIAL.format("ours")}) == "ours"


def test_of_two_maps_of_a_name_the_packaged_one_is_in_force() -> None:
    """The site's is reported: it would stand in its place under another name, or as an overlay."""
    found = loaded({"local/a.map": "map pid : v2 PID <-> fhir Patient\n  alive PID-30 <-> deceasedBoolean\n"})
    assert found.program.maps["pid"].span.file == "pid.map"
    assert "M471" in [each.code.name for each in found.diagnostics]


# --- Z-segments


def of_z(text: str) -> tuple[Diagnostic, ...]:
    return load({"local/z.map": text}, {}, REGISTRY).diagnostics


@pytest.mark.parametrize("datatype", ["CWE", "CE", "DTM", "TS", "CM", "CXE"])
def test_a_datatype_of_any_version_will_do(datatype: str) -> None:
    known = datatype != "CXE"
    assert [each.code.name for each in of_z(f'segment ZPI "a"\n  1 {datatype} "b"\n')] == ([] if known else ["M300"])


def test_a_field_repeats_where_it_says_so() -> None:
    segments = loaded({"local/z.map": 'segment ZPI "a"\n  1 ID "b"\n  2 ID[*] "c"\n'}).program.segments
    definition = segments.find("2.4", "ZPI")
    assert definition is not None
    assert [each.max for each in definition.fields] == [1, None]
    pid = segments.find("2.4", "PID")
    assert pid is not None
    assert pid.name == "PID"


@pytest.mark.parametrize(("name", "is_one"), [("ZPI", True), ("Z12", True), ("ZPIX", False), ("ZP", False), ("PID", False)])
def test_a_z_segment_has_three_letters(name: str, is_one: bool) -> None:
    assert is_z_segment(name) is is_one


@pytest.mark.parametrize(("datatype", "before"), [("CWE", "CE"), ("CNE", "CE"), ("DTM", "TS")])
def test_a_version_before_a_datatype_reads_the_one_that_it_replaced(datatype: str, before: str) -> None:
    assert datatype_of("2.1", datatype) is datatype_of("2.1", before)
    assert datatype_of("2.8", datatype) is not None
    assert datatype_of("2.1", "QQ") is None
