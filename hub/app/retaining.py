"""Retention by hand: what a person at the hub's own keyboard may ask for."""

from __future__ import annotations

from hub.app.stores import open_store
from hub.app.surroundings import SystemClock
from hub.engine.configuration import Retention
from hub.engine.retention import Told, count_expired, prune
from hub.store.rows import Pruned

__all__ = ["count_now", "prune_now"]


async def count_now(url: str, retention: Retention) -> Pruned:
    """Beside a running hub, too."""
    store = open_store(url, read_only=True)
    try:
        return await count_expired(store, retention, SystemClock().now())
    finally:
        await store.close()


async def prune_now(url: str, retention: Retention, *, user: str, told: Told) -> Pruned:
    """StoreError where a hub runs on an embedded store."""
    store = open_store(url)
    try:
        return await prune(store, retention, SystemClock().now(), author=user, told=told)
    finally:
        await store.close()
