"""What both doors, messages and the API, hand to commit: one thing to do to one resource."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from hub.core.json import Resource
from hub.engine.prepared import Prepared
from hub.fhir.search.query import Query
from hub.mapping.conversion import Produced
from hub.mapping.syntax import Mode

__all__ = ["Change", "Kind", "change_of"]


class Kind(StrEnum):
    CREATE = "create"  # a new one with an id of the hub's (FHIR create); for a Patient, only somebody not yet known
    UPDATE = "update"  # the new state, whole; made where there is none
    MERGE = "merge"  # the elements it has replace theirs, the others stay; `cleared` are taken away; made where there is none
    IDENTIFY = "identify"  # made where there is none, else left as it is
    AMEND = "amend"  # as merge, and never makes one
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Change:
    """Which resource: `id` when the caller names it; else a Patient by its identity keys, others by `key` or their identifiers.

    full_url: by which the other changes of the same piece refer to it. resource: None for a deletion.
    if_match: the version the caller has seen. if_none_exist: conditional create, http.html#ccreate.
    rule: "oru_r01.result" when a map made it. prepared: what it becomes where there is none yet, as far as that is known.
    """

    kind: Kind
    type: str
    resource: Resource | None = None
    id: str | None = None
    full_url: str | None = None
    key: tuple[str, ...] = ()
    cleared: frozenset[str] = frozenset()
    if_match: int | None = None
    if_none_exist: Query | None = None
    rule: str | None = None
    prepared: Prepared | None = None

    @property
    def is_withdrawal(self) -> bool:
        """OBX-11 W or D: it reaches the result that is there, whoever's it is, and waits for nothing."""
        return self.kind is Kind.AMEND and self.resource is not None and self.resource.get("status") == "entered-in-error"


_KINDS = {Mode.REPLACE: Kind.UPDATE, Mode.MERGE: Kind.MERGE, Mode.IDENTIFY: Kind.IDENTIFY, Mode.AMEND: Kind.AMEND}


def change_of(produced: Produced) -> Change:
    """What a map made, as a change."""
    return Change(
        kind=_KINDS[produced.mode],
        type=str(produced.resource["resourceType"]),
        resource=produced.resource,
        full_url=produced.full_url,
        key=produced.key,
        cleared=produced.cleared,
        rule=produced.rule,
    )
