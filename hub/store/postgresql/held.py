"""What pieces of work are to write, kept back until their batch ends: then it is written by COPY, a table at a time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hub.store.relational.indexing import Row, Rows
from hub.store.relational.people import Key
from hub.store.relational.receiving import HeldReceipt
from hub.store.rows import Version

__all__ = ["Address", "Held", "Stand"]

Address = tuple[str, str]  # (type, id)


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a resource stands for the work that asks, and what of that is not written yet.

    indexed: bit set of the index tables that hold rows of it. base, was_indexed: the same as the database has them; base 0 for a new one.
    """

    key: int
    type: int
    version: Version
    labels: str | None
    indexed: int
    base: int
    was_indexed: int
    versions: tuple[Row, ...] = ()
    rows: Rows = field(default_factory=dict)

    def as_written(self) -> Stand:
        return replace(self, base=self.version.version, was_indexed=self.indexed, versions=(), rows={})


@dataclass(slots=True)
class Held:
    """topics: what all of this writes. outcomes: what senders of earlier messages were told."""

    receipts: dict[int, HeldReceipt] = field(default_factory=dict)
    outcomes: dict[int, str] = field(default_factory=dict)
    stands: dict[Address, Stand] = field(default_factory=dict)
    keys: dict[Key, tuple[int, str]] = field(default_factory=dict)  # the number of the system, and the person
    deliveries: list[dict[str, object]] = field(default_factory=list)
    audit: list[Row] = field(default_factory=list)
    topics: set[int] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.receipts or self.outcomes or self.stands or self.keys or self.deliveries or self.audit)

    def absorb(self, later: Held) -> None:
        self.receipts |= later.receipts
        self.outcomes |= later.outcomes
        self.stands |= later.stands
        self.keys |= later.keys
        self.deliveries += later.deliveries
        self.audit += later.audit
        self.topics |= later.topics
