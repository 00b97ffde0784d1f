"""A hub as its users meet it: `calder serve --dev` in a process of its own, on free ports."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

CALDER = str(Path(sys.executable).with_name("calder"))


@dataclass
class HubProcess:
    """ready: the addresses it said it accepts on."""

    process: subprocess.Popen
    ready: dict[str, str]
    data: Path
    log: Path  # what it prints on stderr; a file, so that a talkative hub is not held up by a full pipe

    @property
    def fhir(self) -> str:
        return self.ready["fhir"]

    @property
    def mllp(self) -> tuple[str, int]:
        host, _, port = self.ready["mllp"].rpartition(":")
        return host, int(port)

    def stop(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.communicate(timeout=30)
        return self.process.returncode

    def stop_and_read(self) -> str:
        """Everything it has printed since it was ready, on both streams."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        printed, _ = self.process.communicate(timeout=30)
        return printed + self.log.read_text()

    def ledger(self) -> dict:
        done = subprocess.run([CALDER, "ledger", "--data", str(self.data), "--json"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


Serve = Callable[..., HubProcess]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts hubs; stops those that are left at the end. `prefix` runs it under another program (strace)."""
    started: list[HubProcess] = []

    def start(
        *options: str, data: Path | None = None, prefix: tuple[str, ...] = (), environment: dict[str, str] | None = None
    ) -> HubProcess:
        folder = data or tmp_path / "data"
        arguments = [*prefix, CALDER, "serve", "--dev", "--data", str(folder), "--http", "127.0.0.1:0", "--mllp", "127.0.0.1:0", *options]
        log = tmp_path / f"hub-{len(started)}.log"
        with log.open("w") as errors:
            process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment)
        line = process.stdout.readline()
        if not line.startswith("ready "):
            process.kill()
            process.communicate()
            raise AssertionError(f"no ready line: {line}{log.read_text()}")
        hub = HubProcess(process, json.loads(line.removeprefix("ready ")), folder, log)
        started.append(hub)
        return hub

    yield start
    for hub in started:
        hub.stop(signal.SIGKILL)


@pytest.fixture
def hub(serve: Serve) -> HubProcess:
    return serve()


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=20) as client:
        yield client
