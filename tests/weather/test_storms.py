"""Storms over both stores: lost pages and kills under MLLP, FHIR and outbound traffic, and an account that comes out even.

`make test` runs some rounds of each; `make soak` some hundreds (tests/soak). The planted faults are caught by the same account.
"""

from random import Random

import pytest

from tests.weather.house import built
from tests.weather.storm import Storm, kill, power_cut

ROUNDS = {"sqlite": 3, "postgresql": 2}
STORES = ("sqlite", "postgresql")


@pytest.mark.parametrize("breaks", [power_cut, kill])
@pytest.mark.parametrize("store", STORES)
def test_the_account_comes_out_even(tmp_path, store, breaks) -> None:
    with built(store, tmp_path) as house:
        storm = Storm(house, Random(11))
        with storm.blowing():
            for _ in range(ROUNDS[store]):
                storm.round(breaks)
                storm.account().check()
        account = storm.settle()
        print(account)
        account.check()
        assert {line.counted["acknowledged"] > 0 for line in account.lines[:2]} == {True}
        assert {line.counted["arrived"] > 0 for line in account.lines[2:]} == {True}
        assert breaks is kill or storm.endangered > 0


def test_what_a_hub_made_is_on_the_disk_from_its_first_answer_on(tmp_path) -> None:
    """Its folders and files, too: a power cut soon after the very first start."""
    with built("sqlite", tmp_path) as house:
        storm = Storm(house, Random(1), busy=(0, 0))
        with storm.blowing():
            storm.round(lambda storm: (house.power_cut(None), house.start()))
            storm.account().check()


MUTANTS = {
    "leave_out_the_sync": (power_cut, "lost"),
    "answer_before_the_commit": (kill, "lost"),
    "forget_what_was_received": (kill, "doubled"),
    "settle_before_the_answer": (kill, "lost"),
    "forget_the_lane_of_deliveries": (kill, "out of order"),
}


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("fault", MUTANTS)
def test_a_planted_fault_is_caught(tmp_path, store, fault) -> None:
    """One round may miss it; several do not."""
    breaks, what = MUTANTS[fault]
    with built(store, tmp_path, (fault,)) as house:
        storm = Storm(house, Random(5))
        try:
            with storm.blowing():
                for _ in range(12):
                    storm.round(breaks)
                    if caught(storm.account(), what):
                        return
        except AssertionError as refused:  # a record that a power cut has torn may keep the hub from starting at all
            assert fault == "leave_out_the_sync", refused
            return
        assert caught(storm.settle(), what)


def caught(account, what: str) -> bool:
    return any(line.wrong[what] for line in account.lines)
