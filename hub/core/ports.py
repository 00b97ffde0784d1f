"""Clock and ids: what pure code is given instead of reaching for it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class Ids(Protocol):
    def new(self) -> str:
        """A fresh FHIR logical id (64 characters at most, [A-Za-z0-9-.])."""
        ...
