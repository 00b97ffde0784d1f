"""Diagnostics of the rules about people and plans: C001-C099 identity, C101-C199 plans."""

from __future__ import annotations

from typing import Final

from hub.core.diagnostics import Code

CONTRADICTED: Final = Code(
    "C101",
    "a CPR decision contradicts its own display",
    "The coding says one thing and its display the other: for example 450476008 (NOT for cardiopulmonary resuscitation) shown as"
    " “For cardiopulmonary resuscitation”. Nobody can tell which was meant, so the hub takes neither.\n\n"
    "Ask the author, then send it again with the display that belongs to the code, or with no display.",
    issue="business-rule",
)

CODES: Final = (CONTRADICTED,)
