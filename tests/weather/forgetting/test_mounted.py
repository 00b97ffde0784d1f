"""The same through the kernel: a real mount, with processes that write to it, map it, are killed, and find it as the disk has it."""

import errno
import mmap
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.postgresql_server import PostgresqlServer
from tests.weather.forgetting.disk import PAGE
from tests.weather.forgetting.mount import ForgettingDisk, forgetting_disk


@pytest.fixture(scope="module")
def mounted():
    with forgetting_disk() as made:
        yield made


@pytest.fixture
def disk(mounted, request):
    """With the weather of the one before gone, and a folder of its own that is on the disk."""
    mounted.fail_syncs(0)
    mounted.leave_room(None)
    mounted.make_read_only(False)
    folder = mounted.folder / request.node.name[:60]
    folder.mkdir()
    sync(mounted.folder)
    mounted.place = folder
    return mounted


def sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def write(path: Path, data: bytes, *, synced: bool) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        if synced:
            os.fsync(file.fileno())


def test_what_was_synced_is_there_and_what_was_not_is_gone(disk: ForgettingDisk) -> None:
    write(disk.place / "kept", b"kept", synced=True)
    write(disk.place / "empty", b"lost", synced=False)
    sync(disk.place)
    write(disk.place / "kept", b"overwritten", synced=False)
    write(disk.place / "nameless", b"lost", synced=True)
    assert (disk.place / "kept").read_bytes() == b"overwritten"
    assert disk.forget() > 0
    assert (disk.place / "kept").read_bytes() == b"kept"
    assert (disk.place / "empty").read_bytes() == b""
    assert names_in(disk.place) == {"empty", "kept"}


def test_what_is_mapped_into_memory_is_shared_and_forgotten_with_the_rest(disk: ForgettingDisk) -> None:
    write(disk.place / "map", b"a" * PAGE, synced=True)
    sync(disk.place)
    with (disk.place / "map").open("r+b") as one, (disk.place / "map").open("r+b") as other:
        first, second = mmap.mmap(one.fileno(), PAGE), mmap.mmap(other.fileno(), PAGE)
        first[:3] = b"new"
        assert second[:3] == b"new"
        first.close()
        second.close()
    assert (disk.place / "map").read_bytes().startswith(b"new")
    disk.forget()
    assert (disk.place / "map").read_bytes() == b"a" * PAGE


def test_a_mapped_page_that_is_synced_stays(disk: ForgettingDisk) -> None:
    write(disk.place / "map", b"a" * PAGE, synced=True)
    sync(disk.place)
    with (disk.place / "map").open("r+b") as file, mmap.mmap(file.fileno(), PAGE) as mapped:
        mapped[:3] = b"new"
        mapped.flush()
    disk.forget()
    assert (disk.place / "map").read_bytes().startswith(b"newa")


def test_renamed_removed_and_cut_files_come_back_until_it_is_synced(disk: ForgettingDisk) -> None:
    for name in ("a", "b", "c"):
        write(disk.place / name, name.encode() * 2 * PAGE, synced=True)
    sync(disk.place)
    (disk.place / "a").rename(disk.place / "b")
    (disk.place / "c").unlink()
    assert names_in(disk.place) == {"b"}
    os.truncate(disk.place / "b", 1)
    disk.forget()
    assert {path.name: path.read_bytes() for path in disk.place.iterdir()} == {name: name.encode() * 2 * PAGE for name in "abc"}


def test_a_file_removed_while_it_is_open_is_readable_and_then_gone(disk: ForgettingDisk) -> None:
    write(disk.place / "open", b"open", synced=True)
    sync(disk.place)
    with (disk.place / "open").open("rb") as file:
        (disk.place / "open").unlink()
        sync(disk.place)
        assert file.read() == b"open"
    disk.forget()
    assert names_in(disk.place) == set()


WRITER = """
import os, sys
file = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o600)
os.write(file, b"synced")
os.fsync(file)
os.write(file, b", and this not")
print("written", flush=True)
sys.stdin.read()
"""


def test_a_process_that_is_killed_leaves_what_it_wrote_and_a_power_cut_does_not(disk: ForgettingDisk) -> None:
    path = disk.place / "f"
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        writer.stdout.readline()
        sync(disk.place)
        with pytest.raises(AssertionError, match="still open"):
            disk.forget(patience=0.2)
        writer.kill()
    assert path.read_bytes() == b"synced, and this not"  # why kill -9 alone shows nothing
    disk.forget()
    assert path.read_bytes() == b"synced"


def test_syncs_fail_and_are_slow_on_command(disk: ForgettingDisk) -> None:
    path = disk.place / "f"
    path.write_bytes(b"x")
    disk.fail_syncs(1)
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        sync(path)
    sync(path)
    sync(disk.place)
    disk.forget()
    assert path.read_bytes() in {b"\0", b""}  # the sync after it said yes, and had nothing to write


def test_full_and_read_only(disk: ForgettingDisk) -> None:
    path = disk.place / "f"
    path.write_bytes(b"x")
    disk.leave_room(PAGE)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        path.write_bytes(b"y" * 3 * PAGE)
    disk.leave_room(None)
    path.write_bytes(b"y" * 3 * PAGE)
    disk.make_read_only(True)
    for change in (lambda: path.write_bytes(b"z"), path.unlink, lambda: (disk.place / "g").write_bytes(b"z")):
        with pytest.raises(OSError, match=os.strerror(errno.EROFS)):
            change()
    assert path.read_bytes() == b"y" * 3 * PAGE


@pytest.mark.parametrize(("synchronous", "left"), [("FULL", 20), ("OFF", 0)])
def test_sqlite_keeps_what_it_synced(disk: ForgettingDisk, synchronous, left) -> None:
    """What the stores' tests stand on; and the proof that the disk sees it when SQLite does not sync."""
    path = disk.place / "s.db"
    script = f"""
import os, signal, sqlite3
base = sqlite3.connect({str(path)!r}, isolation_level=None)
base.execute("PRAGMA journal_mode = WAL")
base.execute("PRAGMA synchronous = FULL")
base.execute("CREATE TABLE t (x)")
base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
base.execute("PRAGMA synchronous = {synchronous}")
for number in range(20):
    base.execute("INSERT INTO t VALUES (?)", (number,))
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", script], check=False)
    sync(disk.place)
    disk.forget()
    with sqlite3.connect(path) as base:
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert base.execute("SELECT count(*) FROM t").fetchone() == (left,)
    base.close()


def test_postgresql_keeps_what_it_synced(disk: ForgettingDisk) -> None:
    disk.place.chmod(0o755)
    server = PostgresqlServer(disk.place)
    disk.sync_all()
    server.execute("CREATE TABLE t (x int)")
    for number in range(20):
        server.execute(f"INSERT INTO t VALUES ({number})")
    for number in range(20):
        server.execute(f"SET synchronous_commit = off; INSERT INTO t VALUES ({number})")
    server.kill()
    assert disk.forget() > 0
    server.remove_locks()
    server.start()
    with psycopg.connect(server.url()) as connection:
        (left,) = connection.execute("SELECT count(*) FROM t").fetchone()
    assert 20 <= left <= 40
    server.remove()
