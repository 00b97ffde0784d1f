"""A forgetting file system for a test: mounted, told what to do, and gone at the end.

A machine that forbids mounting fails the tests that need it, loudly: without it nothing shows that what was acknowledged is on the disk.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["ForgettingDisk", "forgetting_disk"]

ROOT = Path(__file__).parents[3]
FORBIDDEN = (
    "NOTHING OF THE WEATHER CAN BE TESTED: the forgetting file system could not be mounted. It needs /dev/fuse, the packages of "
    ".ci/system-packages (fuse3, libfuse2) and the right to mount (root, or a container with CAP_SYS_ADMIN and --device /dev/fuse)."
)


class ForgettingDisk:
    """folder: where it is mounted. Whatever stands in it forgets what was not synced."""

    def __init__(self) -> None:
        self._own = Path(tempfile.mkdtemp(prefix="calder-disk-"))
        self._own.chmod(0o755)
        self._log = self._own / "log"
        self.folder = self._own / "disk"
        self.folder.mkdir()
        served = [sys.executable, "-m", "tests.weather.forgetting.served", str(self.folder)]
        with self._log.open("w") as log:
            self._process = subprocess.Popen(served, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
        while not os.path.ismount(self.folder):
            if self._process.poll() is not None:
                said = self._log.read_text()
                shutil.rmtree(self._own)
                raise AssertionError(f"{FORBIDDEN}\n{said}")
            time.sleep(0.02)

    def forget(self, seed: int | None = None, *, patience: float = 60.0) -> int:
        """The power cut, when everybody who had a file open is dead. seed: which of the legal disks is left; None: only what was synced.

        Gives how much was in danger.
        """
        endangered = int(self._tell("look")["unsynced"])
        deadline = time.monotonic() + patience
        while self._tell("forget", seed=seed)["open"]:
            assert time.monotonic() < deadline, "a file is still open: who writes to it must be dead before the disk forgets"
            time.sleep(0.02)
        return endangered

    def sync_all(self) -> None:
        self._tell("sync")

    def delay_syncs(self, seconds: float) -> None:
        self._tell("delay", seconds=seconds)

    def fail_syncs(self, times: int | None) -> None:
        """The next so many, or all (None) until told otherwise (0)."""
        self._tell("fail", times=times)

    def leave_room(self, size: int | None) -> None:
        """Files may grow by so many bytes, then the disk is full; None: without limit."""
        self._tell("room", room=size)

    def make_read_only(self, on: bool) -> None:
        self._tell("read-only", on=on)

    def unsynced(self) -> int:
        return int(self._tell("look")["unsynced"])

    def unmount(self) -> None:
        self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:  # somebody still stands in it
            subprocess.run(["umount", "--lazy", str(self.folder)], check=False)
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        if os.path.ismount(self.folder):
            subprocess.run(["umount", "--lazy", str(self.folder)], check=True)
        said = self._log.read_text()
        shutil.rmtree(self._own)
        assert "Traceback" not in said, said

    def _tell(self, do: str, **how: object) -> dict[str, int]:
        self._process.stdin.write(json.dumps({"do": do, **how}) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@contextmanager
def forgetting_disk() -> Iterator[ForgettingDisk]:
    disk = ForgettingDisk()
    try:
        yield disk
    finally:
        disk.unmount()
