"""A key of order: who, from where, what kind of content."""

import pytest

from hub.codec.hl7v2 import parse_message
from hub.engine.change import Change, Kind
from hub.engine.configuration import SourceConfig
from hub.engine.lanes import lane_of, may_pass

SOURCE = SourceConfig("airedale")


def message(pid="PID|1||111^^^RCF^MR~9990000018^^^NHS^NH||Greenwood", kind="ORU^R01", control_id="1"):
    return parse_message(f"MSH|^~\\&|A|B|C|D|20260201||{kind}|{control_id}|P|2.4\r{pid}\r".encode())


def test_one_person_one_source_one_family():
    assert lane_of(message(), SOURCE) == lane_of(message(control_id="2"), SOURCE)
    assert lane_of(message(), SOURCE).startswith("airedale/results/")


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
    assert lane_of(message(), SourceConfig("airedale", family="lab")).startswith("airedale/lab/")


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
