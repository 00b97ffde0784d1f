"""What a caller may see. One place makes every Visibility but the hub's own.

Until agreements and consents are configured the policy permits all, and its name stands in every audit row.
"""

from __future__ import annotations

from typing import Final

from hub.core.caller import Caller
from hub.core.visibility import Visibility

__all__ = ["PERMIT_ALL", "permit_all"]

PERMIT_ALL: Final = "permit-all"


def permit_all(caller: Caller) -> Visibility:
    """Everything, for whoever was let in."""
    return Visibility(caller=caller, basis=PERMIT_ALL)
