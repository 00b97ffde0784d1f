"""What one piece of work reads and writes with, inside a batch that other hubs' batches run beside.

Optimistic: a batch reads, and decides, beside everybody else, and remembers what it has read. Before it writes it takes the seal, which
one hub holds at a time, and looks whether a batch that was written since it began has written any of that. If so, all of it is taken
back and run again, this time under the seal from its beginning (`Stale`). The seal is the only lock that is waited for, and the last that
is taken, so no two hubs ever wait for each other.

A piece that raises is forgotten with what it held. What must be written at once (a claim, a settlement) stands in a savepoint.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from secrets import randbits
from typing import Final

from hub.store.postgresql.database import Connection, seal_of
from hub.store.postgresql.held import Address, Held, Stand
from hub.store.postgresql.registrar import Registrar
from hub.store.postgresql.statements import SQL
from hub.store.postgresql.topics import lane_topic, pack, unpack
from hub.store.postgresql.writing import write
from hub.store.relational.connection import Rows, only
from hub.store.relational.packing import keep_dictionary
from hub.store.relational.people import Key

__all__ = ["Stale", "Work"]

_KEPT_BATCHES: Final = 1000  # a batch during which so many others were written is run again
_Values = Sequence[object] | Mapping[str, object]


class Stale(Exception):
    """Another hub has written what this batch has read."""


class Work:
    """own: what the piece under way is to write. kept: what the pieces before it are. stands, holders: what was read in this batch."""

    def __init__(self, connection: Connection, registrar: Registrar) -> None:
        self._names = registrar
        self._writer = randbits(63)  # never another's: the hub's number may be, after a crash
        self._own_number = 0
        self._own, self._kept = Held(), Held()
        self._forget()
        self.use(connection)

    # --- the batch

    def use(self, connection: Connection) -> None:
        self._connection = connection
        self._seal_number = seal_of(connection)
        self._packer = keep_dictionary(connection)

    def begin_batch(self, pieces: int, *, sealed: bool) -> None:
        self._own, self._kept = Held(), Held()
        self._forget()
        self._pieces = pieces
        cursor = self._connection.execute(SQL["begin_batch"], prepare=False)
        cursor.nextset()
        self._last = int(only(cursor))
        if sealed:
            self._seal()

    def write_batch(self) -> int | None:
        """Everything but the COMMIT. Gives the batch's number among those of this writer; None where there is nothing to commit."""
        if not (self._kept or self._wrote):
            return None
        self._names.terms(self._kept.terms())  # what is new among them is written at once, and before others wait for us
        self._seal()
        self._write_kept()
        self._own_number += 1
        values = {"number": self._last + 1, "topics": pack(self._written), "writer": self._writer, "own": self._own_number}
        self._connection.execute(SQL["note_batch"], values)
        self._connection.execute(SQL["forget_batches"], {"number": self._last - _KEPT_BATCHES})
        return self._own_number

    def is_committed(self, own: int) -> bool:
        """Whether the batch of this number is, on a connection that has begun nothing. It waits for the session that sent the COMMIT."""
        query = SQL["fate"].format(seal=self._seal_number, writer=self._writer, own=own)
        cursor = self._connection.execute(query, prepare=False)
        cursor.nextset()
        cursor.nextset()
        return bool(only(cursor))

    def _forget(self) -> None:
        self._stands: dict[Address, Stand | None] = {}
        self._holders: dict[Key, str | None] = {}
        self._numbers: dict[str, list[int]] = {}
        self._read: set[int] = set()
        self._written: set[int] = set()
        self._sealed = self._wrote = self._in_savepoint = False

    def _seal(self) -> None:
        if self._sealed:
            return
        cursor = self._connection.execute(SQL["seal"].format(seal=self._seal_number, begun=self._last), prepare=False)
        cursor.nextset()
        for number, topics in cursor:
            if number != self._last + 1 or not self._read.isdisjoint(unpack(topics)):
                raise Stale
            self._last = number
        self._sealed = True

    # --- the piece

    def begin(self) -> None:
        self._own = Held()

    def finish(self) -> None:
        for receipt in self._own.receipts.values():
            if receipt.holds is not None:
                self._own.topics.add(lane_topic(receipt.holds))
        self._kept.absorb(self._own)
        self._own = Held()
        if self._in_savepoint:
            self._connection.execute("RELEASE work")
            self._in_savepoint = False

    def undo(self) -> None:
        self._own = Held()
        if self._in_savepoint:
            self._stands.clear()
            self._holders.clear()
            self._connection.execute("ROLLBACK TO work")
            self._connection.execute("RELEASE work")
            self._in_savepoint = False

    # --- for the parts of a transaction

    def _now_reading(self, asked: int) -> None:
        self._read.add(asked)

    def _ask(self, query: str, values: _Values) -> Rows:
        return self._connection.execute(SQL[query], values)

    def _do(self, query: str, values: _Values) -> int:
        """Written at once. Gives how many rows it touched."""
        self._write_at_once()
        return self._connection.execute(SQL[query], values).rowcount

    def _write_at_once(self) -> None:
        """From here on this piece writes to the database itself."""
        self._flush()
        if not self._in_savepoint:
            self._connection.execute("SAVEPOINT work")
            self._in_savepoint = True
        self._wrote = True

    def _flush(self) -> None:
        """So that the database can be asked about what is held."""
        self._seal()
        if self._kept:
            self._write_kept()
        if self._own:
            if not self._in_savepoint:
                self._connection.execute("SAVEPOINT work")
                self._in_savepoint = True
            topics = self._own.topics
            self._write(self._own)
            self._own = Held(topics=topics)

    def _write_kept(self) -> None:
        self._written |= self._kept.topics
        self._write(self._kept)
        self._kept = Held()

    def _write(self, held: Held) -> None:
        numbers = self._names.terms(held.terms())
        write(self._connection, held, self._names.hub, self._packer, numbers)
        self._wrote = True
        self._stands |= {address: stand.as_written(numbers) for address, stand in held.stands.items()}
        self._holders |= {key: person for key, (_, person) in held.keys.items()}

    def _next(self, sequence: str) -> int:
        """Taken when the batch needs them and not kept for the next: what is answered before has the lower number, whichever hub had it."""
        free = self._numbers.get(sequence)
        if not free:
            rows = self._connection.execute(SQL["numbers_of"].format(sequence=sequence), {"number": self._pieces})
            free = self._numbers[sequence] = [number for (number,) in rows][::-1]
        return free.pop()
