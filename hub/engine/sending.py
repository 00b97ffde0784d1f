"""One attempt at one delivery: what it says is rendered and sent, and how that ended becomes what its row is to say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hub.core.errors import DeliveryError
from hub.core.lifecycle import DeliveryState, Failure, settle
from hub.core.visibility import Visibility
from hub.engine.backoff import failure_of, is_expired, next_attempt
from hub.engine.configuration import DestinationConfig
from hub.engine.preparing import Surroundings
from hub.engine.rendering import NotWritten, render
from hub.sdk.connector import Destination
from hub.sdk.message import Taken
from hub.store.rows import Delivery, Version

__all__ = ["Attempt", "attempt", "given_back", "overdue"]

_SYSTEM: Final = Visibility.system("delivery")
_KEPT: Final = "the receiver keeps it (CA); its application has not answered"


@dataclass(frozen=True, slots=True)
class Attempt:
    """seen: the version that the other side has, or may have, seen. reached: whether it answered; None where it was not asked."""

    delivery: Delivery
    state: DeliveryState
    reason: str | None = None
    not_before: datetime | None = None
    seen: Version | None = None
    failure: Failure | None = None
    reached: bool | None = None


async def attempt(delivery: Delivery, config: DestinationConfig, destination: Destination, around: Surroundings) -> Attempt:
    version = await around.store.vread(_SYSTEM, delivery.type, delivery.resource_id, delivery.version)
    if version is None or version.deleted:
        return Attempt(delivery, DeliveryState.DEAD, "the version it would say is gone")
    try:
        outbound = await render(delivery, version, config, around.store, around.maps.site)
    except NotWritten as error:
        return _failed(delivery, config, around, Failure.PERMANENT, f"E301 {error.reason}")
    try:
        taken = await destination.send(outbound)
    except DeliveryError as error:
        failure, answered = failure_of(error, config.retry), error.failure is Failure.PERMANENT
        seen = version if answered or failure is Failure.AMBIGUOUS else None
        return _failed(delivery, config, around, failure, str(error) or type(error).__name__, seen=seen, reached=answered)
    except Exception as error:  # noqa: BLE001 -- a connector that breaks may have sent
        reason = f"the connector broke: {type(error).__name__}"
        return _failed(delivery, config, around, Failure.AMBIGUOUS, reason, seen=version, reached=False)
    return Attempt(delivery, DeliveryState.DELIVERED, _KEPT if taken is Taken.KEPT else None, seen=version, reached=True)


def given_back(delivery: Delivery, reason: str, not_before: datetime | None = None) -> Attempt:
    """Claimed and never written: it may be tried again whatever the destination is."""
    return Attempt(delivery, DeliveryState.WAITING, reason, not_before)


def overdue(delivery: Delivery) -> Attempt:
    """Its time has passed while the destination could not be reached."""
    reason = f"{Failure.TRANSIENT.value}: the destination was not reached in its time"
    return Attempt(delivery, DeliveryState.DEAD, reason, failure=Failure.TRANSIENT)


def _failed(
    delivery: Delivery,
    config: DestinationConfig,
    around: Surroundings,
    failure: Failure,
    reason: str,
    *,
    seen: Version | None = None,
    reached: bool | None = None,
) -> Attempt:
    now = around.clock.now()
    expired = is_expired(config.retry, delivery.first_due, now)
    state = settle(failure, expired=expired, idempotent=config.idempotent)
    again = next_attempt(config.retry, max(1, delivery.attempts), now) if state is DeliveryState.WAITING else None
    return Attempt(delivery, state, f"{failure.value}: {reason}", again, seen, failure, reached)
