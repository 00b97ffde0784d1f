"""What the doors remember of a source, in a piece of work. All of it is written at once, under the seal."""

from __future__ import annotations

from hub.core.errors import StoreError
from hub.core.lifecycle import AckOutcome
from hub.store.postgresql.topics import topic
from hub.store.postgresql.work import Work
from hub.store.relational.doors import to_application_answer
from hub.store.relational.receipts import to_receipt
from hub.store.rows import ApplicationAnswer, Receipt

__all__ = ["DoorWork"]


class DoorWork(Work):
    """The part of a Transaction that keeps second answers, sequence numbers and entries of spools."""

    def answer_application(self, receipt: int, answer: ApplicationAnswer) -> None:
        self._own.topics.add(topic("message", str(receipt)))
        self._do("add_application_answer", (receipt, answer.code, answer.answer, answer.outcome))

    def note_application(self, receipt: int, outcome: AckOutcome) -> None:
        if not self._do("note_application_answer", (outcome, receipt)):
            raise StoreError("there is no such answer")

    def application_answer(self, receipt: int) -> ApplicationAnswer | None:
        self._now_reading(topic("message", str(receipt)))
        row = self._ask("get_application_answer", (receipt,)).fetchone()
        return None if row is None else to_application_answer(row)

    def expected_number(self, source: str) -> int | None:
        self._now_reading(topic("sequence", source))
        row = self._ask("expected_number", (source,)).fetchone()
        return None if row is None else int(row[0])

    def expect_number(self, source: str, number: int | None) -> None:
        key = self._names.number("source", source)
        self._own.topics.add(topic("sequence", source))
        if number is None:
            self._do("expect_any_number", (key,))
        else:
            self._do("expect_number", (key, number))

    def find_spooled(self, entry: bytes) -> Receipt | None:
        self._now_reading(topic("entry", entry.hex()))
        row = self._ask("find_spooled", (entry,)).fetchone()
        return None if row is None else to_receipt(row)

    def keep_spooled(self, entry: bytes, receipt: int) -> None:
        self._own.topics.add(topic("entry", entry.hex()))
        self._do("add_spooled", (entry, receipt))
