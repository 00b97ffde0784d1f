"""The record as one piece of work sees it: what is stored, and over it what this piece is about to write.

Nothing is written before everything is decided, so a refusal leaves no trace in the record. Two changes to one resource make one version.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.core.json import Resource, parse_json
from hub.core.visibility import Visibility
from hub.store.contract import Transaction
from hub.store.rows import NewVersion, Version

__all__ = ["Address", "Draft", "Workspace"]

Address = tuple[str, str]
"""(type, id)."""

_MATCHING = Visibility.system("commit")


@dataclass(frozen=True, slots=True)
class Draft:
    """A version to be. content None: deleted. made: all of it, where it was prepared; then the content only says that there is one."""

    content: Resource | None
    person: str | None
    rule: str | None
    made: NewVersion | None = None


class Workspace:
    """addresses: what this piece is about, read at once."""

    def __init__(self, tx: Transaction, addresses: Sequence[Address]) -> None:
        self._tx = tx
        found = tx.currents(_MATCHING, addresses)
        self._stored: dict[Address, Version | None] = {address: found.get(address) for address in addresses}
        self._parsed: dict[Address, Resource | None] = {}
        self.drafts: dict[Address, Draft] = {}

    def stored(self, address: Address) -> Version | None:
        """The version before this piece, also when it is a deletion."""
        if address not in self._stored:
            self._stored[address] = self._tx.current(_MATCHING, *address)
        return self._stored[address]

    def stored_content(self, address: Address) -> Resource | None:
        if address not in self._parsed:
            version = self.stored(address)
            self._parsed[address] = parse_json(version.body) if version is not None and not version.deleted else None
        return self._parsed[address]

    def content(self, address: Address) -> Resource | None:
        """What it says now; None where there is none, or it is deleted."""
        draft = self.drafts.get(address)
        return draft.content if draft is not None else self.stored_content(address)

    def person(self, address: Address) -> str | None:
        """In whose compartment it stands now."""
        draft = self.drafts.get(address)
        if draft is not None:
            return draft.person
        version = self.stored(address)
        return version.person if version is not None else None
