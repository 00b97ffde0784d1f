"""Who gets this: written versions and the route table give what is owed. Pure.

Every version of a resource takes the same way, so whoever received it also receives its correction, its withdrawal and its
entered-in-error. Sharing permits all until agreements exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from hub.engine.configuration import RouteConfig
from hub.store.rows import NewDelivery, Version

__all__ = ["route"]


def route(versions: Sequence[Version], routes: Sequence[RouteConfig], *, now: datetime) -> tuple[NewDelivery, ...]:
    """A deletion has no content that a map could write, and is not sent."""
    return tuple(
        NewDelivery(
            destination=destination,
            type=version.type,
            id=version.id,
            version=version.version,
            map_name=each.map,
            due=now,
            lane=_lane(version),
            person=version.person,
            receipt=version.receipt,
        )
        for version in versions
        if not version.deleted
        for each in routes
        if each.when == version.type
        for destination in each.to
    )


def _lane(version: Version) -> str:
    """One person's messages arrive in order; what is nobody's keeps the order of its own versions."""
    return f"Patient/{version.person}" if version.person is not None else f"{version.type}/{version.id}"
