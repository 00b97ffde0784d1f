"""How many connections this process may have open at once."""

from __future__ import annotations

import resource

__all__ = ["raise_open_files"]


def raise_open_files() -> int:
    """A connection is an open file, and the usual limit (1,024) is far below what is allowed (the hard limit). Gives the new limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
