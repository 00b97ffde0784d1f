"""What a person does with a delivery that is dead: have it sent after all, or put it aside. hub.core.lifecycle has the states.

One that has been overtaken is not sent after all: the record has a newer version of its resource, which goes its own way to the same
destination; sent after that, the older one would be taken for the newest. One that holds its lane has been overtaken by nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hub.core.errors import StoreError
from hub.core.lifecycle import DeliveryState
from hub.core.visibility import Visibility
from hub.engine.author import Author
from hub.engine.preparing import Surroundings
from hub.store.contract import Transaction
from hub.store.rows import Delivery

__all__ = ["Decided", "discard_delivery", "revive_delivery"]

_SYSTEM: Final = Visibility.system("dead letters")


@dataclass(frozen=True, slots=True)
class Decided:
    """Where the delivery stands now."""

    delivery: int
    destination: str
    state: DeliveryState


async def revive_delivery(delivery: int, around: Surroundings, by: Author) -> Decided:
    """It is due again, in its place in its lane. Whoever revives it has asked the receiver.

    StoreError for one that is not dead, or has been overtaken.
    """
    now = around.clock.now()

    def work(tx: Transaction) -> Delivery:
        found = _dead(tx, delivery)
        current = tx.current(_SYSTEM, found.type, found.resource_id)
        if not found.holds and current is not None and current.version > found.version:
            raise StoreError(f"delivery {delivery} has been overtaken: a newer version goes its own way; discard this one")
        tx.settle(delivery, DeliveryState.DUE, now=now, reason=f"revived by {by.name}: {by.reason}")
        tx.audit(by.row("deliveries revive", now, receipt=found.receipt))
        return found

    found = await around.store.submit(work)
    around.wakeup.wake({found.destination})
    return Decided(delivery, found.destination, DeliveryState.DUE)


async def discard_delivery(delivery: int, around: Surroundings, by: Author) -> Decided:
    """It is put aside for good, and holds its lane no more. StoreError for one that is not dead, or is discarded."""
    now = around.clock.now()

    def work(tx: Transaction) -> Delivery:
        found = _dead(tx, delivery)
        tx.discard(delivery, reason=f"discarded by {by.name}: {by.reason}")
        tx.audit(by.row("deliveries discard", now, receipt=found.receipt))
        return found

    found = await around.store.submit(work)
    around.wakeup.wake({found.destination})
    return Decided(delivery, found.destination, DeliveryState.DEAD)


def _dead(tx: Transaction, delivery: int) -> Delivery:
    found = tx.find_delivery(delivery)
    if found is None:
        raise StoreError(f"there is no delivery {delivery}")
    if found.state is not DeliveryState.DEAD:
        raise StoreError(f"delivery {delivery} is {found.state}, not dead")
    return found
