"""Datatype and segment maps at work: every clause, both ways."""

from decimal import Decimal

import pytest

from tests.unit.mapping.part_kit import CX, backward, forward, maps, patient, segment


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
