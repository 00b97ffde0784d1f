"""The long storms of `make soak`: hundreds of power cuts and kills on one store that grows, and the account in between and at the end.

    python -m tests.soak.storms [--store sqlite|postgresql] [--cuts N] [--kills N] [--seed N]

Without --store: both, with the numbers of the gate. Ends with 1 where the account does not come out even.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from tests.weather.books import Account
from tests.weather.house import built
from tests.weather.storm import Storm, kill, power_cut

GATE = {"sqlite": (200, 200), "postgresql": (100, 100)}
LOOK = 20  # rounds between two accounts


def blow(store: str, cuts: int, kills: int, seed: int) -> Account:
    began = time.monotonic()
    chance = Random(seed)
    rounds = [power_cut] * cuts + [kill] * kills
    chance.shuffle(rounds)
    with tempfile.TemporaryDirectory(prefix="calder-soak-") as folder, built(store, Path(folder)) as house:
        storm = Storm(house, chance)
        print(f"== {store}: {cuts} power cuts that lose pages, {kills} kills, seed {seed}", flush=True)
        with storm.blowing():
            for number, breaks in enumerate(rounds, 1):
                storm.round(breaks)
                if number % LOOK == 0:
                    account = storm.account()
                    print(
                        f"{number:>4} rounds  {time.monotonic() - began:>6.0f} s  {storm.traffic.acknowledged:>7,} acknowledged", flush=True
                    )
                    if account.faults:
                        return account
        account = storm.settle()
        print(
            f"{len(rounds):>4} rounds  {time.monotonic() - began:>6.0f} s  {storm.endangered:,} pages and names were in danger\n{account}",
            flush=True,
        )
        return account


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--store", choices=tuple(GATE))
    asked.add_argument("--cuts", type=int)
    asked.add_argument("--kills", type=int)
    asked.add_argument("--seed", type=int, default=int(time.time()))
    given = asked.parse_args()
    faults = []
    for store in [given.store] if given.store else GATE:
        cuts, kills = GATE[store]
        account = blow(store, given.cuts if given.cuts is not None else cuts, given.kills if given.kills is not None else kills, given.seed)
        faults += [f"{store}: {fault}" for fault in account.faults]
    print("\n".join(faults or ["lost 0, doubled 0, out of order 0, the ledgers balance"]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
