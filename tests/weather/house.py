"""A house in the storm: hubs of their own processes on fixed ports, their store on a disk that forgets, destinations, and traffic.

A hub is killed and started again on the same ports, so that senders find it as they would find a real one.
"""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

from hub.care.nhs_number import is_nhs_number
from tests.postgresql_server import PostgresqlServer
from tests.weather.forgetting.mount import ForgettingDisk, forgetting_disk
from tests.weather.nursery import Nursery, has_gone, wait_until_gone
from tests.weather.traffic import FhirFeed, MllpFeed, Traffic
from tests.weather.ward import Ward

__all__ = ["House", "Hub", "PostgresqlHouse", "SqliteHouse", "built"]

START = 90.0  # seconds that a hub may take to be ready, after a recovery too

HUB_YAML = """\
sources:
  - {{name: early, connector: mllp, listen: '127.0.0.1:{early}', acknowledge: received, processing: [P]}}
destinations:
  - {{name: documents, connector: mllp, connect: '127.0.0.1:{documents}', organisation: RCF, answer: 20s, idempotent: true,
     retry: {{initial: 50ms, maximum: 500ms, for: 24h}}, parameters: {{receiving_application: EDMS, receiving_facility: RCF}}}}
  - {{name: strict, connector: mllp, connect: '127.0.0.1:{strict}', organisation: RCF, answer: 20s, idempotent: false,
     retry: {{initial: 50ms, maximum: 500ms, for: 24h}}, parameters: {{receiving_application: OLD, receiving_facility: RCF}}}}
routes:
  - {{when: CarePlan, map: documents/mdm_t02, to: [documents, strict]}}
"""


class Hub:
    """One `calder serve`. faults: planted, by their names in faulty_hub."""

    def __init__(
        self, name: str, nursery: Nursery, folder: Path, store: Sequence[str], wards: Sequence[Ward], faults: Sequence[str]
    ) -> None:
        self.http, self.mllp, self.early = _free_ports(3)
        self._nursery = nursery
        self._faults = faults
        self._output, self._log = folder / f"{name}.out", folder / f"{name}.log"
        config = folder / f"{name}.yaml"
        config.write_text(HUB_YAML.format(early=self.early, **{ward.name: ward.port for ward in wards}))
        listen = ["--http", f"127.0.0.1:{self.http}", "--mllp", f"127.0.0.1:{self.mllp}", "--config", str(config)]
        self._arguments = ["serve", "--dev", *listen, *store]
        self.process: int | None = None

    def begin(self) -> None:
        """Start, and do not wait for it."""
        self._output.unlink(missing_ok=True)
        self.process = self._nursery.fork(self._arguments, self._faults, self._output, self._log)

    def wait(self) -> None:
        """Until it is ready."""
        deadline = time.monotonic() + START
        while not (self._output.exists() and self._output.read_text().startswith("ready ")):
            assert not has_gone(self.process), f"the hub does not come up: {self.log[-3000:]}"
            assert time.monotonic() < deadline, f"the hub is not ready in time: {self.log[-3000:]}"
            time.sleep(0.01)

    def start(self) -> None:
        self.begin()
        self.wait()

    def kill(self, number: int = signal.SIGKILL) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.kill(self.process, number)
            wait_until_gone(self.process)
            self.process = None

    @property
    def log(self) -> str:
        return self._log.read_text() if self._log.exists() else ""


class House:
    """What is the same on both stores. folder: of what is not on the disk that forgets."""

    store: str
    answers_early = True  # whether some of the sources answer before they process

    def __init__(self, disk: ForgettingDisk, folder: Path) -> None:
        self.disk = disk
        self.folder = folder
        self.nursery = Nursery()
        self.wards = [Ward("documents", idempotent=True, seed=1).start(), Ward("strict", idempotent=False, seed=2).start()]
        self.hubs: list[Hub] = []

    @property
    def url(self) -> str:
        raise NotImplementedError

    def traffic(self, *, messages: int = 4, plans: int = 2) -> Traffic:
        hubs = self.hubs
        feeds = []
        for number in range(messages):
            answered_early = self.answers_early and number % 2 == 1
            ports = [hub.early if answered_early else hub.mllp for hub in _turned(hubs, number)]
            feeds.append(MllpFeed(f"M{number}", answered_early, [("127.0.0.1", port) for port in ports]))
        addresses = [f"http://127.0.0.1:{hub.http}/fhir" for hub in hubs]
        return Traffic(
            feeds,
            [FhirFeed(f"W{number}", _turned(addresses, number), nhs) for number, nhs in zip(range(plans), _nhs_numbers(), strict=False)],
        )

    def start(self) -> None:
        """Those that are not there."""
        gone = [hub for hub in self.hubs if hub.process is None]
        for hub in gone:
            hub.begin()
        for hub in gone:
            hub.wait()

    def kill_hubs(self) -> None:
        for hub in self.hubs:
            hub.kill()

    def power_cut(self, seed: int | None) -> int:
        """Everything of it is dead, and the disk forgets. Gives how much was in danger."""
        raise NotImplementedError

    def close(self) -> None:
        self.kill_hubs()
        self.nursery.close()
        for ward in self.wards:
            ward.stop()


class SqliteHouse(House):
    store = "sqlite"

    def __init__(self, disk: ForgettingDisk, folder: Path, faults: Sequence[str] = ()) -> None:
        super().__init__(disk, folder)
        self._data = disk.folder / "calder" / "data"  # neither is there yet: the hub makes them, and their names must not be forgotten
        self.hubs = [Hub("hub", self.nursery, folder, ["--data", str(self._data)], self.wards, faults)]

    @property
    def url(self) -> str:
        return f"sqlite:{self._data / 'hub.db'}"

    def power_cut(self, seed: int | None) -> int:
        self.kill_hubs()
        return self.disk.forget(seed)


class PostgresqlHouse(House):
    """Two hubs on one server."""

    store = "postgresql"
    answers_early = False  # the open fault in docs/weather.md: what a hub leaves pending when it dies, later messages of its lane overtake

    def __init__(self, disk: ForgettingDisk, folder: Path, faults: Sequence[str] = ()) -> None:
        super().__init__(disk, folder)
        disk.folder.chmod(0o755)
        self.server = PostgresqlServer(disk.folder)
        disk.sync_all()
        planted = ["short_lease", *faults]
        self.hubs = [Hub(name, self.nursery, folder, ["--store", self.url], self.wards, planted) for name in ("one", "two")]

    @property
    def url(self) -> str:
        return self.server.url()

    def power_cut(self, seed: int | None, *, hubs_too: bool = True) -> int:
        """Of the server; with the hubs where they stand on the same machine."""
        if hubs_too:
            self.kill_hubs()
        self.server.kill()
        endangered = self.disk.forget(seed)
        self.server.remove_locks()
        self.server.start()
        return endangered

    def close(self) -> None:
        super().close()
        self.server.remove()


HOUSES = {house.store: house for house in (SqliteHouse, PostgresqlHouse)}


@contextmanager
def built(store: str, folder: Path, faults: Sequence[str] = ()) -> Iterator[House]:
    with forgetting_disk() as disk:
        house = HOUSES[store](disk, folder, faults)
        try:
            yield house
        finally:
            house.close()


def _turned(things: Sequence, by: int) -> list:
    return [*things[by % len(things) :], *things[: by % len(things)]]


def _nhs_numbers() -> Iterator[str]:
    """Of nobody: 999 is the range for tests."""
    return (str(number) for number in range(9990000000, 9999999999) if is_nhs_number(str(number), by_authority=True))


def _free_ports(number: int) -> list[int]:
    """Below those that the system gives away: nobody else may have one while its hub is dead."""
    found: list[int] = []
    while len(found) < number:
        port = Random().randrange(15_000, 32_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            found.append(port)
    return found
