"""The disk itself: what was synced is there, what was not is gone or partly there, and nothing else ever is.

The oracle is naive: whole copies of what was written and of what was synced.
"""

import errno
from contextlib import suppress
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.weather.forgetting.disk import PAGE, SECTOR, Directory, Disk, File

offsets = st.one_of(st.integers(0, 3 * PAGE), st.sampled_from([0, SECTOR, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE]))
changes = st.lists(
    st.one_of(
        st.tuples(st.just("write"), offsets, st.binary(min_size=1, max_size=2 * PAGE)),
        st.tuples(st.just("resize"), offsets, st.just(b"")),
        st.tuples(st.just("sync"), st.just(0), st.just(b"")),
    ),
    max_size=12,
)


def made(done) -> tuple[File, bytes, bytes]:
    """The file, what was written to it, and what of that was synced."""
    file, written, synced = File(0o600), bytearray(), b""
    for do, offset, data in done:
        match do:
            case "write":
                file.write(data, offset)
                written.extend(bytes(max(0, offset - len(written))))
                written[offset : offset + len(data)] = data
            case "resize":
                file.resize(offset)
                written = written[:offset].ljust(offset, b"\0")
            case "sync":
                file.sync()
                synced = bytes(written)
    return file, bytes(written), synced


@given(changes)
def test_a_file_reads_as_it_was_written(done) -> None:
    file, written, _ = made(done)
    assert bytes(file.data) == written


@given(changes)
def test_what_was_not_synced_is_gone_and_what_was_is_there(done) -> None:
    file, _, synced = made(done)
    file.forget(None)
    assert bytes(file.data) == synced


@given(changes, st.integers(0, 1000))
def test_every_sector_is_the_old_one_or_the_new_one(done, seed) -> None:
    file, written, synced = made(done)
    file.forget(Random(seed))
    left = bytes(file.data)
    assert len(left) in {len(synced), len(written)}
    length = max(len(synced), len(written))
    for at in range(0, len(left), SECTOR):
        legal = {each.ljust(length, b"\0")[at : min(at + SECTOR, len(left))] for each in (synced, written)}
        assert left[at : at + SECTOR] in legal


@given(changes, st.integers(0, 1000))
def test_a_disk_that_has_forgotten_has_nothing_left_to_forget(done, seed) -> None:
    file, _, _ = made(done)
    file.forget(Random(seed))
    left = bytes(file.data)
    file.forget(None)
    assert bytes(file.data) == left


def test_all_three_fates_happen() -> None:
    """Or the property above would hold for a disk that only ever forgets, or never does."""
    fates = set()
    for seed in range(60):
        file = File(0o600)
        file.write(b"a" * PAGE, 0)
        file.sync()
        file.write(b"b" * PAGE, 0)
        file.forget(Random(seed))
        fates.add(frozenset(file.data))
    assert fates == {frozenset(b"a"), frozenset(b"b"), frozenset(b"ab")}


def test_a_sync_that_failed_is_not_made_good_by_the_next_one() -> None:
    disk = Disk()
    file = File(0o600)
    disk.root.on_disk["f"] = disk.root.entries["f"] = file
    file.write(b"lost", 0)
    disk.failing_syncs = 1
    with pytest.raises(OSError, match=str(errno.EIO)):
        disk.sync(file)
    file.write(b"kept", 2 * PAGE)
    disk.sync(file)
    assert bytes(file.data[:4]) == b"lost"  # as long as the machine stands
    disk.forget(Random(3))
    assert bytes(file.data) == bytes(2 * PAGE) + b"kept"


def test_a_page_written_anew_after_a_sync_that_failed_is_kept_by_the_next() -> None:
    file = File(0o600)
    file.write(b"lost", 0)
    file.forsake()
    file.write(b"K", 0)
    file.sync()
    file.forget(None)
    assert bytes(file.data) == b"Kost"


def test_a_full_disk_takes_what_there_is_room_for_and_a_read_only_one_nothing() -> None:
    disk = Disk()
    disk.add("/f", file := File(0o600))
    disk.room = 10
    disk.write(file, b"1234567890", 0)
    with pytest.raises(OSError, match=str(errno.ENOSPC)):
        disk.write(file, b"x", 10)
    disk.write(file, b"x", 0)  # in place there is always room
    disk.read_only = True
    for change in (
        lambda: disk.write(file, b"y", 0),
        lambda: disk.remove("/f"),
        lambda: disk.add("/g", File(0o600)),
        lambda: disk.resize(file, 0),
    ):
        with pytest.raises(OSError, match=str(errno.EROFS)):
            change()


class Names(RuleBasedStateMachine):
    """A directory against whole copies of its listing: after a power cut it is as it was at its sync, or some first changes later."""

    def __init__(self) -> None:
        super().__init__()
        self.disk = Disk()
        self.listings = [frozenset()]

    names = st.sampled_from("abcd")

    def note(self) -> None:
        self.listings.append(frozenset(self.disk.root.entries.items()))

    @rule(name=names)
    def create(self, name) -> None:
        with suppress(FileExistsError):
            self.disk.add(f"/{name}", File(0o600))
            self.note()

    @rule(name=names)
    def make_directory(self, name) -> None:
        with suppress(FileExistsError):
            self.disk.add(f"/{name}", Directory(0o700))
            self.note()

    @rule(name=names)
    def remove(self, name) -> None:
        with suppress(FileNotFoundError):
            self.disk.remove(f"/{name}")
            self.note()

    @rule(old=names, new=names)
    def rename(self, old, new) -> None:
        if old == new:
            return
        with suppress(FileNotFoundError):
            self.disk.rename(f"/{old}", f"/{new}")
            self.note()

    @rule()
    def sync(self) -> None:
        self.disk.sync(self.disk.root)
        del self.listings[:-1]

    @precondition(lambda self: len(self.listings) > 1)
    @rule(seed=st.none() | st.integers(0, 1000))
    def forget(self, seed) -> None:
        self.disk.forget(None if seed is None else Random(seed))
        left = frozenset(self.disk.root.entries.items())
        assert left == self.listings[0] if seed is None else left in self.listings
        self.listings = [left]

    @invariant()
    def it_lists_what_was_done(self) -> None:
        assert frozenset(self.disk.root.entries.items()) == self.listings[-1]


TestNames = Names.TestCase


def test_a_rename_between_directories_is_refused_and_not_half_done() -> None:
    disk = Disk()
    disk.add("/one", Directory(0o700))
    disk.add("/one/f", File(0o600))
    with pytest.raises(OSError, match=str(errno.EXDEV)):
        disk.rename("/one/f", "/f")


def test_a_file_that_was_synced_in_a_directory_that_was_not_is_gone() -> None:
    disk = Disk()
    disk.add("/folder", Directory(0o700))
    disk.sync(disk.root)
    disk.add("/folder/f", file := File(0o600))
    file.write(b"x", 0)
    disk.sync(file)
    disk.forget()
    assert disk.directory("/folder").entries == {}
