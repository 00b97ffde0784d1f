"""Who is asking. Built by `hub.access`, read by everything that decides or audits."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """An organisation's system, the person at it when known, and why they ask.

    client: the name of the calling system as configured. organisation: ODS code. purpose: v3 ActReason
    (TREAT, ETREAT, BTG, PATRQT, ...). user and role are None for system-to-system traffic.
    """

    client: str
    organisation: str | None = None
    user: str | None = None
    role: str | None = None
    purpose: str = "TREAT"
    address: str | None = None  # network address, for the audit row only
