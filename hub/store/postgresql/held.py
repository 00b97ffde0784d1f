"""What pieces of work are to write, kept back until their batch ends: then it is written by COPY, a table at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from hub.store.relational.dictionaries import Term
from hub.store.relational.indexing import Index, Row, kinds_of
from hub.store.relational.people import Key
from hub.store.relational.receiving import HeldReceipt
from hub.store.rows import Version

__all__ = ["Address", "Held", "Stand"]

Address = tuple[str, str]  # (type, id)


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a resource stands for the work that asks, and what of that is not written yet.

    base, was_indexed, had: the version, the tables of values that hold rows of it, and the terms, as the database has them; base 0 for
    a new one.
    """

    key: int
    type: int
    version: Version
    labels: str | None
    base: int
    was_indexed: int
    had: frozenset[int]
    versions: tuple[Row, ...] = ()
    index: Index = field(default_factory=Index)

    @property
    def indexed(self) -> int:
        return kinds_of(self.index.rows)

    def has(self, numbers: Mapping[Term, int]) -> frozenset[int]:
        """The terms that it is to have. numbers: of all of them."""
        return frozenset(numbers[term] for term in self.index.terms)

    def as_written(self, numbers: Mapping[Term, int]) -> Stand:
        now = self.version.version
        return replace(self, base=now, was_indexed=self.indexed, had=self.has(numbers), versions=(), index=Index())


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

    def terms(self) -> set[Term]:
        return {term for stand in self.stands.values() for term in stand.index.terms}

    def absorb(self, later: Held) -> None:
        self.receipts |= later.receipts
        self.outcomes |= later.outcomes
        self.stands |= later.stands
        self.keys |= later.keys
        self.deliveries += later.deliveries
        self.audit += later.audit
        self.topics |= later.topics
