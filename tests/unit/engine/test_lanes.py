"""A key of order: who, from where, what kind of content."""

import pytest

from hub.codec.hl7v2 import parse_message
from hub.engine.change import Change, Kind
from hub.engine.configuration import SourceConfig
from hub.engine.lanes import lane_of, may_pass, merges_in

SOURCE = SourceConfig("airedale")


def message(pid="PID|1||111^^^RCF^MR~9990000018^^^NHS^NH||Greenwood", kind="ORU^R01", control_id="1"):
    return parse_message(f"MSH|^~\\&|A|B|C|D|20260201||{kind}|{control_id}|P|2.4\r{pid}\r".encode())


def test_one_person_one_source_one_family():
    assert lane_of(message(), SOURCE) == lane_of(message(control_id="2"), SOURCE)
    assert lane_of(message(), SOURCE).endswith("/airedale/results")


@pytest.mark.parametrize(
    "other",
    [
        message(pid="PID|1||112^^^RCF^MR"),
        message(pid="PID|1||111^^^RX8^MR"),
        message(kind="ADT^A08"),
        message(pid="NTE|1"),
    ],
)
def test_another_person_authority_or_family_is_another_lane(other):
    assert lane_of(other, SOURCE) != lane_of(message(), SOURCE)


def test_another_source_is_another_lane():
    assert lane_of(message(), SourceConfig("calderdale")) != lane_of(message(), SOURCE)


def test_the_lane_never_shows_the_number():
    assert "111" not in lane_of(message(pid="PID|1||1115557^^^RCF^MR"), SOURCE).replace(lane_of(message(), SOURCE), "")


def test_the_source_may_name_the_family():
    assert lane_of(message(), SourceConfig("airedale", family="lab")).endswith("/airedale/lab")


def test_all_lanes_of_a_person_begin_alike():
    others = [lane_of(message(), SourceConfig("calderdale")), lane_of(message(kind="ADT^A08"), SOURCE)]
    assert {lane[:17] for lane in others} == {lane_of(message(), SOURCE)[:17]}
    assert lane_of(message(), SOURCE)[16] == "/"


def merge(*segments, kind="ADT^A40"):
    lines = "\r".join(segments)
    return parse_message(f"MSH|^~\\&|A|B|C|D|20260201||{kind}|1|P|2.4\r{lines}\r".encode())


def whose(pid):
    return lane_of(message(pid=pid), SOURCE)[:16]


STAYS, GONE, ALSO = "PID|1||111^^^RCF^MR~9990000018^^^NHS^NH", "PID|1||112^^^RCF^MR", "PID|1||113^^^RCF^MR"


@pytest.mark.parametrize("kind", ["ADT^A40", "ADT^A34"])
def test_a_merge_names_whose_lanes_go_on_in_whose(kind):
    assert merges_in(merge(STAYS, "MRG|112^^^RCF^MR", kind=kind)) == ((whose(GONE), whose(STAYS)),)


def test_an_old_number_without_an_authority_has_that_of_the_one_that_stays():
    assert merges_in(merge(STAYS, "MRG|112")) == ((whose(GONE), whose(STAYS)),)


def test_several_old_numbers_and_several_people():
    found = merges_in(merge(STAYS, "MRG|112^^^RCF^MR~113^^^RCF^MR", "PID|2||114^^^RCF^MR", "MRG|115^^^RCF^MR"))
    last = (whose("PID|1||115^^^RCF^MR"), whose("PID|1||114^^^RCF^MR"))
    assert found == ((whose(GONE), whose(STAYS)), (whose(ALSO), whose(STAYS)), last)


@pytest.mark.parametrize(
    "nothing",
    [
        merge(STAYS, "MRG|111^^^RCF^MR"),
        merge(STAYS, "MRG|"),
        merge("MRG|112^^^RCF^MR"),
        merge(STAYS, "MRG|112^^^RCF^MR", kind="ADT^A08"),
        merge(STAYS, "MRG|112^^^RCF^MR", kind="ORU^R01"),
    ],
)
def test_what_merges_nobody(nothing):
    assert merges_in(nothing) == ()


def change(type_, kind=Kind.UPDATE, **elements):
    return Change(kind, type_, {"resourceType": type_, **elements})


@pytest.mark.parametrize(
    "urgent",
    [
        change("CarePlan"),
        change("Consent"),
        change("Observation", Kind.AMEND, status="entered-in-error"),
        change("Patient", deceasedBoolean=True),
        change("Patient", deceasedDateTime="2026-02-01"),
    ],
)
def test_withdrawals_plans_consents_and_deaths_pass(urgent):
    assert may_pass([change("Observation"), urgent])


def test_results_and_registrations_wait():
    assert not may_pass(
        [change("Observation"), change("Patient", deceasedBoolean=False), change("Encounter", Kind.AMEND, status="finished")]
    )
