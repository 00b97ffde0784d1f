"""Network addresses as settings and commands write them."""

from __future__ import annotations

import re

__all__ = ["parse_address"]

_PORT = re.compile(r"[0-9]{1,5}")


def parse_address(text: str) -> tuple[str, int] | None:
    """`127.0.0.1:2575`, `[::1]:2575`, `hub.example:2575`; port 0 lets the system choose."""
    host, _, port = text.strip().rpartition(":")
    if not _PORT.fullmatch(port) or int(port) > 65535:
        return None
    bare = host.removeprefix("[").removesuffix("]")
    is_whole = bool(bare) and not any(sign.isspace() or sign in "[]/@" for sign in bare)
    return (bare, int(port)) if is_whole and (host == bare) != (host == f"[{bare}]") else None
