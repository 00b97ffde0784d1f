"""Messages that are kept and not yet processed: settled later, in the order in which they came.

Two kinds. Those of a source that answers when it has received: they follow at once, lane None. Those that wait in a lane for their turn:
they follow when what stands before them has been released, discarded or superseded.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
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
from hub.engine.transforming import InProcess
from hub.mapping.mapset import MapSet, MapSets
from hub.store.contract import Transaction
from hub.store.rows import IncidentKind, Receipt

__all__ = ["REPLAY", "RESUBMIT", "Pending", "source_of", "with_maps"]

_SYSTEM = Visibility.system("pending messages")
REPLAY = "replay:"  # before the name of the source whose messages are played again
RESUBMIT = "resubmit:"  # before the name of the source whose message was corrected


class Pending:
    """stop: called with the source and the fault where its policy is to stop."""

    def __init__(self, sources: Mapping[str, SourceConfig], around: Surroundings, stop: Callable[[str, str], Awaitable[None]]) -> None:
        self._sources = sources
        self._around = around
        self._stop = stop

    async def prepare(self, receipt: Receipt, *, ordered: bool, maps: MapSet | None = None) -> Settlement | None:
        """None: its source is not configured any more, or its bytes are pruned. maps: instead of its source's."""
        source = self._sources.get(source_of(receipt))
        body = await self._around.store.archived(_SYSTEM, receipt.id) if source is not None else None
        if source is None or body is None:
            return None
        # What is pending was let in before, whatever the source takes now.
        reading = read(body, replace(source, processing=None))
        around = with_maps(self._around, maps)
        return await prepare(reading, receipt.digest, source, around, self._around.clock.now(), told=True, ordered=ordered)

    async def submit(self, settlement: Settlement, receipt: Receipt, *, after: int | None = None) -> Settled | None:
        """None: it was settled meanwhile, or it is not its turn. after: the message of its lane that goes before it.

        Reaches the store's queue without a pause, so callers keep their order.
        """
        try:
            settled = await self._around.store.submit(partial(_settle, settlement, receipt, after))
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 -- as in intake: commit broke on this message
            settlement = replace(settlement, outcome=poison(error))
            settled = await self._around.store.submit(partial(_settle, settlement, receipt, after))
        if settled is not None:
            announce(settled, receipt.source, (self._around.clock.now() - receipt.received).total_seconds())
            self._around.wakeup.wake(settled.owed)
            if settled.state is MessageState.PARKED:
                self._around.alerting.set()
        if isinstance(settlement.outcome, Poison) and settlement.source.on_poison is OnPoison.STOP:
            await self._stop(source_of(receipt), settlement.outcome.fault)
        return settled

    async def work_off(self, lane: str, *, maps: Mapping[int, MapSet] | None = None) -> int:
        """Process what waits in a lane, oldest first, until it is empty or held again. Gives how many were settled.

        Others may do the same at the same time: each message is settled once, and in its turn. maps: for messages that have their own.
        """
        count = 0
        while (waiting := await self._next(lane)) is not None:
            settlement = await self.prepare(waiting, ordered=False, maps=(maps or {}).get(waiting.id))
            if settlement is None:
                return count
            settled = await self.submit(settlement, waiting)
            if settled is not None and settled.state is MessageState.PARKED:
                return count
            count += settled is not None
        return count

    async def _next(self, lane: str) -> Receipt | None:
        """The message whose turn it is. None where it is parked, or there is none: then its incident is over."""
        now = self._around.clock.now()

        def look(tx: Transaction) -> tuple[Receipt | None, bool]:
            first = tx.first_in_lane(lane)
            return first, first is None and tx.close_incident(IncidentKind.LANE, lane, now)

        first, is_over = await self._around.store.submit(look)
        if is_over:
            self._around.alerting.set()
        return first if first is not None and first.state is MessageState.PENDING else None


def source_of(receipt: Receipt) -> str:
    """Whose maps and settings it has: also of a replay, or of a correction."""
    return receipt.source.removeprefix(REPLAY).removeprefix(RESUBMIT)


def with_maps(around: Surroundings, maps: MapSet | None) -> Surroundings:
    """With these maps for every source; None: with its own."""
    if maps is None:
        return around
    sets = MapSets(maps)
    return replace(around, maps=sets, transform=InProcess(sets))


def _settle(settlement: Settlement, receipt: Receipt, after: int | None, tx: Transaction) -> Settled | None:
    found = tx.get_receipt(receipt.id)
    if found.state is not MessageState.PENDING or (after is not None and _still_comes(tx.get_receipt(after))):
        return None
    if found.lane is not None and not settlement.ordered:
        first = tx.first_in_lane(found.lane)
        if first is None or first.id != receipt.id:
            return None
    return settlement.settle(tx, receipt.id)


def _still_comes(before: Receipt) -> bool:
    """Its own settlement failed: what follows it would overtake it."""
    return before.state is MessageState.PENDING and before.lane is None
