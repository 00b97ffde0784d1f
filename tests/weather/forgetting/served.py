"""The forgetting disk as a mounted file system: `python -m tests.weather.forgetting.served FOLDER`, told what to do line by line.

Each line of its input is a JSON object with `do`, each gets one in answer. At the end of its input it goes: a mount must not outlive
the test that made it.

SQLite maps its -shm into memory and shares it between connections: this works here, since the kernel caches pages (no direct_io).
Nothing else may be kept by the kernel beyond a forgetting: attributes and names are asked for again each time, pages at each open.
"""

import errno
import json
import os
import signal
import stat
import sys
import time
from itertools import count
from random import Random
from threading import Lock, Thread

from mfusepy import FUSE, Operations

from tests.weather.forgetting.disk import Directory, Disk, File, Link, Node

__all__ = ["Mounted"]

_SPACE = 1 << 24  # blocks of 4 KiB that the disk says it has


class Mounted(Operations):
    use_ns = True

    def __init__(self) -> None:
        self.disk = Disk()
        self._guard = Lock()
        self._numbers = count(1)
        self._open: dict[int, Node] = {}

    # --- what the test tells it

    def tell(
        self, do: str, seed: int | None = None, seconds: float = 0.0, times: int | None = 0, room: int | None = None, on: bool = False
    ):
        with self._guard:
            match do:
                case "forget":
                    if self._open:
                        return {"open": len(self._open)}
                    self.disk.forget(None if seed is None else Random(seed))
                case "sync":
                    self.disk.sync_all()
                case "delay":
                    self.disk.sync_delay = seconds
                case "fail":
                    self.disk.failing_syncs = times
                case "room":
                    self.disk.room = room
                case "read-only":
                    self.disk.read_only = on
                case "look":
                    pass
            return {"open": 0, "unsynced": self.disk.unsynced()}

    # --- what the kernel asks: attributes and names

    def getattr(self, path, fh=None):
        with self._guard:
            node = self._open[fh] if fh else self.disk.find(path)
            kind = stat.S_IFDIR if isinstance(node, Directory) else stat.S_IFLNK if isinstance(node, Link) else stat.S_IFREG
            size = len(node.data) if isinstance(node, File) else 0
            return {
                "st_mode": kind | node.mode,
                "st_nlink": 2 if isinstance(node, Directory) else 1,
                "st_size": size,
                "st_blocks": -(-size // 512),
                "st_blksize": 4096,
                "st_uid": node.uid,
                "st_gid": node.gid,
                "st_atime": node.times[0],
                "st_mtime": node.times[1],
                "st_ctime": node.times[1],
            }

    def readdir(self, path, fh):
        with self._guard:
            return [".", "..", *self.disk.directory(path).entries]

    def readlink(self, path):
        with self._guard:
            return self.disk.find(path).target

    def statfs(self, path):
        free = _SPACE if self.disk.room is None else self.disk.room // 4096
        return {"f_bsize": 4096, "f_frsize": 4096, "f_blocks": _SPACE, "f_bfree": free, "f_bavail": free, "f_namemax": 255}

    def mkdir(self, path, mode):
        with self._guard:
            self.disk.add(path, Directory(mode & 0o7777, times=_now()))

    def rmdir(self, path):
        with self._guard:
            self.disk.remove_directory(path)

    def symlink(self, target, source):
        with self._guard:
            self.disk.add(target, Link(0o777, times=_now(), target=source))

    def unlink(self, path):
        with self._guard:
            self.disk.remove(path)

    def rename(self, old, new):
        with self._guard:
            self.disk.rename(old, new)

    def chmod(self, path, mode):
        with self._guard:
            self.disk.find(path).mode = mode & 0o7777

    def chown(self, path, uid, gid):
        with self._guard:
            node = self.disk.find(path)
            node.uid, node.gid = (before if given in (-1, 0xFFFFFFFF) else given for given, before in ((uid, node.uid), (gid, node.gid)))

    def utimens(self, path, times=None):
        with self._guard:
            self.disk.find(path).times = times or _now()

    # --- and files

    def create(self, path, mode, fi=None):
        with self._guard:
            file = File(mode & 0o7777, times=_now())
            self.disk.add(path, file)
            return self._opened(file)

    def open(self, path, flags):
        with self._guard:
            if flags & (os.O_WRONLY | os.O_RDWR):
                self.disk.check_writable()
            return self._opened(self.disk.find(path))

    def read(self, path, size, offset, fh):
        with self._guard:
            return bytes(self._open[fh].data[offset : offset + size])

    def write(self, path, data, offset, fh):
        with self._guard:
            file = self._open[fh]
            self.disk.write(file, data, offset)
            file.times = _now()
        return len(data)

    def truncate(self, path, length, fh=None):
        with self._guard:
            self.disk.resize(self._open[fh] if fh else self.disk.find(path), length)

    def fsync(self, path, datasync, fh):
        time.sleep(self.disk.sync_delay)
        with self._guard:
            self.disk.sync(self._open[fh])

    def opendir(self, path):
        with self._guard:
            return self._opened(self.disk.directory(path))

    def fsyncdir(self, path, datasync, fh):
        self.fsync(path, datasync, fh)

    def release(self, path, fh):
        with self._guard:
            del self._open[fh]

    releasedir = release

    def _opened(self, node: Node) -> int:
        number = next(self._numbers)
        self._open[number] = node
        return number


def _now() -> tuple[int, int]:
    now = time.time_ns()
    return (now, now)


def _listen(mounted: Mounted) -> None:
    for line in sys.stdin:
        print(json.dumps(mounted.tell(**json.loads(line))), flush=True)
    os.kill(os.getpid(), signal.SIGTERM)


def main(folder: str) -> None:
    mounted = Mounted()
    Thread(target=_listen, args=(mounted,), daemon=True).start()
    FUSE(
        mounted,
        folder,
        foreground=True,
        allow_other=True,  # PostgreSQL runs as another user
        big_writes=True,
        attr_timeout=0,
        entry_timeout=0,
        negative_timeout=0,
        fsname="forgetting",
    )


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except RuntimeError as error:
        sys.exit(f"the forgetting file system could not be mounted: {error or errno.errorcode}")
