"""What has stopped and needs a person, in a piece of work."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from hub.store.relational.incidents import incident_values, to_incident
from hub.store.relational.instants import to_microseconds
from hub.store.rows import Incident, IncidentKind, NewIncident
from hub.store.sqlite.lanes import LaneWork
from hub.store.sqlite.statements import SQL

__all__ = ["IncidentWork"]


class IncidentWork(LaneWork):
    """The part of a Transaction that begins and ends incidents."""

    __slots__ = ()

    def open_incident(self, new: NewIncident) -> int | None:
        given = incident_values(new) | {"subject": self._subject(new.kind, new.subject)}
        if self._read(SQL["find_open_incident"], given).fetchone() is not None:
            return None
        return int(self._write(SQL["add_incident"], given).fetchone()[0])

    def close_incident(self, kind: IncidentKind, subject: str, at: datetime) -> bool:
        given = {"kind": kind.value, "subject": self._subject(kind, subject), "at": to_microseconds(at)}
        if self._read(SQL["find_open_incident"], given).fetchone() is None:
            return False
        return bool(self._write(SQL["close_incidents"], given).rowcount)

    def untold_incidents(self, limit: int) -> Sequence[Incident]:
        return [to_incident(row) for row in self._read(SQL["untold_incidents"], {"limit": limit})]

    def note_told(self, incident: int, *, closing: bool) -> None:
        self._write(SQL["note_closing_told" if closing else "note_opening_told"], (incident,))

    def _subject(self, kind: IncidentKind, subject: str) -> str:
        return self._joined(subject) if kind is IncidentKind.LANE else subject
