"""A moment as FHIR writes it. https://hl7.org/fhir/R4/datatypes.html#instant"""

from __future__ import annotations

from datetime import datetime

__all__ = ["render_instant"]


def render_instant(moment: datetime) -> str:
    """An aware moment in UTC, to the millisecond."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
