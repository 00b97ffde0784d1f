"""Overlays, as docs/mapping-language.md "Sites" says: what is in force after them, where each line comes from, and what they do to a message."""

from __future__ import annotations

import pytest

from hub.codec.hl7v2 import parse_message
from hub.mapping.functions import REGISTRY
from hub.mapping.levels import Level, in_force, level_of, source_of
from hub.mapping.mapset import MapSet, MapSets, load
from hub.mapping.overlay import apply_overlays
from hub.mapping.parse.parser import parse_map_file
from hub.mapping.run.parts import run_part_forward
from hub.mapping.syntax import Each, LeftOut, Let, Row

PID = """map pid : v2 PID <-> fhir Patient
  param nation : string = GB
  let who = PID-5.1
  birth    PID-7 <-> birthDate
  sex      PID-8 <-> gender table sex
  country  $nation -> address[1].country because "as the site says"
  keep PID-22, PID-23 because "FHIR has no place"
  drop PID-1 because "a number of the line"
"""
ADT = """map adt : v2 ADT_A01 <-> fhir Bundle
  drop MSH, EVN, PV1 because "not here"
  patient PID <-> Patient by pid as merge
  each INSURANCE
    cover IN1 -> Coverage by in1 because "one way"
    drop IN2 because "not wanted"

map in1 : v2 IN1 -> fhir Coverage
  plan IN1-2 -> type
"""
HEADINGS = "source_system,source_code,source_display,arrow,target_system,target_code,target_display,note\n"
SEX = HEADINGS + ",F,,<->,,female,,\n,M,,<->,,male,,\n,A,,->,,other,,\n"


def loaded(files: dict[str, str], tables: dict[str, str] | None = None) -> MapSet:
    found = load({"pid.map": PID, "adt.map": ADT, **files}, {"tables/sex.csv": SEX, **(tables or {})}, REGISTRY)
    assert [each.detail for each in found.diagnostics if each.is_error] == []
    return found


def body(maps: MapSet, name: str = "pid") -> list[str]:
    return [said(item) for item in maps.program.maps[name].body]


def said(item: object) -> str:
    match item:
        case Row():
            return f"{item.name}@{item.span.file}"
        case LeftOut():
            return f"{'keep' if item.kept else 'drop'} {','.join(str(path.field or path.segment) for path in item.paths)}@{item.span.file}"
        case Let():
            return f"let {item.name}@{item.span.file}"
        case Each():
            return f"each {item.group} [{' '.join(map(said, item.body))}]"
    raise AssertionError(item)


def patient(maps: MapSet, text: str) -> dict[str, object]:
    value, diagnostics = run_part_forward(maps, "pid", text, params={}, givens={})
    assert [each for each in diagnostics if each.is_error] == []
    return value


# --- what is in force


def test_a_row_stands_in_the_place_of_the_one_of_its_name_and_a_new_one_at_the_end() -> None:
    maps = loaded({"local/x.map": "overlay pid\n  alive PID-30 <-> deceasedBoolean\n  birth PID-7 <-> birthDate or skip\n"})
    assert body(maps) == [
        "let who@pid.map",
        "birth@local/x.map",
        "sex@pid.map",
        "country@pid.map",
        "keep 22,23@pid.map",
        "drop 1@pid.map",
        "alive@local/x.map",
    ]
    assert patient(maps, "PID|||||||19700230|F||||||||||||||||||||||Y") == {
        "resourceType": "Patient",
        "gender": "female",
        "deceasedBoolean": True,
        "address": [{"country": "GB"}],
    }


def test_a_row_is_dropped_with_its_reason() -> None:
    maps = loaded({"local/x.map": 'overlay pid\n  drop row sex because "typed at random"\n  drop PID-8 because "typed at random"\n'})
    assert "sex@pid.map" not in body(maps)
    (dropped,) = maps.dropped
    assert (dropped.map, dropped.row.name, dropped.row.span.line) == ("pid", "sex", 5)
    assert (dropped.by.because, dropped.by.span.file, dropped.by.span.line) == ("typed at random", "local/x.map", 2)
    assert "gender" not in patient(maps, "PID||||||||F")


def test_another_default() -> None:
    maps = loaded({"local/x.map": "overlay pid\n  param nation = FR\n"})
    assert patient(maps, "PID||||||||F")["address"] == [{"country": "FR"}]
    (param,) = maps.program.maps["pid"].params
    assert param.default is not None
    assert param.default.span.file == "local/x.map"


def test_a_param_and_a_let_of_the_overlays_own_rows() -> None:
    overlay = 'overlay pid\n  param town : string = Keighley\n  let who = PID-9.1\n  place $town -> address[1].city because "for all"\n'
    maps = loaded({"local/x.map": overlay})
    assert body(maps)[0] == "let who@local/x.map"
    assert patient(maps, "PID||||||||F")["address"] == [{"country": "GB", "city": "Keighley"}]


def test_what_an_overlay_reads_or_leaves_out_the_map_leaves_out_no_more() -> None:
    maps = loaded({"local/x.map": 'overlay pid\n  ethnic PID-22 <-> communication[*].language\n  keep PID-1 because "asked for"\n'})
    assert body(maps)[-3:] == ["keep 23@pid.map", "ethnic@local/x.map", "keep 1@local/x.map"]


def test_an_each_goes_on_in_the_maps_each_of_that_group() -> None:
    overlay = 'overlay adt\n  each INSURANCE\n    more IN1 -> Coverage by in1 because "as cover"\n    cover IN1 -> Coverage by in1 because "another reason"\n'
    maps = loaded({"local/x.map": overlay})
    assert body(maps, "adt")[-1] == "each INSURANCE [cover@local/x.map drop IN2@adt.map more@local/x.map]"


def test_an_each_that_the_map_does_not_have_is_added() -> None:
    maps = loaded({"local/x.map": 'overlay adt\n  each PROCEDURE\n    drop PR1 because "none"\n'})
    assert body(maps, "adt")[-1] == "each PROCEDURE [drop PR1@local/x.map]"


def test_a_row_is_replaced_where_it_stands_without_naming_its_each() -> None:
    maps = loaded({"local/x.map": 'overlay adt\n  cover IN1 -> Coverage by in1 because "another"\n'})
    assert body(maps, "adt")[-1] == "each INSURANCE [cover@local/x.map drop IN2@adt.map]"


def test_an_each_whose_last_row_is_dropped_goes_too() -> None:
    maps = loaded({"local/x.map": 'overlay adt\n  drop row cover because "never sent"\n  each INSURANCE\n    keep IN2 because "asked"\n'})
    assert body(maps, "adt")[-1] == "each INSURANCE [keep IN2@local/x.map]"


# --- levels


def test_a_source_goes_before_the_site() -> None:
    site = "overlay pid\n  param nation = FR\n  birth PID-7 <-> birthDate or skip\n"
    source = "overlay pid\n  param nation = DE\n  birth PID-7 <-> birthDate or skip\n"
    maps = loaded({"local/b.map": site, "local/a/a.map": source})
    assert "birth@local/a/a.map" in body(maps)
    assert patient(maps, "PID||||||||F")["address"] == [{"country": "DE"}]


def test_a_source_brings_back_in_its_place_what_the_site_dropped() -> None:
    site = 'overlay pid\n  drop row birth because "asked"\n'
    source = "overlay pid\n  birth PID-7 <-> birthDate\n"
    maps = loaded({"local/b.map": site, "local/a/a.map": source})
    assert body(maps)[1] == "birth@local/a/a.map"
    assert maps.dropped == ()


def test_a_source_drops_a_row_that_the_site_added() -> None:
    site = "overlay pid\n  alive PID-30 <-> deceasedBoolean\n"
    maps = loaded({"local/b.map": site, "local/a/a.map": 'overlay pid\n  drop row alive because "never right"\n'})
    assert "alive@local/b.map" not in body(maps)
    assert [each.row.span.file for each in maps.dropped] == ["local/b.map"]


@pytest.mark.parametrize(
    ("name", "level", "source"),
    [
        ("hl7v2/segments/pid.map", Level.PACKAGED, None),
        ("local/pid.map", Level.SITE, None),
        ("local/tables/sex.csv", Level.SITE, None),
        ("local/profiles/patient.json", Level.SITE, None),
        ("local/airedale/pid.map", Level.SOURCE, "airedale"),
        ("local/airedale/tables/sex.csv", Level.SOURCE, "airedale"),
        ("locality/airedale/pid.map", Level.PACKAGED, None),
    ],
)
def test_whose_a_file_is(name: str, level: Level, source: str | None) -> None:
    assert (level_of(name), source_of(name)) == (level, source)
    assert in_force(name, source)
    assert in_force(name, "other") is (source is None)


def test_without_overlays_nothing_is_touched() -> None:
    files = [parse_map_file("pid.map", PID)[0]]
    effective = apply_overlays(files)
    assert effective.files[0] is files[0]
    assert (effective.dropped, effective.diagnostics) == ((), ())


# --- reading


def test_a_bare_name_means_in_an_overlay_what_it_means_in_its_map() -> None:
    cx = "map cx : v2 CX <-> fhir Identifier\n  value CX.1 <-> value\n"
    overlay = 'overlay cx\n  value authority(CX) -> system because "as told"\n'
    text = load({"cx.map": cx, "local/x.map": overlay}, {}, REGISTRY)
    alone, _ = parse_map_file("x.map", overlay)
    call, call_alone = text.program.maps["cx"].body[0].left.alternatives[0].atom, alone.overlays[0].body[0].left.alternatives[0].atom
    assert type(call.arguments[0].alternatives[0].atom).__name__ == "V2Path"
    assert type(call_alone.arguments[0].alternatives[0].atom).__name__ == "Constant"


@pytest.mark.parametrize(("name", "codes"), [("pid", ["M017"]), ("in1", [])])
def test_a_one_way_row_owes_its_reason_where_the_map_goes_both_ways(name: str, codes: list[str]) -> None:
    row = "plan IN1-2 -> type" if name == "in1" else "birth PID-7 -> birthDate"
    found = load({"pid.map": PID, "adt.map": ADT, "local/x.map": f"overlay {name}\n  {row}\n"}, {"tables/sex.csv": SEX}, REGISTRY)
    assert [each.code.name for each in found.read_diagnostics] == codes


# --- tables


def test_a_table_is_overlaid_line_by_line() -> None:
    own = HEADINGS + ",A,,->,,unknown,,\n,1,,->,,male,,\n,M,,->,,male,,\n,M,,->,,other,,\n"
    maps = loaded({}, {"local/airedale/tables/sex.csv": own})
    table = maps.tables["sex"]
    assert [(line.source.code, line.target.code, line.path or table.path) for line in table.lines] == [
        ("F", "female", "tables/sex.csv"),
        ("M", "male", "local/airedale/tables/sex.csv"),
        ("M", "other", "local/airedale/tables/sex.csv"),
        ("A", "unknown", "local/airedale/tables/sex.csv"),
        ("1", "male", "local/airedale/tables/sex.csv"),
    ]
    assert patient(maps, "PID||||||||A")["gender"] == "unknown"
    assert patient(maps, "PID||||||||F")["gender"] == "female"


def test_a_line_is_replaced_by_one_of_its_own_system_or_of_none() -> None:
    base = HEADINGS + "L,1,,<->,,male,,\nMDC,1,,<->,,female,,\n,2,,<->,,other,,\n"
    of_l = loaded({}, {"tables/t.csv": base, "local/t.csv": HEADINGS + "L,1,,->,,unknown,,\n"}).tables["t"]
    assert [line.target.code for line in of_l.lines] == ["unknown", "female", "other"]
    of_any = loaded({}, {"tables/t.csv": base, "local/t.csv": HEADINGS + ",1,,->,,unknown,,\n"}).tables["t"]
    assert [line.target.code for line in of_any.lines] == ["unknown", "other"]


def test_a_way_back_that_an_overlay_makes_ambiguous_is_told_in_its_line() -> None:
    maps = load({"pid.map": PID}, {"tables/sex.csv": SEX, "local/sex.csv": HEADINGS + ",W,,<->,,female,,\n"}, REGISTRY)
    assert [(each.code.name, each.span.file, each.span.line) for each in maps.diagnostics if each.span] == [("M482", "local/sex.csv", 2)]


def test_a_way_back_that_an_overlay_makes_plain_again_is_not_told() -> None:
    own = HEADINGS + ",F,,->,,female,,\n,W,,<->,,female,,\n"
    maps = loaded({}, {"local/sex.csv": own})
    assert maps.tables["sex"].any_source("female").code == "W"


# --- sets


def test_the_texts_of_a_set_make_it_again() -> None:
    maps = loaded({"local/a/a.map": "overlay pid\n  param nation = DE\n"}, {"local/a/tables/sex.csv": HEADINGS + ",1,,->,,male,,\n"})
    again = load(maps.texts.maps, maps.texts.tables, REGISTRY)
    assert again.digest == maps.digest
    assert patient(again, "PID||||||||1") == patient(maps, "PID||||||||1")
    assert maps.digest != loaded({}).digest


def test_each_source_has_its_set_and_the_others_the_sites() -> None:
    site, own = loaded({}), loaded({"local/a/a.map": "overlay pid\n  param nation = DE\n"})
    sets = MapSets(site, {"a": own, "b": site})
    assert sets.of("a") is own
    assert sets.of("b") is sets.of("nobody") is site
    assert sets.every == (site, own)


# --- Z-segments

ZPI = 'segment ZPI "Extras"\n  1 ID "Plan held"\n  2 CWE[*] "Alerts"\n\nmap zpi : v2 ZPI <-> fhir Patient\n  plan ZPI-1 <-> active\n  alert ZPI-2 <-> communication[*].language\n'
MESSAGE = "MSH|^~\\&|A|B|C|D|20260101||ADT^A01^ADT_A01|1|P|2.4\rPID|1||1||A^B||19700101|F\rZPI|Y|A1~A2\rPV1|1|I\r"


def test_a_z_segment_is_read_and_written_back_at_the_end_of_its_group() -> None:
    maps = loaded({"local/zpi.map": ZPI, "local/a/a.map": "overlay adt\n  extras ZPI <-> patient by zpi\n"})
    message = parse_message(MESSAGE.encode())
    conversion = maps.maps["adt"].forward(message, params={})
    (produced,) = conversion.produced
    assert produced.resource["active"] is True
    assert [each["language"]["coding"][0]["code"] for each in produced.resource["communication"]] == ["A1", "A2"]
    assert [each.code.name for each in conversion.diagnostics if each.place and each.place.startswith("ZPI")] == []
    written = maps.maps["adt"].backward([produced.resource], params={}, version="2.4")
    assert written.body is not None
    assert [line for line in written.body.decode().split("\r") if line.startswith("ZPI")] == ["ZPI|Y|A1~A2"]
    assert written.body.decode().rstrip("\r").split("\r")[-1].startswith("ZPI")


def test_a_z_segment_of_the_source_goes_before_the_sites() -> None:
    own = 'segment ZPI "Extras"\n  1 CX "Number"\n'
    maps = loaded({"local/zpi.map": ZPI, "local/a/a.map": own})
    assert maps.program.segments.find("2.4", "ZPI").field(1).datatype == "CX"


def test_a_message_map_of_the_site_goes_before_the_packaged_one() -> None:
    own = 'map ours : v2 ADT_A01 <-> fhir Bundle\n  drop MSH because "x"\n  patient PID <-> Patient by pid\n'
    message = parse_message(MESSAGE.encode())
    assert loaded({}).find_message_map(message).name == "adt"
    assert loaded({"local/ours.map": own}).find_message_map(message).name == "ours"
    assert loaded({"local/z.map": own, "local/a/a.map": own.replace("ours", "mine")}).find_message_map(message).name == "mine"
