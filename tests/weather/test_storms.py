"""Storms over both stores: lost pages and kills under MLLP, FHIR and outbound traffic, and an account that comes out even.

`make test` runs some rounds of each; `make soak` some hundreds (tests/soak). The planted faults (test_planted_faults) are caught by the same account.
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
