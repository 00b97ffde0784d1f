"""Who is calling: the seam between a request and a Caller.

Until clients, tokens and certificates are built (a later issue) there is one door: the development door, loopback only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from hub.core.caller import Caller


class Door(Protocol):
    """Turns what came with a request into a Caller, or None when nobody may be assumed."""

    def admit(self, headers: Mapping[str, str], peer: str | None) -> Caller | None: ...


class DevelopmentDoor:
    """`calder serve --dev`: everybody on this machine is let in, by the name they give in `X-Calder-Client`."""

    _LOOPBACK = ("127.", "::1", "localhost")

    def admit(self, headers: Mapping[str, str], peer: str | None) -> Caller | None:
        if peer is not None and not peer.startswith(self._LOOPBACK):
            return None
        client = headers.get("x-calder-client", "dev")[:64]
        return Caller(
            client="".join(letter for letter in client if letter.isalnum() or letter in "-._") or "dev",
            purpose=_purpose(headers.get("x-calder-purpose")),
            address=peer,
        )


def _purpose(text: str | None) -> str:
    """v3 ActReason code as given, TREAT when none or not a code."""
    return text if text and text.isalpha() and len(text) <= 16 else "TREAT"
