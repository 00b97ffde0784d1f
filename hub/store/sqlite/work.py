"""What one piece of work writes and reads with, and the savepoint that can take it back."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

from hub.core.errors import StoreError
from hub.store.relational.indexing import Row
from hub.store.relational.packing import keep_dictionary
from hub.store.relational.receiving import HeldReceipt
from hub.store.sqlite.adding import Additions
from hub.store.sqlite.database import Connection
from hub.store.sqlite.names import Names
from hub.store.sqlite.statements import SQL

__all__ = ["BatchLost", "Work"]

_Values = Sequence[object] | Mapping[str, object]


class BatchLost(StoreError):
    """The transaction of the whole batch is gone, or can no longer be cut into its pieces."""


class Work:
    """Every statement of a piece of work goes through `_read` or `_write`.

    A savepoint costs a copy of each page that is touched under it, so it is opened at the first write only. And a message that
    arrives is held back until the end of its work, or until messages are read: it is then written once, in its final state, and a
    work that only archives a message needs no savepoint at all. The rows that it adds to the record are held back likewise, until
    the record is read.
    """

    __slots__ = (
        "_additions",
        "_connection",
        "_held",
        "_in_savepoint",
        "_last_receipt",
        "_last_resource",
        "_mark",
        "_names",
        "_packer",
        "_recovered",
    )

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._names = Names(connection)
        self._packer = keep_dictionary(connection)
        self._held: dict[int, HeldReceipt] = {}
        self._additions = Additions()
        self._in_savepoint = False
        self._recovered = False
        self._mark = 0
        self._last_receipt = int(connection.execute(SQL["last_receipt"]).fetchone()[0])
        self._last_resource = int(connection.execute(SQL["last_resource"]).fetchone()[0])

    def begin(self) -> None:
        self._mark = self._names.mark()

    def finish(self) -> None:
        """The work is done: write what is held and let go of the savepoint."""
        if self._additions:
            self._write_additions()
        if len(self._held) > 1:
            self._write_held()
        for held in self._held.values():
            self._connection.execute(SQL["add_receipt"], held.row())
            try:
                self._connection.execute(SQL["add_archive"], held.archive_row(self._packer))
            except sqlite3.Error as error:
                if self._in_savepoint:
                    raise
                raise BatchLost("the store could not write") from error  # half a message, and no savepoint to go back to
        self._held.clear()
        if self._in_savepoint:
            self._connection.execute("RELEASE work")
            self._in_savepoint = False

    def undo(self) -> None:
        """The work raised: as if it had never been."""
        self._held.clear()
        self._additions.clear()
        self._names.forget_new(self._mark)
        if self._in_savepoint:
            self._in_savepoint = False
            self._connection.execute("ROLLBACK TO work")
            self._connection.execute("RELEASE work")

    def batch_is_kept(self) -> None:
        self._names.keep_new()

    def batch_is_lost(self) -> None:
        self._held.clear()
        self._additions.clear()
        self._in_savepoint = False
        self._names.forget_new(0)

    def _next_receipt(self) -> int:
        """Numbers are not given twice, also when the work they were given to is taken back."""
        self._last_receipt += 1
        return self._last_receipt

    def _next_resource(self) -> int:
        """As with receipts: the key is known before the row is written."""
        self._last_resource += 1
        return self._last_resource

    def _check_receipt(self, receipt: int | None) -> None:
        """What a foreign key would do, where the row that it names is written last (schema.sql)."""
        if receipt is not None and not 0 < receipt <= self._last_receipt:
            raise StoreError("there is no such receipt")

    def _read(self, sql: str, values: _Values) -> sqlite3.Cursor:
        """Anything but messages and the record."""
        return self._connection.execute(sql, values)

    def _record(self) -> Connection:
        """To read the record with the additions of this work."""
        if self._additions:
            self._write_additions()
        return self._connection

    def _read_messages(self, sql: str, values: _Values) -> sqlite3.Cursor:
        """With those of this work."""
        if self._held:
            self._write_held()
        return self._connection.execute(sql, values)

    def _write(self, sql: str, values: _Values) -> sqlite3.Cursor:
        if not self._in_savepoint:
            self._open_savepoint()
        return self._connection.execute(sql, values)

    def _add(self, name: str, *rows: Row) -> None:
        """name: of the statement that adds one."""
        self._additions.add(name, rows)

    def _write_additions(self) -> None:
        for sql, values in self._additions.statements():
            self._write(sql, values)
        self._additions.clear()

    def _write_held(self) -> None:
        held, self._held = self._held, {}
        for receipt in held.values():
            self._write(SQL["add_receipt"], receipt.row())
            self._write(SQL["add_archive"], receipt.archive_row(self._packer))

    def _open_savepoint(self) -> None:
        self._connection.execute("SAVEPOINT work")
        self._in_savepoint = True
