"""From the API to the one door of the record, and back: changes go to the engine, refusals become OperationOutcomes."""

from __future__ import annotations

from collections.abc import Sequence

from hub.api.asking import Asking
from hub.api.replies import Refusal
from hub.engine.applying import Applied, ChangeRefused
from hub.engine.change import Change


async def apply(asking: Asking, changes: Sequence[Change], interaction: str, body: bytes) -> Sequence[Applied]:
    """One Applied for each change, in their order. Raises Refusal, with the reasons, when the record does not take them."""
    try:
        return await asking.face.engine.apply(changes, caller=asking.caller, interaction=interaction, body=body)
    except ChangeRefused as refused:
        raise Refusal(refused.status, "business-rule", "the record does not take this change", diagnostics=refused.diagnostics) from None
