from __future__ import annotations

import pytest

from hub.codec.hl7v2 import dictionary
from hub.codec.hl7v2.dictionary import FieldDef, GroupDef, SegmentRef
from hub.codec.hl7v2.event import find_structure, structure_for


def test_a_field_of_a_segment() -> None:
    pid = dictionary.segment("2.5", "PID")
    assert pid is not None
    assert pid.field(3) == FieldDef(3, "Patient Identifier List", "CX", 1, None, None)
    assert pid.field(8) == FieldDef(8, "Administrative Sex", "IS", 0, 1, "0001")
    assert pid.field(99) is None


@pytest.mark.parametrize("name", ["Date/Time of Birth", "date time of birth", "DATE_TIME_OF_BIRTH"])
def test_a_field_by_its_name_however_it_is_written(name: str) -> None:
    pid = dictionary.segment("2.5", "PID")
    assert pid is not None
    found = pid.find(name)
    assert found is not None
    assert (found.number, found.name) == (7, "Date Time of Birth")
    assert pid.find("Shoe size") is None


def test_a_datatype_and_its_components() -> None:
    cx = dictionary.datatype("2.5", "CX")
    assert cx is not None
    assert (cx.component(4), cx.component(11)) == (FieldDef(4, "Assigning Authority", "HD", 0, 1, "0363"), None)
    found = cx.find("assigning authority")
    assert found is not None
    assert found.number == 4
    st = dictionary.datatype("2.5", "ST")
    assert st is not None
    assert st.is_primitive
    assert dictionary.datatype("2.5", "QQ") is None


def test_tables_begin_with_2_3_1() -> None:
    statuses = dictionary.table("2.5", "0085")
    assert statuses is not None
    assert {"F", "C", "D", "W"} <= statuses
    assert dictionary.table("2.5", "HL70085") == statuses
    assert dictionary.table("2.3", "0085") is None
    assert dictionary.table("2.5", "9999") is None


def test_a_structure_is_a_tree() -> None:
    oru = dictionary.structure("2.6", "ORU_R01")
    assert oru is not None
    result = next(child for child in oru.children if isinstance(child, GroupDef))
    assert (oru.name, result.name, result.min, result.max) == ("ORU_R01", "PATIENT_RESULT", 1, None)
    patient = result.children[0]
    assert isinstance(patient, GroupDef)
    assert patient.children[0] == SegmentRef("PID", 1, 1)
    assert dictionary.structure("2.6", "ORU_R99") is None


def test_a_choice_is_marked() -> None:
    orm = dictionary.structure("2.3", "ORM_O01")
    assert orm is not None

    def choices(group: GroupDef) -> list[str]:
        inner = [child for child in group.children if isinstance(child, GroupDef)]
        return [child.name for child in inner if child.is_choice] + [name for child in inner for name in choices(child)]

    assert choices(orm) == ["CHOICE"]


@pytest.mark.parametrize("version", dictionary.VERSIONS)
def test_every_version_can_be_read_from_end_to_end(version: str) -> None:
    """The data is crooked in places: whatever the maps may ask for must come out whole."""
    for name in ("MSH", "PID", "PV1", "OBR", "OBX", "MSA"):
        segment = dictionary.segment(version, name)
        assert segment is not None
        numbers = [field.number for field in segment.fields]
        assert numbers == sorted(set(numbers))  # 2.7 and later leave out what was withdrawn, such as PID-28
        for field in segment.fields:
            found = dictionary.datatype(version, field.datatype)
            assert field.datatype.startswith("CM") or found is not None or field.datatype in {"CK", "AD", "CN", "PN", "TN", "TS", "CQ"}
    assert len(dictionary.structures(version)) > 30
    for name in dictionary.structures(version):
        structure = dictionary.structure(version, name)
        assert structure is not None
        assert structure.children


@pytest.mark.parametrize(
    ("version", "segment", "number", "datatype"),
    [
        ("2.7", "OBX", 5, "varies"),
        ("2.3", "OBX", 5, "varies"),
        ("2.1", "RX1", 30, "TX"),
        ("2.1", "ORO", 1, "CE"),
        ("2.7.1", "PID", 3, "CX"),
    ],
)
def test_the_crooked_places(version: str, segment: str, number: int, datatype: str) -> None:
    found = dictionary.segment(version, segment)
    assert found is not None
    field = found.field(number)
    assert field is not None
    assert field.datatype == datatype
    varies = dictionary.datatype(version, "varies")
    assert varies is not None
    assert varies.components == ()


def test_what_is_not_known() -> None:
    assert dictionary.segment("9.9", "PID") is None
    assert dictionary.segment("2.5", "ZPI") is None
    assert dictionary.segment("2.5", "ANYHL7SEGMENT") is None
    assert dictionary.structures("9.9") == ()
    assert (dictionary.known_version("2.7.1"), dictionary.known_version("3")) == ("2.7", None)


@pytest.mark.parametrize(
    ("version", "code", "trigger", "structure"),
    [
        ("2.5", "ADT", "A04", "ADT_A01"),
        ("2.5", "ADT", "A08", "ADT_A01"),
        ("2.5", "ADT", "A03", "ADT_A03"),
        ("2.5", "ADT", "A28", "ADT_A05"),
        ("2.4", "ADT", "A31", "ADT_A05"),
        ("2.3", "ADT", "A31", "ADT_A01"),
        ("2.3.1", "ADT", "A28", "ADT_A01"),
        ("2.1", "ADT", "A08", "ADT_A08"),
        ("2.4", "ADT", "A40", "ADT_A39"),
        ("2.5", "ADT", "A47", "ADT_A30"),
        ("2.8", "ADT", "A47", "ADT_A44"),
        ("2.6", "ORU", "R01", "ORU_R01"),
        ("2.4", "MDM", "T02", "MDM_T02"),
        ("2.4", "MDM", "T10", "MDM_T02"),
        ("2.3", "SIU", "S26", "SIU_S12"),
        ("2.5", "ACK", "A01", "ACK"),
        ("2.5", "QBP", "Q22", "QBP_Q21"),
        ("2.5", "ABC", "X01", None),
        ("9", "ADT", "A01", None),
    ],
)
def test_the_structure_of_an_event(version: str, code: str, trigger: str, structure: str | None) -> None:
    assert structure_for(version, code, trigger) == structure


def test_what_the_sender_says_goes_before_where_the_version_knows_it() -> None:
    assert find_structure("2.5", "ADT", "A08", "ADT_A05") == "ADT_A05"
    assert find_structure("2.5", "ADT", "A08", "ADT_A08") == "ADT_A01"
    assert find_structure("2.5", "ZZZ", "Z01", "ZZZ_Z01") == "ZZZ_Z01"
