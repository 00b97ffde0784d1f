"""A disk that keeps apart what was written and what was synced, and forgets the first on command. Pure: no mount, no clock.

What POSIX promises, and no more: https://pubs.opengroup.org/onlinepubs/9699919799/functions/fsync.html
A file's bytes and its size are on the disk when the file was synced; its name when its directory was. Modes and owners are on it at once:
nothing that is tested here stands on them.

After a power cut the disk holds, for every page that was not synced, the old one or the new one, or some sectors of each; and of the
changes to a directory that were not synced, the first few. All of these are legal disks, `forget` makes any of them.

A sync that fails leaves its pages readable and will never write them, though the next sync succeeds: that is what Linux does
(https://wiki.postgresql.org/wiki/Fsync_Errors). Only a page that is written anew has a chance again.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

__all__ = ["PAGE", "SECTOR", "Directory", "Disk", "File", "Link"]

PAGE = 4096
SECTOR = 512  # what a disk writes whole or not at all


@dataclass(slots=True, eq=False)
class Owned:
    mode: int
    uid: int = 0
    gid: int = 0
    times: tuple[int, int] = (0, 0)


@dataclass(slots=True, eq=False)
class Link(Owned):
    target: str = ""


@dataclass(slots=True, eq=False)
class File(Owned):
    """data: as it is read now. before: the pages that have changed since they were synced, as the disk has them."""

    data: bytearray = field(default_factory=bytearray)
    before: dict[int, bytes] = field(default_factory=dict)
    size_on_disk: int = 0
    forsaken: set[int] = field(default_factory=set)  # pages of a sync that failed

    def write(self, data: bytes, offset: int) -> None:
        end = offset + len(data)
        if offset > len(self.data):
            self.resize(offset)
        self._remember(offset, end)
        self.data[offset:end] = data

    def resize(self, size: int) -> None:
        if size < len(self.data):
            self._remember(size, len(self.data))
            del self.data[size:]
        else:
            self._remember(len(self.data), size, anew=False)
            self.data.extend(bytes(size - len(self.data)))

    def sync(self) -> None:
        self.before = {page: self.before[page] for page in self.forsaken}
        self.size_on_disk = len(self.data)

    def forsake(self) -> None:
        self.forsaken.update(self.before)

    def forget(self, chance: Random | None) -> None:
        size = self.size_on_disk if chance is None or chance.random() < 0.5 else len(self.data)
        self.data.extend(bytes(max(0, size - len(self.data))))
        for page, old in self.before.items():
            self._put_back(page, old, chance)
        del self.data[size:]
        self.before.clear()
        self.forsaken.clear()
        self.size_on_disk = size

    def _remember(self, start: int, end: int, *, anew: bool = True) -> None:
        for page in range(start // PAGE, -(-end // PAGE)):
            if page not in self.before:
                self.before[page] = bytes(self.data[page * PAGE : (page + 1) * PAGE])
            if anew:
                self.forsaken.discard(page)

    def _put_back(self, page: int, old: bytes, chance: Random | None) -> None:
        at = page * PAGE
        length = max(0, min(PAGE, len(self.data) - at))
        old = old.ljust(length, b"\0")[:length]
        way = "old" if chance is None else chance.choice(("old", "new", "torn"))
        if way == "new" and page not in self.forsaken:
            return
        for start in range(0, length, SECTOR):
            if way != "torn" or page in self.forsaken or chance is None or chance.random() < 0.5:
                self.data[at + start : at + min(start + SECTOR, length)] = old[start : start + SECTOR]


@dataclass(slots=True, eq=False)
class Directory(Owned):
    """entries: as it is listed now. changes: what was done to it since it was synced, each whole or not at all."""

    entries: dict[str, Node] = field(default_factory=dict)
    on_disk: dict[str, Node] = field(default_factory=dict)
    changes: list[dict[str, Node | None]] = field(default_factory=list)

    def change(self, change: dict[str, Node | None]) -> None:
        self.changes.append(change)
        _apply(change, self.entries)

    def sync(self) -> None:
        self.on_disk = dict(self.entries)
        self.changes.clear()

    def forget(self, chance: Random | None) -> None:
        kept = 0 if chance is None else chance.randint(0, len(self.changes))
        for change in self.changes[:kept]:
            _apply(change, self.on_disk)
        self.entries = dict(self.on_disk)
        self.changes.clear()


Node = File | Directory | Link


def _apply(change: dict[str, Node | None], entries: dict[str, Node]) -> None:
    for name, node in change.items():
        if node is None:
            entries.pop(name, None)
        else:
            entries[name] = node


class Disk:
    """The tree of one disk, and its weather. Whoever calls holds a lock: it is not safe for threads by itself.

    sync_delay: seconds, slept by the caller. failing_syncs: how many are still to fail, None for all. room: bytes that files may still grow.
    """

    def __init__(self) -> None:
        self.root = Directory(0o755)
        self.sync_delay = 0.0
        self.failing_syncs: int | None = 0
        self.room: int | None = None
        self.read_only = False

    def find(self, path: str) -> Node:
        node: Node = self.root
        for name in filter(None, path.split("/")):
            if not isinstance(node, Directory):
                raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
            if name not in node.entries:
                raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
            node = node.entries[name]
        return node

    def directory(self, path: str) -> Directory:
        node = self.find(path)
        if not isinstance(node, Directory):
            raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        return node

    def add(self, path: str, node: Node) -> None:
        folder, name = self._place(path)
        if name in folder.entries:
            raise OSError(errno.EEXIST, os.strerror(errno.EEXIST))
        folder.change({name: node})

    def remove(self, path: str) -> None:
        folder, name = self._place(path)
        self.find(path)
        folder.change({name: None})

    def remove_directory(self, path: str) -> None:
        if self.directory(path).entries:
            raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY))
        self.remove(path)

    def rename(self, old: str, new: str) -> None:
        """In one directory only: between two it would be two changes, and no store does that."""
        folder, old_name = self._place(old)
        other, new_name = self._place(new)
        if folder is not other:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        folder.change({old_name: None, new_name: self.find(old)})

    def write(self, file: File, data: bytes, offset: int) -> None:
        self.check_writable()
        self._take_room(max(0, offset + len(data) - len(file.data)))
        file.write(data, offset)

    def resize(self, file: File, size: int) -> None:
        self.check_writable()
        self._take_room(max(0, size - len(file.data)))
        file.resize(size)

    def sync(self, node: File | Directory) -> None:
        if self.failing_syncs is None or self.failing_syncs > 0:
            if self.failing_syncs:
                self.failing_syncs -= 1
            if isinstance(node, File):
                node.forsake()
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        node.sync()

    def sync_all(self) -> None:
        """As a machine that was shut down in order."""
        for node in self.nodes():
            node.sync()

    def forget(self, chance: Random | None = None) -> None:
        """The power cut. chance: which of the legal disks is left; None: nothing that was not synced is."""
        for node in self.nodes():  # a directory before what it holds: what it forgets is not visited
            node.forget(chance)
            if isinstance(node, Directory):
                for name in [name for name in node.entries if name.startswith(".fuse_hidden")]:
                    del node.entries[name], node.on_disk[name]  # removed while it was open: nobody has it open any more

    def nodes(self) -> Iterator[File | Directory]:
        waiting: list[Node] = [self.root]
        while waiting:
            node = waiting.pop()
            if isinstance(node, Link):
                continue
            yield node
            if isinstance(node, Directory):
                waiting += node.entries.values()

    def unsynced(self) -> int:
        """Pages and changes of directories that a power cut would endanger."""
        return sum(len(node.before) if isinstance(node, File) else len(node.changes) for node in self.nodes())

    def check_writable(self) -> None:
        if self.read_only:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    def _take_room(self, growth: int) -> None:
        if self.room is None:
            return
        if growth > self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.room -= growth

    def _place(self, path: str) -> tuple[Directory, str]:
        self.check_writable()
        folder, _, name = path.rpartition("/")
        return self.directory(folder), name
