"""A real PostgreSQL for tests: Debian's (.ci/system-packages), in a folder of its own, on a socket in it. It syncs, as a real one does."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psycopg

__all__ = ["PostgresqlServer"]

SETTINGS = {
    "listen_addresses": "''",
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "autovacuum_naptime": "10s",
    "log_min_messages": "fatal",
}

EMPTY = """
SET session_replication_role = replica;  -- the audit would refuse
DO $$ DECLARE each record; BEGIN
    FOR each IN SELECT relname, relkind FROM pg_class WHERE relnamespace = 'emptied'::regnamespace AND relname <> 'calder' LOOP
        IF each.relkind = 'r' THEN EXECUTE format('DELETE FROM emptied.%I', each.relname);
        ELSIF each.relkind = 'S' THEN EXECUTE format('ALTER SEQUENCE emptied.%I RESTART', each.relname);
        END IF;
    END LOOP;
    IF to_regclass('emptied.system') IS NOT NULL THEN INSERT INTO emptied.system (id, name) VALUES (0, ''); END IF;
END $$;
"""


def programs() -> Path:
    """The newest server's folder. A machine without one fails the tests; it does not skip them."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parent.parent.name))
    if found:
        return found[-1].parent
    postgres = shutil.which("postgres")
    assert postgres is not None, "PostgreSQL is not installed: run .ci/system-packages"
    return Path(postgres).resolve().parent


class PostgresqlServer:
    """A server refuses to run as root, so it runs as `postgres` where we are. place: where its data stand, if not in its own folder."""

    def __init__(self, place: Path | None = None, **settings: str) -> None:
        self._programs = programs()
        self._as_other = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        self.folder = Path(tempfile.mkdtemp(prefix="calder-pg-"))
        self.folder.chmod(0o755)
        self._log = self.folder / "server.log"
        self._data = (place or self.folder) / "data"
        self._data.mkdir(mode=0o700)
        if self._as_other:
            shutil.chown(self.folder, "postgres")
            shutil.chown(self._data, "postgres")
        self._run("initdb", "--username=calder", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        with (self._data / "postgresql.conf").open("a") as file:
            for name, value in {**SETTINGS, "unix_socket_directories": f"'{self.folder}'", **settings}.items():
                file.write(f"{name} = {value}\n")
        self.start()

    def url(self, schema: str = "public") -> str:
        return f"postgresql://calder@/postgres?host={self.folder}&options=-csearch_path%3D{schema}"

    def execute(self, sql: str) -> None:
        """As its superuser."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(sql)

    def emptied(self) -> str:
        """The address of a store with nothing in it. Emptied, not made anew: that takes a hundred files."""
        self.execute("CREATE SCHEMA IF NOT EXISTS emptied")
        self.execute(EMPTY)
        return self.url("emptied")

    def start(self) -> None:
        self._run("pg_ctl", "start", "--wait", "--silent", "--log", str(self._log))

    def stop(self, mode: str = "fast") -> None:
        self._run("pg_ctl", "stop", "--wait", "--silent", f"--mode={mode}")

    def kill(self) -> None:
        """kill -9 of every process of it, as a power cut of the machine's processes; what it had synced stays."""
        first = self._first()
        os.kill(first, signal.SIGSTOP)  # so that it makes no more of them meanwhile
        all_of_it = [first, *self.children()]
        for number in all_of_it:
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        while any(_runs(number) for number in all_of_it):
            time.sleep(0.01)
        self.remove_locks()

    def children(self) -> list[int]:
        """Its processes but the first: those that serve a connection, and its own."""
        first = self._first()
        return [int(number) for number in Path(f"/proc/{first}/task/{first}/children").read_text().split()]

    def _first(self) -> int:
        return int((self._data / "postmaster.pid").read_text().splitlines()[0])

    def remove_locks(self) -> None:
        """Of a server that is dead; a disk that forgets may bring them back."""
        for lock in (self._data / "postmaster.pid", *self.folder.glob(".s.PGSQL.*")):
            lock.unlink(missing_ok=True)  # its number may stand for a dead process that nobody has asked after

    def remove(self) -> None:
        if (self._data / "postmaster.pid").exists():
            self.stop("immediate")
        shutil.rmtree(self.folder)
        if self._data.exists():
            shutil.rmtree(self._data)

    def _run(self, program: str, *options: str) -> None:
        command = [*self._as_other, str(self._programs / program), "-D", str(self._data), *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
        assert done.returncode == 0, done.stdout + done.stderr + (self._log.read_text() if self._log.exists() else "")


def _runs(number: int) -> bool:
    """A dead process that nobody has asked after yet stands there as Z."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
