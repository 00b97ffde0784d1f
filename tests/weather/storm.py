"""A storm: traffic goes on while something breaks, again and again on one store that grows; the account is taken in between and at the end."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from random import Random

from tests.acceptance.hospital import wait_until
from tests.weather.account import take_account
from tests.weather.books import Account
from tests.weather.house import House, PostgresqlHouse
from tests.weather.record import read_ledger
from tests.weather.traffic import Traffic

__all__ = ["Storm", "kill", "power_cut"]

CALM = 300.0  # seconds in which everything that is owed must have been delivered, when nothing breaks any more


class Storm:
    """chance: of the moments and of what breaks; a storm can be had again by its seed."""

    def __init__(self, house: House, chance: Random, *, busy: tuple[float, float] = (0.1, 0.8)) -> None:
        self.house = house
        self.chance = chance
        self.traffic: Traffic = house.traffic()
        self.endangered = 0
        self.rounds = 0
        self._busy = busy

    @contextmanager
    def blowing(self) -> Iterator[None]:
        """Hubs and traffic are up; at the end traffic has stopped, each feed with the answer that it waited for."""
        self.house.start()
        self.traffic.start()
        try:
            yield
        finally:
            self.traffic.stop()

    def round(self, breaks: Callable[[Storm], None]) -> None:
        """Some moments of traffic, at least one answer, and then it breaks."""
        enough = self.traffic.acknowledged + 1
        wait_until(lambda: self.traffic.acknowledged >= enough, CALM)
        time.sleep(self.chance.uniform(*self._busy))
        breaks(self)
        self.rounds += 1

    def account(self) -> Account:
        return take_account(self.house.url, self.traffic, self.house.wards)

    def settle(self) -> Account:
        """After the storm: until nothing is pending and nothing is owed; then the whole account."""
        wait_until(self._is_settled, CALM)
        return take_account(self.house.url, self.traffic, self.house.wards, finished=True)

    def _is_settled(self) -> bool:
        time.sleep(0.2)
        found = read_ledger(self.house.url)
        pending = sum(line["pending"] for line in found.sources.values())
        owed = sum(line[state] for line in found.destinations.values() for state in ("due", "in-flight", "waiting"))
        return pending == owed == 0


# --- what breaks


def power_cut(storm: Storm) -> None:
    """One time in two the disk that keeps nothing but what was synced, else any legal one. A server's hubs may stand on another machine."""
    seed = storm.chance.choice((None, storm.chance.randrange(1 << 30)))
    house = storm.house
    if isinstance(house, PostgresqlHouse):
        storm.endangered += house.power_cut(seed, hubs_too=storm.chance.random() < 0.5)
    else:
        storm.endangered += house.power_cut(seed)
    house.start()


def kill(storm: Storm) -> None:
    """kill -9: of hubs; of one of the server's processes, which takes the others with it; of the server whole."""
    house = storm.house
    if isinstance(house, PostgresqlHouse):
        storm.chance.choice((_kill_one, _kill_one, _kill_one_process_of_the_server, _kill_server))(house, storm.chance)
    else:
        house.kill_hubs()
    house.start()


def _kill_one(house: PostgresqlHouse, chance: Random) -> None:
    chance.choice(house.hubs).kill()


def _kill_one_process_of_the_server(house: PostgresqlHouse, chance: Random) -> None:
    with suppress(ProcessLookupError):
        os.kill(chance.choice(house.server.children()), signal.SIGKILL)


def _kill_server(house: PostgresqlHouse, _: Random) -> None:
    house.server.kill()
    house.server.start()
