"""Errors that are raised. Expected refusals are values (`hub.core.diagnostics`); these are broken I/O and bugs.

CalderError
├── SettingsError        hub.yaml cannot be used; carries every Diagnostic at once
├── StoreError           the store could not do what it was asked
│   ├── StoreBusy        back-pressure: try again later (HTTP 503, no ACK)
│   │   └── StoreAway    the database cannot be reached now
│   ├── StoreClosed      the store is shutting down
│   ├── LeaseLost        another hub has taken over what this one had in hand
│   └── VersionConflict  If-Match did not match (HTTP 412)
└── DeliveryError        a destination did not take a message; carries its Failure class
    ├── NotSent          transient: provably not accepted
    ├── Unanswered       ambiguous: written, and no matching answer came
    └── Rejected         permanent: answered AE, AR or the like; a destination's policy may say that an answer passes
"""

from __future__ import annotations

from hub.core.lifecycle import Failure

__all__ = [
    "CalderError",
    "DeliveryError",
    "LeaseLost",
    "NotSent",
    "Rejected",
    "StoreAway",
    "StoreBusy",
    "StoreClosed",
    "StoreError",
    "Unanswered",
    "VersionConflict",
]


class CalderError(Exception):
    """Never carries a value from a message: its text may be logged."""


class StoreError(CalderError):
    """The store could not do what it was asked."""


class StoreBusy(StoreError):
    """Too much work is queued; the caller slows its sender down."""


class StoreAway(StoreBusy):
    """The database cannot be reached now; what was asked may be asked again."""


class LeaseLost(StoreError):
    """Another hub has taken over what this one had in hand: it is that one's to finish."""


class StoreClosed(StoreError):
    """The store is shutting down."""


class VersionConflict(StoreError):
    """The version named by If-Match is not the current one."""

    def __init__(self, current: int | None) -> None:
        super().__init__("the resource has changed since it was read")
        self.current = current


class DeliveryError(CalderError):
    """A destination did not take a message."""

    failure: Failure


class NotSent(DeliveryError):
    """Provably not accepted: no connection, or it broke before the end of the message had left this process."""

    failure = Failure.TRANSIENT


class Unanswered(DeliveryError):
    """Written in full, and no answer for this message came: it may have been accepted."""

    failure = Failure.AMBIGUOUS


class Rejected(DeliveryError):
    """Answered, and the answer is no. `code` is MSA-1 or the HTTP status as text; `errors` are ERR-3 codes of table 0357."""

    failure = Failure.PERMANENT

    def __init__(self, code: str, errors: tuple[str, ...] = ()) -> None:
        super().__init__(f"answered {' '.join((code, *errors))}")
        self.code = code
        self.errors = errors
