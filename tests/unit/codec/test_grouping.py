from __future__ import annotations

import time

import pytest

from hub.codec.hl7v2 import Group, Grouped, Message, Segment, dictionary, group, parse_message


def grouped(version: str, structure: str, names: str) -> Grouped:
    text = "MSH|^~\\&|\r" + "".join(f"{name}|\r" for name in names.split())
    message = parse_message(text.encode())
    assert isinstance(message, Message)
    definition = dictionary.structure(version, structure)
    assert definition is not None
    return group(message, definition)


def shape(item: Group | Segment) -> str:
    """PATIENT(PID VISIT(PV1)), the header left out."""
    if isinstance(item, Segment):
        return item.name
    return f"{item.name}({' '.join(shape(inner) for inner in item.items if shape(inner) != 'MSH')})"


ORU_2_3 = (
    "ORU_R01(RESPONSE("
    "PATIENT(PID VISIT(PV1)) "
    "ORDER_OBSERVATION(ORC OBR OBSERVATION(OBX NTE NTE) OBSERVATION(OBX)) "
    "ORDER_OBSERVATION(ORC OBR NTE OBSERVATION(OBX))))"
)


@pytest.mark.parametrize(
    ("version", "structure", "names", "expected"),
    [
        ("2.3", "ORU_R01", "PID PV1 ORC OBR OBX NTE NTE OBX ORC OBR NTE OBX", ORU_2_3),
        (
            "2.6",
            "ORU_R01",
            "PID PV1 OBR OBX OBX OBR OBX",
            (
                "ORU_R01(PATIENT_RESULT(PATIENT(PID VISIT(PV1)) "
                "ORDER_OBSERVATION(OBR OBSERVATION(OBX) OBSERVATION(OBX)) ORDER_OBSERVATION(OBR OBSERVATION(OBX))))"
            ),
        ),
        (
            "2.5",
            "ORU_R01",
            "PID OBR OBX PID OBR OBX",
            (
                "ORU_R01(PATIENT_RESULT(PATIENT(PID) ORDER_OBSERVATION(OBR OBSERVATION(OBX))) "
                "PATIENT_RESULT(PATIENT(PID) ORDER_OBSERVATION(OBR OBSERVATION(OBX))))"
            ),
        ),
        (
            "2.5.1",
            "ORU_R01",
            "SFT PID ORC OBR OBX SPM OBX ORC OBR OBX",
            (
                "ORU_R01(SFT PATIENT_RESULT(PATIENT(PID) ORDER_OBSERVATION(ORC OBR OBSERVATION(OBX) SPECIMEN(SPM OBX)) "
                "ORDER_OBSERVATION(ORC OBR OBSERVATION(OBX))))"
            ),
        ),
        ("2.4", "ADT_A01", "EVN PID PV1 AL1 AL1 DG1 IN1 IN2 IN1", "ADT_A01(EVN PID PV1 AL1 AL1 DG1 INSURANCE(IN1 IN2) INSURANCE(IN1))"),
        ("2.3", "MDM_T02", "EVN PID PV1 TXA OBX OBX", "MDM_T02(EVN PID PV1 TXA OBX OBX)"),
        ("2.4", "MDM_T02", "EVN PID PV1 TXA OBX OBX", "MDM_T02(EVN PID PV1 TXA OBX OBX)"),
        ("2.5", "MDM_T02", "EVN PID PV1 TXA OBX OBX NTE", "MDM_T02(EVN PID PV1 TXA OBSERVATION(OBX) OBSERVATION(OBX NTE))"),
        ("2.5.1", "MDM_T02", "EVN PID PV1 TXA OBX", "MDM_T02(EVN PID PV1 TXA OBXNTE_SUPPGRP(OBX))"),
        (
            "2.6",
            "MDM_T02",
            "EVN PID PV1 ORC OBR NTE ORC OBR TXA OBX",
            "MDM_T02(EVN PID PV1 COMMON_ORDER(ORC OBR NTE) COMMON_ORDER(ORC OBR) TXA OBSERVATION(OBX))",
        ),
        (
            "2.3",
            "ORM_O01",
            "PID ORC OBR OBX ORC RXO",
            "ORM_O01(PATIENT(PID) ORDER(ORC ORDER_DETAIL(CHOICE(OBR) OBSERVATION(OBX))) ORDER(ORC ORDER_DETAIL(CHOICE(RXO))))",
        ),
    ],
)
def test_real_messages_fall_into_their_groups(version: str, structure: str, names: str, expected: str) -> None:
    found = grouped(version, structure, names)
    assert shape(found.root) == expected
    assert (found.unexpected, found.missing) == ((), ())


def test_a_z_segment_stays_with_the_group_that_it_follows() -> None:
    found = grouped("2.3", "ORU_R01", "PID ZPI OBR OBX ZBX OBX")
    assert shape(found.root) == "ORU_R01(RESPONSE(PATIENT(PID ZPI) ORDER_OBSERVATION(OBR OBSERVATION(OBX ZBX) OBSERVATION(OBX))))"
    assert [segment.name for segment in found.unexpected] == ["ZPI", "ZBX"]
    assert found.missing == ()


def test_a_segment_out_of_place_goes_to_the_open_group_that_knows_it() -> None:
    found = grouped("2.5", "ADT_A01", "EVN PID PV1 DG1 IN1 AL1 IN2")
    assert shape(found.root) == "ADT_A01(EVN PID PV1 DG1 INSURANCE(IN1 IN2) AL1)"
    assert [segment.name for segment in found.unexpected] == ["AL1"]


def test_what_is_required_and_absent_is_listed_with_its_group() -> None:
    found = grouped("2.5", "ORU_R01", "PID OBX OBX")
    assert shape(found.root) == "ORU_R01(PATIENT_RESULT(PATIENT(PID) ORDER_OBSERVATION(OBSERVATION(OBX) OBSERVATION(OBX))))"
    assert found.missing == ("PATIENT_RESULT[1].ORDER_OBSERVATION[1].OBR",)
    assert found.unexpected == ()
    assert grouped("2.5", "ORU_R01", "").missing == ("PATIENT_RESULT",)
    second = grouped("2.5", "ORU_R01", "PID ORC OBR OBX ORC OBX")
    assert second.missing == ("PATIENT_RESULT[1].ORDER_OBSERVATION[2].OBR",)


def test_a_missing_event_segment_does_not_put_the_rest_out_of_place() -> None:
    found = grouped("2.4", "ADT_A01", "PID PV1 OBX")
    assert (found.unexpected, found.missing) == ((), ("EVN",))


def test_a_required_segment_that_comes_late_is_unexpected_and_not_missing() -> None:
    found = grouped("2.4", "ADT_A01", "PID PV1 EVN")
    assert ([segment.name for segment in found.unexpected], found.missing) == (["EVN"], ())


def test_a_second_pid_where_one_is_allowed() -> None:
    found = grouped("2.4", "ADT_A01", "EVN PID PID PV1")
    assert [segment.occurrence for segment in found.unexpected] == [2]
    assert len(found.root.segments("PID")) == 2


def test_groups_and_segments_are_found_by_name() -> None:
    root = grouped("2.3", "ORU_R01", "PID OBR OBX OBX").root
    orders = root.groups("RESPONSE")[0].groups("ORDER_OBSERVATION")
    assert [len(order.groups("OBSERVATION")) for order in orders] == [2]
    assert [segment.name for segment in orders[0].segments("OBR")] == ["OBR"]
    assert orders[0].segments("OBX") == []
    assert [segment.name for segment in root.walk()] == ["MSH", "PID", "OBR", "OBX", "OBX"]


def test_time_grows_with_the_segments_and_not_with_their_square() -> None:
    started = time.process_time()
    for names in ("OBR OBX " * 20_000, "ZZZ " * 40_000, "PID " * 40_000, "PID OBR " * 20_000):
        grouped("2.6", "ORU_R01", names)
    assert time.process_time() - started < 10


def test_a_stray_segment_does_not_begin_a_group_anew() -> None:
    found = grouped("2.3", "ORU_R01", "PID OBR OBX PD1")
    assert shape(found.root) == "ORU_R01(RESPONSE(PATIENT(PID) ORDER_OBSERVATION(OBR OBSERVATION(OBX PD1))))"
    assert [segment.name for segment in found.unexpected] == ["PD1"]


def test_of_a_choice_one_is_taken() -> None:
    found = grouped("2.3", "ORM_O01", "PID ORC OBR RXO")
    assert [segment.name for segment in found.unexpected] == ["RXO"]
