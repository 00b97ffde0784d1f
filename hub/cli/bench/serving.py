"""A hub in a process of its own, as it is served: two MLLP sources, one answered when received, one when committed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote
from urllib.request import urlopen

__all__ = ["ServedHub", "served_hub"]

_HUB_YAML: Final = """\
sources:
  - {name: received, connector: mllp, listen: "127.0.0.1:0", acknowledge: received}
  - {name: committed, connector: mllp, listen: "127.0.0.1:0", acknowledge: committed}
"""
_TICKS: Final = 100.0  # of /proc, a second


@dataclass(frozen=True, slots=True)
class ServedHub:
    process: subprocess.Popen[str]
    ready: dict[str, str]

    def door(self, source: str) -> tuple[str, int]:
        host, _, port = self.ready[source].rpartition(":")
        return host, int(port)

    def number_of_observations(self, date: str) -> int:
        """Found by a search: how many were made at this second."""
        return int(json.loads(self._get(f"{self.ready['fhir']}/Observation?date={quote(date)}&_total=accurate&_count=1"))["total"])

    def thread_cpu(self) -> dict[str, float]:
        """Seconds, by kind of thread, as the hub tells them; and `transformers`, as the kernel tells."""
        base = self.ready["fhir"].rsplit("/", 1)[0]
        found: dict[str, float] = {}
        for line in self._get(f"{base}/metrics").decode().splitlines():
            if line.startswith("calder_thread_cpu_seconds_total{"):
                label, _, value = line.partition("} ")
                found[label.split('"')[1]] = float(value)
        return found | {"transformers": sum(map(_cpu_of, self._children()))}

    def megabytes(self) -> float:
        """Resident, the hub and its transformers together."""
        return sum(_resident(pid) for pid in (self.process.pid, *self._children()))

    def _children(self) -> list[int]:
        stats = [(int(entry.name), _stat(int(entry.name))) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
        return [pid for pid, fields in stats if len(fields) > 1 and fields[1] == str(self.process.pid)]

    def _get(self, address: str) -> bytes:
        with urlopen(address, timeout=60) as answer:  # noqa: S310 -- an address of the hub that we started
            return bytes(answer.read())


@contextmanager
def served_hub(folder: Path, address: str) -> Iterator[ServedHub]:
    """address: of its store. It is stopped in order."""
    config, log = folder / "hub.yaml", folder / "hub.log"
    config.write_text(_HUB_YAML, encoding="utf-8")
    command = (sys.executable, "-P", "-c", "import hub.cli; hub.cli.main()", "serve", "--dev", "--store", address, "--config", str(config))
    with log.open("wb") as errors:
        process = subprocess.Popen(  # noqa: S603 -- our own hub
            (*command, "--http", "127.0.0.1:0", "--mllp", "127.0.0.1:0"), stdout=subprocess.PIPE, stderr=errors, text=True
        )
    try:
        line = process.stdout.readline() if process.stdout is not None else ""
        if not line.startswith("ready "):
            raise AssertionError(f"the hub of the benchmark did not start: {log.read_text(encoding='utf-8')[-2000:]}")
        yield ServedHub(process, json.loads(line.removeprefix("ready ")))
    finally:
        process.terminate()
        process.communicate(timeout=60)


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on (state, parent, …): man proc. Empty for one that has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2].split()
    except OSError:
        return []


def _cpu_of(pid: int) -> float:
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / _TICKS if fields else 0.0


def _resident(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:"))
