"""What commit gives back: where each change left its resource, or why nothing was done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hub.core.caller import Caller
from hub.core.diagnostics import Diagnostic
from hub.core.ports import Ids
from hub.engine.configuration import RouteConfig

__all__ = ["Applied", "Committed", "Effect", "Origin", "Refused"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a piece of work comes from. digest: SHA-256 of the message or request. scope: whose keys its resources have.

    ids: gives the ids of what is created over the API; None for messages, whose ids follow from the message.
    """

    caller: Caller
    now: datetime
    digest: bytes
    scope: str
    interaction: str  # for the audit: "create", "transaction", "message"
    basis: str  # what permits it, for the audit
    ids: Ids | None = None
    receipt: int | None = None
    map_set: str | None = None
    routes: tuple[RouteConfig, ...] = ()


class Effect(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    UNCHANGED = "unchanged"  # it said so already, or it was to be made only if unknown
    ABSENT = "absent"  # nothing there to amend or to delete


@dataclass(frozen=True, slots=True)
class Applied:
    """Where one change left its resource. version: the current one now, 0 where there is none; body: its bytes as they are served."""

    type: str
    id: str
    effect: Effect
    version: int
    updated: datetime
    body: bytes
    person: str | None = None

    @property
    def created(self) -> bool:
        return self.effect is Effect.CREATED


@dataclass(frozen=True, slots=True)
class Committed:
    """applied: one for each change, in their order. person: whom it is about, when that is one person. owed: the destinations to wake."""

    applied: tuple[Applied, ...]
    person: str | None = None
    owed: frozenset[str] = frozenset()
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether every change found what it was for; one that amends may come before what it amends."""
        return not any(each.effect is Effect.ABSENT for each in self.applied)


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was written."""

    diagnostics: tuple[Diagnostic, ...]
