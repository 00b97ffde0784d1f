"""Datatype and segment maps at work: every clause, both ways."""

from decimal import Decimal

import pytest

from hub.mapping.functions import REGISTRY
from hub.mapping.mapset import load
from hub.mapping.run.parts import run_part_backward, run_part_forward

HEAD = "source_system,source_code,source_display,arrow,target_system,target_code,target_display,note\n"
TABLES = {
    "tables/sex.csv": HEAD + ",F,,<->,,female,,\n,M,,<->,,male,,\n,U,,->,,unknown,,\n",
    "tables/codes.csv": HEAD
    + "MDC,149530,PULS,<->,http://loinc.org,8867-4,Heart rate,\nMDC,149530,PULS,->,http://snomed.info/sct,78564009,Pulse rate,\n",
    "tables/local.csv": HEAD + "http://local,A,,<->,http://target,alpha,,\n",
    "tables/units.csv": HEAD + ",266016,MMHG,->,http://unitsofmeasure.org,mm[Hg],,\n",
    "tables/systems.csv": HEAD + ",NHS,,<->,,https://fhir.nhs.uk/Id/nhs-number,,\n",
}
CWE = """
map cwe : v2 CWE, CE, CNE <-> fhir CodeableConcept
  code    CWE.1 <-> coding[1].code
  display CWE.2 <-> coding[1].display
  system  CWE.3 <-> coding[1].system by coding_system
  other   CWE.4 <-> coding[2].code
  text    CWE.9 <-> text
"""
CX = """
map cx : v2 CX <-> fhir Identifier
  value     CX.1 <-> value
  authority CX.4 <-> system  by authority_system
  type      CX.5 <-> type.coding[1].code
"""
XPN = """
map xpn : v2 XPN <-> fhir HumanName
  family XPN.1.1 <-> family
  given  XPN.2 <-> given[1]
  middle XPN.3 <-> given[2]
  use    XPN.7 <-> use  or skip  table uses
"""


def maps(*texts):
    """Each text a file of its own, the one under test last and called `m`."""
    loaded = load({f"{number}.map": text for number, text in enumerate(texts)}, TABLES, REGISTRY)
    assert [each for each in loaded.diagnostics if each.is_error] == []
    return loaded


def segment(rows, target="Patient", source="PID", head=""):
    lines = "\n".join(f"  {line}" for line in (head + "\n" + rows).strip().splitlines())
    return f"map m : v2 {source} <-> fhir {target}\n{lines}\n"


def forward(loaded, text, params=None, givens=None, version=None):
    value, found = run_part_forward(loaded, "m", text, params=params or {}, givens=givens or {}, version=version)
    return value, [each.code.name for each in found]


def backward(loaded, value, params=None, givens=None, version=None):
    text, found = run_part_backward(loaded, "m", value, params=params or {}, givens=givens or {}, version=version)
    return text, [each.code.name for each in found]


def patient(**elements):
    return {"resourceType": "Patient", **elements}


# --- paths


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ("PID-5[first].1", "PID|||||A^B~C^D", "A"),
        ("PID-5[last].1", "PID|||||A^B~C^D", "C"),
        ("PID-5[2].2", "PID|||||A^B~C^D", "D"),
        ("PID-5[3].1", "PID|||||A^B~C^D", None),
        ("PID-5[first].1.2", "PID|||||A&van^B", "van"),
        ("PID-5[first].2", "PID|||||A", None),
        ("PID-8", "PID||||||||x\\T\\y", "x&y"),
    ],
)
def test_where_a_value_is_read(path, text, value):
    found, reported = forward(maps(segment(f"a {path} <-> maritalStatus.text")), text)
    assert found == (patient(maritalStatus={"text": value}) if value else patient())
    assert reported == []


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        ("PID-5[2].1", "A", "PID|||||~A"),
        ("PID-5[first].1.2", "A", "PID|||||&A"),
        ("PID-8", "x&y", "PID||||||||x\\T\\y"),
        ("PID-5[last].3", "A", "PID|||||^^A"),
    ],
)
def test_where_a_value_is_written(path, value, text):
    assert backward(maps(segment(f"a {path} <-> maritalStatus.text")), patient(maritalStatus={"text": value})) == (text, [])


def test_repetitions_go_item_for_item():
    loaded = maps(CX, segment("a PID-3 <-> identifier[*]"))
    value, _ = forward(loaded, "PID|||1^^^A~2^^^B")
    assert value == patient(
        identifier=[{"value": "1", "system": "urn:x-calder:authority:A"}, {"value": "2", "system": "urn:x-calder:authority:B"}]
    )
    assert backward(loaded, value) == ("PID|||1^^^A~2^^^B", [])


def test_rows_of_one_field_meet_in_one_item():
    loaded = maps(segment("family PID-5[*].1 <-> name[*].family\ngiven PID-5[*].2 <-> name[*].given[1]"))
    value, _ = forward(loaded, "PID|||||A^B~^C~D")
    assert value == patient(name=[{"family": "A", "given": ["B"]}, {"given": ["C"]}, {"family": "D"}])
    assert backward(loaded, value) == ("PID|||||A^B~^C~D", [])


def test_several_values_for_one_element_are_reported():
    value, reported = forward(maps(segment("a PID-5 <-> maritalStatus.text")), "PID|||||A~B")
    assert value == patient(maritalStatus={"text": "A"})
    assert reported == ["M413"]


def test_components_of_components():
    loaded = maps(segment("a CX.4.2 <-> system\nb CX.4.1 <-> value", "Identifier", "CX"))
    assert forward(loaded, "9^^^NHS&1.2") == ({"system": "1.2", "value": "NHS"}, [])
    assert backward(loaded, {"system": "1.2", "value": "NHS"}) == ("^^^NHS&1.2", [])


def test_a_map_for_a_component_divides_by_subcomponents():
    inner = "map hd : v2 HD <-> fhir uri\n  ns HD.1 <-> value\n"
    loaded = maps(inner, segment("a CX.4 <-> system", "Identifier", "CX"))
    assert forward(loaded, "9^^^NHS&1.2&ISO") == ({"system": "NHS"}, [])
    assert backward(loaded, {"system": "NHS"}) == ("^^^NHS", [])


def test_extensions_of_resources_and_of_primitives():
    loaded = maps(
        segment(
            'a PID-6[first].1 <-> extension("http://m").valueString\nb PID-7 <-> birthDate\nc PID-8 <-> birthDate.extension("http://t").valueCode'
        )
    )
    value, _ = forward(loaded, "PID||||||Moss|1931|x")
    assert value == patient(
        extension=[{"url": "http://m", "valueString": "Moss"}],
        birthDate="1931",
        _birthDate={"extension": [{"url": "http://t", "valueCode": "x"}]},
    )
    assert backward(loaded, value) == ("PID||||||Moss|1931|x", [])


def test_a_slice_is_known_by_its_constants():
    loaded = maps(
        CX,
        segment(
            'a PID-2 <-> identifier:old\na_is "OLD" <-> identifier:old.type.text\nb PID-4[first] <-> identifier:alt\nb_is "ALT" <-> identifier:alt.type.text'
        ),
    )
    value, _ = forward(loaded, "PID||1||2")
    assert value == patient(identifier=[{"value": "1", "type": {"text": "OLD"}}, {"value": "2", "type": {"text": "ALT"}}])
    assert backward(loaded, patient(identifier=list(reversed(value["identifier"])))) == ("PID||1||2", [])


def test_a_slice_of_constants_alone_is_nothing():
    loaded = maps(CX, segment('a PID-2 <-> identifier:old\na_is "OLD" <-> identifier:old.type.text'))
    assert forward(loaded, "PID|1") == (patient(), [])


# --- clauses


def test_when_and_unless():
    loaded = maps(segment("a PID-8 <-> gender when PID-30 = N\nb PID-8 <-> maritalStatus.text unless PID-30 = N"))
    assert forward(loaded, "PID||||||||x" + "|" * 22 + "N") == (patient(gender="x"), [])
    assert forward(loaded, "PID||||||||x" + "|" * 22 + "Y") == (patient(maritalStatus={"text": "x"}), [])


@pytest.mark.parametrize(
    ("condition", "holds", "fails"),
    [
        ("PID-8 = M", "M", "F"),
        ("PID-8 != M", "F", "M"),
        ("PID-8 != M", "", "M"),
        ("PID-8 in (M, F)", "F", "O"),
        ("PID-8 not in (M, F)", "O", "M"),
        ("PID-8 not in (M, F)", "", "M"),
        ("PID-8 present", "M", ""),
        ("PID-8 present", '""', ""),
        ("PID-8 absent", "", "M"),
        ('PID-8 = "\\"\\""', '""', "M"),
        ('PID-8 = "a&b"', "a\\T\\b", "a&b"),
    ],
)
def test_conditions(condition, holds, fails):
    loaded = maps(segment(f"a PID-1 <-> maritalStatus.text when {condition}"))
    assert "maritalStatus" in forward(loaded, f"PID|1|||||||{holds}")[0]
    assert "maritalStatus" not in forward(loaded, f"PID|1|||||||{fails}")[0]


def test_a_guard_on_the_row_s_own_field_is_asked_of_each_repetition():
    loaded = maps(CX, segment("a PID-3 <-> identifier[*] when PID-3.5 = NH"))
    assert forward(loaded, "PID|||1^^^^MR~2^^^^NH")[0] == patient(identifier=[{"value": "2", "type": {"coding": [{"code": "NH"}]}}])
    assert backward(loaded, patient(identifier=[{"value": "2"}])) == ("PID|||2^^^^NH", [])


def test_guards_are_written_so_that_they_hold_again():
    rows = (
        "number OBX-5[first] <-> valueQuantity by measured_number when OBX-2 = NM\ntext OBX-5[first] <-> valueString when OBX-2 in (ST, TX)"
    )
    loaded = maps(segment(rows, "Observation", "OBX"))
    assert backward(loaded, {"valueQuantity": {"value": Decimal("98.00")}}) == ("OBX||NM|||98.00", [])
    assert backward(loaded, {"valueString": "x"}) == ("OBX||ST|||x", [])
    assert backward(loaded, {}) == ("OBX", [])


def test_a_guard_on_a_let_is_written_where_the_let_reads_first():
    head = 'let kind = OBX-2 or value_type(OBX-5[first], OBX-6) because "OBX-2 is empty"'
    loaded = maps(segment("number OBX-5[first] <-> valueQuantity by measured_number when $kind = NM", "Observation", "OBX", head))
    assert forward(loaded, "OBX|||||98|%") == ({"resourceType": "Observation", "valueQuantity": {"value": 98}}, ["M412"])
    assert backward(loaded, {"valueQuantity": {"value": 98}}) == ("OBX||NM|||98", [])


def test_unless_is_not_written():
    loaded = maps(segment("a PID-8 <-> gender unless PID-30 = N"))
    assert backward(loaded, patient(gender="x")) == ("PID||||||||x", [])


def test_a_guard_on_fhir_is_asked_going_back():
    loaded = maps(segment("a PID-8 <-> gender when birthDate present\nb PID-7 <-> birthDate"))
    assert forward(loaded, "PID||||||||x")[0] == patient(gender="x")
    assert backward(loaded, patient(gender="x"))[0] == "PID"
    assert backward(loaded, patient(gender="x", birthDate="1931"))[0] == "PID|||||||1931|x"


def test_a_table_into_a_code():
    loaded = maps(segment("a PID-8 <-> gender table sex"))
    assert forward(loaded, "PID||||||||F") == (patient(gender="female"), [])
    assert forward(loaded, "PID||||||||Z") == (None, ["M403"])
    assert backward(loaded, patient(gender="male")) == ("PID||||||||M", [])
    assert backward(loaded, patient(gender="unknown")) == (None, ["M451"])


def test_a_table_into_a_code_with_or_skip():
    loaded = maps(segment("a PID-8 <-> gender table sex or skip"))
    assert forward(loaded, "PID||||||||Z") == (patient(), ["M410"])
    assert backward(loaded, patient(gender="unknown")) == ("PID", ["M455"])


def test_a_table_into_a_concept_keeps_the_original():
    loaded = maps(CWE, segment("a OBX-3 <-> code table codes", "Observation", "OBX"))
    value, reported = forward(loaded, "OBX|||149530^PULS^MDC")
    assert [each["code"] for each in value["code"]["coding"]] == ["149530", "8867-4", "78564009"]
    assert reported == []
    assert backward(loaded, value) == ("OBX|||149530^PULS^MDC", [])
    assert forward(loaded, "OBX|||1^X^MDC") == (
        {"resourceType": "Observation", "code": {"coding": [{"code": "1", "display": "X", "system": "urn:iso:std:iso:11073:10101"}]}},
        ["M408"],
    )


def test_a_concept_that_has_only_the_target_goes_back_to_the_source():
    loaded = maps(CWE, segment("a OBX-3 <-> code table codes", "Observation", "OBX"))
    assert backward(loaded, {"code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]}}) == ("OBX|||149530^PULS^MDC", [])


def test_agreeing_believes_a_code_only_with_its_own_name():
    loaded = maps(CWE, segment("a OBX-3 <-> code table codes agreeing", "Observation", "OBX"))
    assert len(forward(loaded, "OBX|||149530^PULS^MDC")[0]["code"]["coding"]) == 3
    assert len(forward(loaded, "OBX|||149530^^MDC")[0]["code"]["coding"]) == 3
    assert forward(loaded, "OBX|||149530^SPO2^MDC")[1] == ["M408"]


def test_a_code_alone_gets_the_table_s_own_system():
    loaded = maps(segment("a PID-16[first] <-> maritalStatus table local"))
    value, _ = forward(loaded, "PID" + "|" * 16 + "A", version="2.2")
    assert value["maritalStatus"]["coding"] == [{"system": "http://local", "code": "A"}, {"system": "http://target", "code": "alpha"}]


def test_a_code_of_a_quantity_has_its_system_beside_it():
    loaded = maps(segment("a CWE.1 <-> code table units\nb CWE.2 <-> unit", "Quantity", "CWE"))
    assert forward(loaded, "266016^MMHG") == ({"code": "mm[Hg]", "system": "http://unitsofmeasure.org", "unit": "MMHG"}, [])


def test_a_table_falls_back_to_a_function():
    loaded = maps(segment("a CX.4 <-> system table systems by authority_system", "Identifier", "CX"))
    assert forward(loaded, "1^^^NHS") == ({"system": "https://fhir.nhs.uk/Id/nhs-number"}, [])
    assert forward(loaded, "1^^^X") == ({"system": "urn:x-calder:authority:X"}, [])
    assert backward(loaded, {"system": "https://fhir.nhs.uk/Id/nhs-number"}) == ("^^^NHS", [])
    assert backward(loaded, {"system": "urn:oid:1.2.3"}) == ("^^^&1.2.3&ISO", [])


def test_a_function_over_paths():
    loaded = maps(segment("a person_name(XCN.2.1, XCN.3, XCN.6) <-> display", "Reference", "XCN"))
    assert forward(loaded, "1^Woolfson&x^Kathleen^^^Dr") == ({"display": "Woolfson, Kathleen (Dr)"}, [])
    assert backward(loaded, {"display": "Woolfson, Kathleen (Dr)"}) == ("^Woolfson^Kathleen^^^Dr", [])
    assert forward(loaded, "1") == (None, [])


def test_a_function_over_every_repetition():
    loaded = maps(segment("a lines(OBX-5) <-> valueString", "Observation", "OBX"))
    assert forward(loaded, "OBX|||||a~b\\T\\c")[0]["valueString"] == "a\nb&c"
    assert backward(loaded, {"valueString": "a\nb~c"}) == ("OBX|||||a~b\\R\\c", [])


def test_a_function_s_refusal_honours_or_skip():
    loaded = maps(segment("a eui64(EI.1) <-> value or skip\nb EI.2 <-> system", "Identifier", "EI"))
    assert forward(loaded, "12^x") == ({"system": "x"}, ["M410"])


def test_with_is_set_and_asked():
    loaded = maps(
        "map xtn : v2 XTN <-> fhir ContactPoint\n  n XTN.1 <-> value\n",
        segment("work PID-14 <-> telecom[*] with use = work\nhome PID-13 <-> telecom[*]"),
    )
    value, _ = forward(loaded, "PID" + "|" * 13 + "1|2")
    assert value == patient(telecom=[{"value": "2", "use": "work"}, {"value": "1"}])
    assert backward(loaded, value) == ("PID" + "|" * 13 + "1|2", [])


def test_giving_hands_values_to_the_map_that_is_called():
    inner = "map inner : v2 CX <-> fhir Identifier\n  given kind : ST\n  a CX.1 <-> value\n  b $kind <-> type.text\n"
    loaded = maps(inner, segment("a PID-3 <-> identifier[*] by inner giving kind = PID-8"))
    assert forward(loaded, "PID|||1|||||K")[0] == patient(identifier=[{"value": "1", "type": {"text": "K"}}])


def test_a_component_handed_over_is_divided_anew():
    inner = "map inner : v2 CX <-> fhir Identifier\n  given where : HD\n  a CX.1 <-> value\n  b $where <-> system by authority_system\n"
    loaded = maps(inner, segment("a PID-3 <-> identifier[*] by inner giving where = PID-2.4"))
    assert forward(loaded, "PID||x^^^&1.2&ISO|1")[0] == patient(identifier=[{"value": "1", "system": "urn:oid:1.2"}])


def test_else_is_reported():
    loaded = maps(segment('a PID-8 <-> gender table sex else unknown because "not sent"'))
    assert forward(loaded, "PID|1") == (patient(gender="unknown"), ["M411"])
    assert backward(loaded, patient(gender="unknown")) == ("PID", [])


def test_the_first_that_is_populated():
    loaded = maps(segment('a PID-2.1 or PID-4[first].1 because "the older place" or $x <-> maritalStatus.text', head="given x : ST"))
    assert forward(loaded, "PID||1||2") == (patient(maritalStatus={"text": "1"}), [])
    assert forward(loaded, "PID||||2") == (patient(maritalStatus={"text": "2"}), ["M412"])
    assert forward(loaded, "PID|", givens={"x": "3"}) == (patient(maritalStatus={"text": "3"}), [])
    assert backward(loaded, patient(maritalStatus={"text": "1"})) == ("PID||1", [])


def test_or_refuse():
    loaded = maps(segment("a PID-8 <-> gender or refuse"))
    assert forward(loaded, "PID|1") == (None, ["M409"])
    assert backward(loaded, patient()) == (None, ["M453"])


def test_or_skip_leaves_out_the_item_that_lacks_what_it_needs():
    inner = "map rel : v2 CX <-> fhir Patient.link\n  a CX.2 <-> type or skip\n  b CX.1 <-> other.display\n"
    loaded = maps(inner, segment("a PID-3 <-> link[*] by rel"))
    assert forward(loaded, "PID|||1~2^seealso") == (patient(link=[{"type": "seealso", "other": {"display": "2"}}]), ["M410"])


def test_params():
    head = "param place : ST = here"
    loaded = maps(segment("a $place <-> maritalStatus.text", head=head))
    assert forward(loaded, "PID|1")[0] == patient(maritalStatus={"text": "here"})
    assert forward(loaded, "PID|1", params={"place": "a^b"})[0] == patient(maritalStatus={"text": "a^b"})


def test_a_value_row_is_written_as_it_stands():
    loaded = maps(
        'map m : v2 MSH <- fhir Patient\n  param app : ST = CALDER\n  a MSH-9 <- "ADT^A01"\n  b MSH-3 <- $app\n  c MSH-4 <- person_name(name.family, gender, $app)\n'
    )
    assert backward(loaded, patient(name=[{"family": "A"}], gender="x")) == ("MSH|^~\\&|CALDER|A, x (CALDER)|||||ADT^A01", [])


def test_arrows():
    loaded = maps(segment('a PID-8 -> gender because "so"\nb PID-7 <- birthDate because "so"'))
    assert forward(loaded, "PID|||||||1931|x")[0] == patient(gender="x")
    assert backward(loaded, patient(gender="x", birthDate="1931"))[0] == "PID|||||||1931"


# --- values


def test_hl7_null_is_never_a_text():
    loaded = maps(
        XPN.replace("  use    XPN.7 <-> use  or skip  table uses\n", ""),
        segment("a PID-5 <-> name[*]\nb PID-8 <-> gender\nc PID-7 <-> birthDate"),
    )
    value, reported = forward(loaded, 'PID|||||A^""|2|""|""')
    assert value == patient(name=[{"family": "A"}])
    assert reported == []


def test_times_take_the_zone_of_the_source():
    loaded = maps(segment("a OBX-14 <-> effectiveDateTime", "Observation", "OBX"))
    assert forward(loaded, "OBX" + "|" * 14 + "20260714203000", params={"timezone": "Asia/Kolkata"})[0]["effectiveDateTime"].endswith(
        "+05:30"
    )
    assert forward(loaded, "OBX" + "|" * 14 + "20261025013000")[1] == ["M404"]
    assert forward(loaded, "OBX" + "|" * 14 + "20260329013000")[1] == ["M407"]


def test_ts_of_old_versions_has_components():
    loaded = maps(segment("a PID-7 <-> birthDate"))
    assert forward(loaded, "PID|||||||1931^Y", version="2.3") == (patient(birthDate="1931"), [])
    assert forward(loaded, "PID||||||||x^y", version="2.3")[0] == patient()


def test_an_unescaped_delimiter_in_a_text_is_reported():
    loaded = maps(segment("a PID-8 <-> maritalStatus.text"))
    assert forward(loaded, "PID||||||||a^b", version="2.5") == (patient(maritalStatus={"text": "a"}), ["M419"])


def test_a_value_of_the_type_that_obx_2_says():
    loaded = maps(CWE, segment("a OBX-5[first] <-> valueCodeableConcept when OBX-2 in (CWE, IS)", "Observation", "OBX"))
    assert forward(loaded, "OBX||CWE|||a^b^LN")[0]["valueCodeableConcept"]["coding"] == [
        {"code": "a", "display": "b", "system": "http://loinc.org"}
    ]
    assert forward(loaded, "OBX||IS|||a")[0]["valueCodeableConcept"] == {"coding": [{"code": "a"}]}
    assert backward(loaded, {"valueCodeableConcept": {"coding": [{"code": "a", "display": "b"}]}}) == ("OBX||CWE|||a^b", [])


def test_two_rows_fill_one_element():
    loaded = maps(
        "map unit : v2 CWE <-> fhir Quantity\n  a CWE.1 <-> unit\n",
        segment("a OBX-5[first] <-> valueQuantity by measured_number\nb OBX-6 <-> valueQuantity by unit", "Observation", "OBX"),
    )
    value, _ = forward(loaded, "OBX|||||<98.00|%", version="2.6")
    assert value["valueQuantity"] == {"value": Decimal("98.00"), "comparator": "<", "unit": "%"}
    assert backward(loaded, value, version="2.6") == ("OBX|||||<98.00|%", [])


def test_other_delimiters_are_only_in_the_message():
    loaded = maps(CX, segment("a PID-3 <-> identifier[*]"))
    value, _ = forward(loaded, "PID|||1^^^&a\\S\\b&URI")
    assert value["identifier"][0]["value"] == "1"


def test_unreadable_in_a_datatype_is_for_the_row_around_it():
    inner = "map inner : v2 CX <-> fhir Identifier\n  a CX.7 <-> period.start\n  b CX.1 <-> value\n"
    assert forward(maps(inner, segment("a PID-3 <-> identifier[*]")), "PID|||1^^^^^^never") == (None, ["M402"])
    assert forward(maps(inner, segment("a PID-3 <-> identifier[*] or skip")), "PID|||1^^^^^^never~2") == (
        patient(identifier=[{"value": "2"}]),
        ["M410"],
    )


def test_places_are_named_to_the_component():
    inner = "map inner : v2 CX <-> fhir Identifier\n  a CX.7 <-> period.start\n"
    _, found = run_part_forward(maps(inner, segment("a PID-3 <-> identifier[*]")), "m", "PID|||1~1^^^^^^never", params={}, givens={})
    assert [each.place for each in found] == ["PID-3[2].7"]


def test_constants_alone_are_no_value():
    loaded = maps(segment('a CX.1 <-> value\nb "x" <-> type.text', "Identifier", "CX"))
    assert forward(loaded, "1") == ({"value": "1", "type": {"text": "x"}}, [])
    assert forward(loaded, "^^^x") == (None, [])


def test_a_value_that_v2_cannot_hold():
    loaded = maps(segment("a PID-7 <-> birthDate"))
    assert backward(loaded, patient(birthDate="soon")) == (None, ["M450"])
    assert backward(maps(segment("a PID-7 <-> birthDate or skip")), patient(birthDate="soon")) == ("PID", ["M455"])


def test_several_values_for_one_field():
    loaded = maps(segment("a PID-8 <-> name[*].family"))
    assert backward(loaded, patient(name=[{"family": "A"}, {"family": "B"}])) == ("PID||||||||A", ["M452"])


def test_what_one_row_cannot_write_another_may():
    loaded = maps(segment('a PID-8 <-> gender table sex\nb PID-7 <- gender because "so"'))
    assert backward(loaded, patient(gender="unknown"))[0] == "PID|||||||unknown"


def test_unknown_names_are_reported_and_the_row_does_nothing():
    loaded = load({"a.map": segment("a PID-8 <-> gender by nobody\nb PID-7 <-> birthDate")}, {}, REGISTRY)
    assert forward(loaded, "PID|||||||1931|x")[0] == patient(birthDate="1931")
    assert [each.code.name for each in loaded.diagnostics] == ["M470"]
