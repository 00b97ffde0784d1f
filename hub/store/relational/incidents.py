"""Incidents, as a caller reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from hub.core.visibility import Visibility
from hub.store.relational.connection import Connection, only
from hub.store.relational.instants import parse_instant, to_microseconds
from hub.store.relational.limits import limits
from hub.store.rows import Incident, IncidentKind, NewIncident

__all__ = ["free_lanes", "incident_values", "list_incidents", "to_incident", "waiting_in_lane"]

_LAST: Final = 2**63 - 1


def incident_values(new: NewIncident) -> dict[str, object]:
    """The values of `add_incident`."""
    return {
        "kind": new.kind.value,
        "subject": new.subject,
        "name": new.name,
        "receipt": new.receipt,
        "reasons": new.reasons,
        "opened": to_microseconds(new.opened),
    }


def list_incidents(
    connection: Connection, visibility: Visibility, *, open_only: bool, limit: int, before: int | None
) -> Sequence[Incident]:
    name = "open_incidents" if open_only else "incidents"
    given = {"limit": limit, "before": _LAST if before is None else before, **limits(visibility)}
    return [to_incident(row) for row in connection.execute(connection.queries[name], given)]


def free_lanes(connection: Connection, visibility: Visibility) -> Sequence[str]:
    return [lane for (lane,) in connection.execute(connection.queries["free_lanes"], limits(visibility))]


def waiting_in_lane(connection: Connection, visibility: Visibility, lane: str) -> int:
    return int(only(connection.execute(connection.queries["waiting_in_lane"], {"lane": lane, **limits(visibility)})))


def to_incident(row: tuple[Any, ...]) -> Incident:
    """The columns of @incident_columns."""
    number, kind, subject, name, receipt, reasons, opened, closed, opening_told, closing_told = row
    return Incident(
        number,
        IncidentKind(kind),
        subject,
        name,
        receipt,
        reasons,
        parse_instant(opened),
        None if closed is None else parse_instant(closed),
        bool(opening_told),
        bool(closing_told),
    )
