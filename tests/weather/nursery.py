"""Where hubs come from, quickly: a process that has everything imported, and is forked for each `calder serve`.

A storm starts a hub every second or two; the imports alone take that long. What runs in the fork is the command itself.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

__all__ = ["Nursery"]

ROOT = Path(__file__).parents[2]


class Nursery:
    """The test's side of it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.weather.nursery"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def fork(self, arguments: Sequence[str], faults: Sequence[str], output: Path, log: Path) -> int:
        """Gives the number of the process. faults: planted, by their names in faulty_hub."""
        told = {"arguments": list(arguments), "faults": list(faults), "output": str(output), "log": str(log)}
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()


def has_gone(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def wait_until_gone(number: int, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not has_gone(number):
        assert time.monotonic() < deadline, "a hub that was killed is still there"
        time.sleep(0.005)


def _become_hub(arguments: list[str], faults: list[str], output: str, log: str) -> None:
    """In the fork; does not return."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for name, stream in ((os.devnull, 0), (output, 1), (log, 2)):
        handle = os.open(name, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(handle, stream)
        os.close(handle)
    for fault in faults:
        FAULTS[fault]()
    sys.argv = ["calder", *arguments]
    try:
        main()
    except SystemExit as end:
        os._exit(end.code if isinstance(end.code, int) else 1)
    except BaseException:  # noqa: BLE001 -- into the log, whatever it is
        sys.excepthook(*sys.exc_info())
    os._exit(70)


if __name__ == "__main__":
    from hub.app.installed import connectors
    from hub.cli import main
    from tests.acceptance.faulty_hub import FAULTS

    connectors()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # they are reaped by the kernel
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _become_hub(**json.loads(line))
        print(child, flush=True)
