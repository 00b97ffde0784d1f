"""From the API to the one door of the record, and back: changes go to the engine, refusals become OperationOutcomes."""

from __future__ import annotations

from collections.abc import Sequence

from hub.api.asking import Asking
from hub.api.replies import Refusal, stale
from hub.core.errors import VersionConflict
from hub.engine.applying import Applied, ChangeRefused
from hub.engine.change import Change


async def apply(asking: Asking, changes: Sequence[Change], body: bytes) -> Sequence[Applied]:
    """One Applied for each change, in their order. Raises Refusal, with the reasons, when the record does not take them.

    The engine audits what it does and what it refuses. A version conflict takes all of its work back, the audit with it.
    """
    try:
        applied = await asking.face.engine.apply(changes, caller=asking.caller, interaction=asking.interaction, body=body)
    except ChangeRefused as refused:
        asking.is_accounted = True
        raise Refusal(refused.status, "business-rule", "the record does not take this change", diagnostics=refused.diagnostics) from None
    except VersionConflict:
        raise stale() from None
    asking.is_accounted = bool(changes)
    return applied
