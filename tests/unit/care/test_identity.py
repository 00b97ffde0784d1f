"""Exact identity: what is a key, what is only flagged, and what is never a key."""

import pytest

from hub.care.identity import Flag, keys_of
from hub.care.nhs_number import SYSTEM, is_nhs_number, normalise

OLD_STYLE = "urn:oid:2.16.840.1.113883.2.1.3.2.4.3"


def patient(*identifiers):
    return {"resourceType": "Patient", "name": [{"family": "Greenwood"}], "identifier": list(identifiers)}


@pytest.mark.parametrize("number", ["9990000018", "999 000 0018", "999-000-0018", "4010232137", "6000000006", "7000000007"])
def test_a_number_with_its_check_digit_in_a_range_in_use(number):
    assert is_nhs_number(number, by_authority=False)


@pytest.mark.parametrize(
    "number",
    [
        "9990000019",  # wrong check digit
        "999000001",  # nine digits
        "99900000180",  # eleven
        "9999999999",  # passes modulus 11, and is nobody's
        "0000000000",
        "999000001X",
        "９９９００００１８４",  # digits, but not ours
        "",
    ],
)
def test_not_a_number_whoever_says_so(number):
    assert not is_nhs_number(number, by_authority=True)


def test_check_digit_ten_makes_no_number():
    first_nine = "999000014"  # 11 - sum mod 11 is 10
    assert not any(is_nhs_number(first_nine + str(last), by_authority=True) for last in range(10))


def test_outside_the_ranges_the_authority_decides():
    number = "2478684691"  # of an older test stream; a Scottish CHI number lies outside too
    assert is_nhs_number(number, by_authority=True)
    assert not is_nhs_number(number, by_authority=False)


def test_the_printed_form_is_one_number():
    assert normalise(" 999 000 0018 ") == normalise("999-000-0018") == "9990000018"


def test_keys_are_the_nhs_number_first_then_local_numbers():
    keys = keys_of(patient({"system": "urn:x:rcf", "value": "M1"}, {"system": SYSTEM, "value": "999 000 0018"}))
    assert keys.usable == ((SYSTEM, "9990000018"), ("urn:x:rcf", "M1"))
    assert keys.flagged == frozenset()


def test_an_invalid_nhs_number_is_flagged_and_never_a_key():
    keys = keys_of(patient({"system": SYSTEM, "value": "9990000019"}))
    assert keys.usable == ()
    assert keys.flagged == {Flag.NHS_NUMBER_INVALID}


@pytest.mark.parametrize(
    "identifier",
    [
        {"value": "M1"},  # nobody's number
        {"system": "", "value": "M1"},
        {"system": "urn:x:rcf"},
        {"system": "urn:x:rcf", "value": "  "},
        {"system": "urn:x:rcf", "value": "M1", "use": "old"},
        {"system": "urn:x:rcf", "value": "M1", "use": "temp"},
        {"system": OLD_STYLE, "value": "ABC123"},
        {"system": "urn:x:rcf", "value": 17},
        "M1",
    ],
)
def test_what_never_identifies(identifier):
    assert keys_of(patient(identifier)).usable == ()


def test_names_never_identify():
    assert keys_of({"resourceType": "Patient", "name": [{"family": "Greenwood"}], "birthDate": "1950-01-01"}).usable == ()
    assert keys_of({"resourceType": "Patient", "identifier": None}).usable == ()
