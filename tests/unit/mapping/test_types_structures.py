"""Groups in one vocabulary. What each version has is from chapters 3, 7 and 9 of that version."""

from __future__ import annotations

import pytest

from hub.codec.hl7v2.dictionary import VERSIONS
from hub.mapping.types.structures import find_group_path, locate_group, locate_segment, resolve_group, resolve_structure

RESULT = ("PATIENT_RESULT", "ORDER_OBSERVATION", "OBSERVATION")
ALL_BUT_2_3 = [version for version in VERSIONS if version != "2.3"]


@pytest.mark.parametrize("version", ALL_BUT_2_3)
def test_results_have_the_same_groups_in_nearly_every_version(version: str) -> None:
    assert resolve_group(version, "ORU_R01", RESULT) == RESULT


def test_2_3_calls_patient_result_response() -> None:
    assert resolve_group("2.3", "ORU_R01", RESULT) == ("RESPONSE", "ORDER_OBSERVATION", "OBSERVATION")
    assert resolve_group("2.3", "ORU_R01", ("PATIENT_RESULT", "PATIENT", "VISIT")) == ("RESPONSE", "PATIENT", "VISIT")


@pytest.mark.parametrize(
    ("version", "names"),
    [
        ("2.2", None),
        ("2.3", ("OBX",)),
        ("2.3.1", ("OBX",)),
        ("2.4", ("OBX",)),
        ("2.5", ("OBSERVATION",)),
        ("2.5.1", ("OBXNTE_SUPPGRP",)),
        ("2.6", ("OBSERVATION",)),
        ("2.8.2", ("OBSERVATION",)),
    ],
)
def test_the_observations_of_a_document(version: str, names: tuple[str, ...] | None) -> None:
    assert resolve_group(version, "MDM_T02", ("OBSERVATION",)) == names


def test_a_bare_segment_is_an_instance_of_its_own() -> None:
    place = locate_group("2.4", "MDM_T02", ("OBSERVATION",))
    assert place is not None
    assert place.bare is not None
    assert (place.bare.name, place.most) == ("OBX", None)
    assert locate_segment("2.4", "MDM_T02", ("OBSERVATION",), "OBX") is not None
    assert locate_segment("2.4", "MDM_T02", ("OBSERVATION",), "NTE") is None
    assert resolve_group("2.4", "MDM_T02", ("OBSERVATION", "NTE")) is None


@pytest.mark.parametrize("version", ["2.1", "2.2"])
def test_a_group_that_is_not_there_yet_is_the_group_around_it(version: str) -> None:
    assert resolve_group(version, "ORU_R01", ("PATIENT_RESULT", "PATIENT", "VISIT")) == ("PATIENT_RESULT", "PATIENT")
    assert locate_segment(version, "ORU_R01", ("PATIENT_RESULT", "PATIENT", "VISIT"), "PV1") is not None


def test_a_group_is_not_taken_for_another_that_begins_alike() -> None:
    """ORDER_DOCUMENT of 2.8 begins with OBX, and so does OBSERVATION: they are not the same."""
    path = ("PATIENT_RESULT", "ORDER_OBSERVATION", "COMMON_ORDER", "ORDER_DOCUMENT")
    assert resolve_group("2.8", "ORU_R01", path) == path
    assert resolve_group("2.5", "ORU_R01", path) is None


@pytest.mark.parametrize("version", VERSIONS)
def test_the_order_is_found_in_a_group_that_stands_once(version: str) -> None:
    place = locate_segment(version, "ORU_R01", ("PATIENT_RESULT", "ORDER_OBSERVATION"), "ORC")
    assert place is not None
    assert place.inner == (("COMMON_ORDER",) if version.startswith("2.8") else ())


def test_a_repeating_segment_may_be_bound() -> None:
    assert resolve_group("2.4", "ADT_A01", ("AL1",)) == ("AL1",)
    assert resolve_group("2.4", "ADT_A01", ("QQQ",)) is None


@pytest.mark.parametrize(("version", "structure"), [("2.3", "ADT_A01"), ("2.3.1", "ADT_A01"), ("2.4", "ADT_A05"), ("2.8", "ADT_A05")])
def test_add_a_person_has_the_structure_of_its_version(version: str, structure: str) -> None:
    assert resolve_structure(version, "ADT_A05") == structure


def test_a_group_named_alone() -> None:
    assert find_group_path("ORU_R01", "OBSERVATION") == RESULT
    assert find_group_path("ORU_R01", "NOWHERE") is None


def test_versions_and_structures_that_do_not_exist() -> None:
    assert resolve_group("2.9", "ORU_R01", RESULT) is None
    assert resolve_group("2.5", "ORU_R99", RESULT) is None
    assert resolve_group("2.5", "", ()) is None
