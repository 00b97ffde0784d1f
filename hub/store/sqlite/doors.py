"""What the doors remember of a source, in a piece of work."""

from __future__ import annotations

from hub.core.errors import StoreError
from hub.core.lifecycle import AckOutcome
from hub.store.relational.doors import to_application_answer
from hub.store.relational.receipts import to_receipt
from hub.store.rows import ApplicationAnswer, Receipt
from hub.store.sqlite.statements import SQL
from hub.store.sqlite.work import Work

__all__ = ["DoorWork"]


class DoorWork(Work):
    """The part of a Transaction that keeps second answers, sequence numbers and entries of spools."""

    __slots__ = ()

    def answer_application(self, receipt: int, answer: ApplicationAnswer) -> None:
        self._write(SQL["add_application_answer"], (receipt, answer.code, answer.answer, answer.outcome))

    def note_application(self, receipt: int, outcome: AckOutcome) -> None:
        if not self._write(SQL["note_application_answer"], (outcome, receipt)).rowcount:
            raise StoreError("there is no such answer")

    def application_answer(self, receipt: int) -> ApplicationAnswer | None:
        row = self._read(SQL["get_application_answer"], (receipt,)).fetchone()
        return None if row is None else to_application_answer(row)

    def expected_number(self, source: str) -> int | None:
        row = self._read(SQL["expected_number"], (source,)).fetchone()
        return None if row is None else int(row[0])

    def expect_number(self, source: str, number: int | None) -> None:
        key = self._names.number("source", source)
        if number is None:
            self._write(SQL["expect_any_number"], (key,))
        else:
            self._write(SQL["expect_number"], (key, number))

    def find_spooled(self, entry: bytes) -> Receipt | None:
        row = self._read_messages(SQL["find_spooled"], (entry,)).fetchone()
        return None if row is None else to_receipt(row)

    def keep_spooled(self, entry: bytes, receipt: int) -> None:
        self._write(SQL["add_spooled"], (entry, receipt))
