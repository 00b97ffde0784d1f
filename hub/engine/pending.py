"""Messages that are kept and not yet processed: settled later, in the order in which they came.

Two kinds. Those of a source that answers when it has received: they follow at once, lane None. Those that wait behind a parked message of
their lane: they follow when a person has released or discarded it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from hub.core.errors import StoreError
from hub.core.lifecycle import MessageState
from hub.core.visibility import Visibility
from hub.engine.configuration import OnPoison, SourceConfig
from hub.engine.intake import announce
from hub.engine.preparing import Surroundings, prepare
from hub.engine.settlement import Settled, Settlement
from hub.engine.transform import Poison, poison, read
from hub.store.contract import Transaction
from hub.store.rows import Receipt

__all__ = ["REPLAY", "Pending"]

_SYSTEM = Visibility.system("pending messages")
_PAGE = 500
REPLAY = "replay:"  # before the name of the source whose messages are played again


class Pending:
    """stop: called with the source and the fault where its policy is to stop."""

    def __init__(self, sources: Mapping[str, SourceConfig], around: Surroundings, stop: Callable[[str, str], None]) -> None:
        self._sources = sources
        self._around = around
        self._stop = stop

    async def prepare(self, receipt: Receipt, *, ordered: bool) -> Settlement | None:
        """None: its source is not configured any more, or its bytes are pruned."""
        source = self._sources.get(receipt.source.removeprefix(REPLAY))
        body = await self._around.store.archived(_SYSTEM, receipt.id) if source is not None else None
        if source is None or body is None:
            return None
        # What is pending was let in before, whatever the source takes now.
        reading = read(body, replace(source, processing=None))
        return await prepare(reading, receipt.digest, source, self._around, self._around.clock.now(), told=True, ordered=ordered)

    async def submit(self, settlement: Settlement, receipt: Receipt) -> Settled | None:
        """None: it was settled meanwhile. Reaches the store's queue without a pause, so callers keep their order."""
        try:
            settled = await self._around.store.submit(partial(_settle, settlement, receipt))
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 -- as in intake: commit broke on this message
            settlement = replace(settlement, outcome=poison(error))
            settled = await self._around.store.submit(partial(_settle, settlement, receipt))
        if settled is not None:
            announce(settled, receipt.source, (self._around.clock.now() - receipt.received).total_seconds())
            self._around.wakeup.wake(settled.owed)
        if isinstance(settlement.outcome, Poison) and settlement.source.on_poison is OnPoison.STOP:
            self._stop(receipt.source, settlement.outcome.fault)
        return settled

    async def settle(self, receipt: Receipt, *, ordered: bool) -> Settled | None:
        settlement = await self.prepare(receipt, ordered=ordered)
        return await self.submit(settlement, receipt) if settlement is not None else None

    async def work_off(self, lane: str) -> int:
        """Process what waits in a lane, oldest first, until it is empty or held again. Gives how many were settled."""
        count = 0
        while True:
            waiting = await self._around.store.submit(lambda tx: tx.release_order(lane))
            if not waiting or await self._is_held(lane, waiting[0].source):
                return count
            settled = await self.settle(waiting[0], ordered=False)
            if settled is None or settled.state in {MessageState.PARKED, MessageState.PENDING}:
                return count
            count += 1

    async def lanes(self) -> frozenset[str]:
        """Lanes in which messages wait."""
        return frozenset(receipt.lane for receipt in await self.receipts(MessageState.PENDING) if receipt.lane is not None)

    async def receipts(self, state: MessageState, source: str | None = None) -> list[Receipt]:
        """All in this state, oldest first."""
        found: list[Receipt] = []
        before: int | None = None
        while page := await self._around.store.receipts(_SYSTEM, state=state, source=source, limit=_PAGE, before=before):
            found += page
            before = page[-1].id
        return found[::-1]

    async def _is_held(self, lane: str, source: str) -> bool:
        return any(receipt.lane == lane for receipt in await self.receipts(MessageState.PARKED, source))


def _settle(settlement: Settlement, receipt: Receipt, tx: Transaction) -> Settled | None:
    if tx.get_receipt(receipt.id).state is not MessageState.PENDING:
        return None
    return settlement.settle(tx, receipt.id)
