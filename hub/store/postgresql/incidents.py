"""What has stopped and needs a person, in a piece of work. The hub that begins or ends an incident tells of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from hub.store.postgresql.lanes import LaneWork
from hub.store.relational.incidents import incident_values, to_incident
from hub.store.relational.instants import to_microseconds
from hub.store.rows import Incident, IncidentKind, NewIncident

__all__ = ["IncidentWork"]


class IncidentWork(LaneWork):
    """The part of a Transaction that begins and ends incidents. They are rare: all of it happens under the seal."""

    def open_incident(self, new: NewIncident) -> int | None:
        given = incident_values(new) | {"subject": self._subject(new.kind, new.subject)}
        self._write_at_once()
        if self._ask("find_open_incident", given).fetchone() is not None:
            return None
        row = self._ask("add_incident", {**given, "hub": self._names.hub}).fetchone()
        return int(row[0])

    def close_incident(self, kind: IncidentKind, subject: str, at: datetime) -> bool:
        given = {"kind": kind.value, "subject": self._subject(kind, subject), "at": to_microseconds(at), "hub": self._names.hub}
        self._write_at_once()
        self._do("tell_incidents_of", given)
        return bool(self._do("close_incidents", given))

    def untold_incidents(self, limit: int) -> Sequence[Incident]:
        given = {"hub": self._names.hub, "limit": limit, "watched": self._names.watched()}
        if self._ask("others_untold", given).fetchone() is not None:
            self._do("adopt_incidents", given)
        return [to_incident(row) for row in self._ask("untold_incidents", given)]

    def note_told(self, incident: int, *, closing: bool) -> None:
        self._do("note_closing_told" if closing else "note_opening_told", (incident,))

    def _subject(self, kind: IncidentKind, subject: str) -> str:
        return self._joined(subject) if kind is IncidentKind.LANE else subject
