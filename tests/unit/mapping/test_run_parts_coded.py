"""Codes, functions and what is left, through datatype and segment maps."""

from decimal import Decimal

from hub.mapping.functions import REGISTRY
from hub.mapping.mapset import load
from hub.mapping.run.parts import run_part_forward
from tests.unit.mapping.part_kit import CWE, CX, XPN, backward, forward, maps, patient, segment


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


def test_else_stands_for_a_code_that_the_table_does_not_have():
    loaded = maps(segment('a PID-8 <-> gender table sex else unknown because "not sent"'))
    assert forward(loaded, "PID||||||||Q") == (patient(gender="unknown"), ["M484"])
    assert forward(loaded, "PID||||||||F") == (patient(gender="female"), [])
    refused = maps(segment("a PID-8 <-> gender table sex"))
    assert forward(refused, "PID||||||||Q") == (None, ["M403"])


def test_a_table_misses_only_codes_of_its_own_systems():
    loaded = maps(CWE, segment("a OBX-3 <-> code table codes", "Observation", "OBX"))
    assert forward(loaded, "OBX|||1^x^WinPath")[1] == []
    assert forward(loaded, "OBX|||1^x^MDC")[1] == ["M408"]
    assert forward(loaded, "OBX|||1^x^WinPath^2")[1] == []


def test_a_simple_field_sent_with_components_is_read_as_a_coded_one():
    loaded = maps(CWE, segment("a PID-22[first] <-> maritalStatus"))
    field = "PID" + "|" * 22
    assert forward(loaded, field + "R", version="2.3")[0] == patient(maritalStatus={"coding": [{"code": "R"}]})
    assert forward(loaded, field + "R^Other^LN", version="2.3") == (
        patient(maritalStatus={"coding": [{"code": "R", "display": "Other", "system": "http://loinc.org"}]}),
        [],
    )


def test_of_several_values_handed_over_one_is_enough():
    loaded = maps(segment('a "x" -> maritalStatus.text when $above in (DEMO, TEST) because "t"', head="given above : ST"))
    assert forward(loaded, "PID|1", givens={"above": "EARLY~TEST"})[0] == patient(maritalStatus={"text": "x"})
    assert forward(loaded, "PID|1", givens={"above": "EARLY~LATE"})[0] == patient()


def test_the_bindings_of_a_row_share_their_items():
    inner = "map inner : v2 CX <-> fhir Identifier\n  a CX.1 <-> value\n"
    rows = 'a PID-3 <-> identifier[*] by inner with type.coding[1].code = MR, type.coding[1].system = "http://s"'
    value, _ = forward(maps(inner, segment(rows)), "PID|||1~2")
    kind = {"coding": [{"code": "MR", "system": "http://s"}]}
    assert value == patient(identifier=[{"value": "1", "type": kind}, {"value": "2", "type": kind}])


def test_else_stands_for_no_other_mistake():
    loaded = maps(segment('a PID-7 <-> birthDate else "1900" because "not sent"'))
    assert forward(loaded, "PID|||||||19310231") == (None, ["M402"])


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
