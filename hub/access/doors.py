"""Who is calling: the seam between a request and a Caller.

Until clients, tokens and certificates are built (a later issue) there is one door: the development door, loopback only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address
from typing import Final, Protocol
from urllib.parse import urlsplit

from hub.core.caller import Caller

_CLIENT: Final = re.compile(r"[^A-Za-z0-9\-._]")
_PURPOSE: Final = re.compile(r"[A-Z]{1,16}")


class Door(Protocol):
    """Turns what came with a request into a Caller, or None when nobody may be assumed."""

    def admit(self, headers: Mapping[str, str], peer: str | None) -> Caller | None: ...


class DevelopmentDoor:
    """`calder serve --dev`: everybody on this machine is let in, by the name they give in `X-Calder-Client`.

    On this machine is also the browser, and in it any page of the world: what names another host (Host, Origin) is not let in.
    """

    def admit(self, headers: Mapping[str, str], peer: str | None) -> Caller | None:
        if peer is not None and not is_this_machine(peer):
            return None
        named = (_host(f"//{headers.get('host', 'localhost')}"), _host(headers.get("origin", "//localhost")))
        if not all(is_this_machine(host) for host in named):
            return None
        return Caller(
            client=_CLIENT.sub("", headers.get("x-calder-client", "")[:64]) or "dev",
            purpose=_purpose(headers.get("x-calder-purpose")),
            address=peer,
        )


def is_this_machine(host: str) -> bool:
    """A loopback address, or `localhost`."""
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost"
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback


def _host(url: str) -> str:
    """Empty for what cannot be read."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _purpose(text: str | None) -> str:
    """v3 ActReason code as given, TREAT when none or not a code."""
    return text if text and _PURPOSE.fullmatch(text) else "TREAT"
