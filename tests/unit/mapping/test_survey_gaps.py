"""Which populated fields are explained, down to components and repetitions; and faults planted in maps, which must be seen."""

import pytest

from tests.unit.mapping.survey_kit import MAP, OBR, PID, body, gaps, survey

OBX = "OBX|1|ST|T^Text||calm||||||F|||20260101"


def planted(old, new):
    assert old in MAP
    return MAP.replace(old, new)


def test_what_is_read_dropped_or_kept_is_explained():
    pid = "PID|1||5^^^&1.2.3||Ramsbottom^^^^^^L|||F||||||||||||||X"
    assert gaps(body(pid, OBR, OBX)) == {}


def test_a_field_that_no_row_reads_is_counted_by_messages_and_by_occurrences():
    obx = "OBX|1|ST|T^Text||calm||||||F|||20260101||||dev"
    assert gaps(body(PID, OBR, obx, obx), body(PID, OBR, OBX), body(PID, OBR, obx))["OBX-18"] == (2, 3)


def test_components_of_which_a_datatype_map_reads_only_some():
    found = gaps(body("PID|1||5&6^7^^A&1.2.3||Ramsbottom&van^Elsie"))
    assert found == {"PID-3.1.2": (1, 1), "PID-3.2": (1, 1), "PID-3.4.1": (1, 1), "PID-5.1.2": (1, 1), "PID-5.2": (1, 1)}


def test_repetitions_that_no_path_reaches():
    assert gaps(body("PID|1||5||Ramsbottom~Shaw~Lees")) == {"PID-5[…]": (1, 1)}
    assert gaps(body("PID|1||5~6||Ramsbottom")) == {}


def test_a_value_of_a_type_that_stands_in_the_message_is_read_as_that_type():
    coded = "OBX|1|CWE|T^Text||A^Alpha^L||||||F"
    assert gaps(body(PID, OBR, coded))["OBX-5.3"] == (1, 1)
    assert "OBX-5.2" not in gaps(body(PID, OBR, coded))
    text = "OBX|1|TX|T^Text||calm^after||||||F"
    assert gaps(body(PID, OBR, text))["OBX-5.2"] == (1, 1)


def test_what_is_handed_over_is_read_where_the_map_reads_it():
    obr = "OBR|1||F1|C^Count|||20260101^D"
    assert gaps(body("PID|1", obr, OBX)) == {"OBR-7.2": (1, 1)}
    assert gaps(body("PID|1", obr, OBX), text=planted(" or $time", "")) == {"OBR-7": (1, 1)}


def test_a_drop_with_a_guard_explains_only_where_the_guard_holds():
    men, women = "PID|1||5|||||M|||||||||||||||there", "PID|1||5|||||F|||||||||||||||there"
    assert gaps(body(women)) == {}
    assert gaps(body(men)) == {"PID-23": (1, 1)}


def test_a_segment_that_nothing_reads_is_one_place():
    assert gaps(body(PID, "PV1|1|I|W", OBR))["PV1"] == (1, 3)


def test_a_row_that_only_writes_a_field_speaks_for_it():
    assert gaps(body("PID|1", OBR, OBX + "||||x|y|z")) == {"OBX-18": (1, 1), "OBX-20": (1, 1)}


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('  keep PID-22 because "awaits its extension"\n', "", "PID-22"),
        ('  drop PID-1 because "set id"\n', "", "PID-1"),
        ('  drop MSH because "the envelope"\n', "", "MSH"),
        ('      drop OBR-1 because "set id"\n', "", "OBR-1"),
        ('  drop XPN.7 because "how it is used"\n', "", "PID-5.7"),
        ("  text CWE.2 <-> text\n", "", "OBR-4.2"),
        ("  sex    PID-8        <-> gender\n", "", "PID-8"),
        ("  filler OBR-3 <-> identifier[1]\n", "", None),  # its key reads it still
        ("    patient PATIENT.PID <-> Patient by pid as identify\n", "", "PID"),
    ],
)
def test_an_undeclared_leftover_planted_in_a_map_is_reported(old, new, place):
    message = body("PID|1||5||Ramsbottom^^^^^^L|||F||||||||||||||X", OBR, OBX)
    text = planted(old, new).replace("  drop PID-23 when PID-8 = F", "  drop PID-23 when PID-2 = F")
    assert gaps(message) == {}
    found = gaps(message, text=text)
    assert set(found) >= {place} if place else found == {}


def test_the_share_is_of_populated_fields_that_are_explained_whole():
    found = survey(body("PID|1||5^x||Ramsbottom"))
    assert (found.populated, found.explained) == (15 - 3, 11)
    assert found.share == 11 / 12
    assert survey().share == 1.0


def test_memory_does_not_grow_with_what_messages_name():
    found = survey()
    found.fields.most = 5
    for number in range(40):
        found.take(body(PID, f"Z{number:02}|1"))
    assert len(found.fields) == 5
    assert found.fields.others > 30


def test_no_value_comes_out():
    found = survey(body("PID|1||SECRET^SECRET||SECRET^SECRET|||SECRET", "ZZZ|SECRET", OBR))
    assert "SECRET" not in repr([list(found.fields), list(found.refused), list(found.unsupported), found.never_fired()])


def test_a_declared_z_segment_is_read_as_its_fields_are_typed():
    text = planted(
        "    patient PATIENT.PID <-> Patient by pid as identify\n",
        "    patient PATIENT.PID <-> Patient by pid as identify\n    plan ZPI-2 <-> patient.maritalStatus\n",
    )
    text += '\nsegment ZPI "extras"\n  1 ID "held"\n  2 CWE "plan"\n'
    assert gaps(body(PID, "ZPI||A^Alpha", OBR), text=text) == gaps(body(PID, OBR))
    assert gaps(body(PID, "ZPI|Y|A^Alpha^L", OBR), text=text) == {**gaps(body(PID, OBR)), "ZPI-1": (1, 1), "ZPI-2.3": (1, 1)}
    assert gaps(body(PID, OBR, OBX, "ZPI|Y"), text=text)["ZPI"] == (1, 1)
    assert gaps(body(PID, "ZPI||A^Alpha", OBR))["ZPI"] == (1, 1)
