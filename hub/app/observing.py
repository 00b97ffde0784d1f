"""Who listens to the events of one hub: metrics always, traces where they are asked for."""

from __future__ import annotations

from contextlib import ExitStack

from hub.app.metrics import Metrics
from hub.app.tracing import Tracing
from hub.core.ports import Clock
from hub.engine.events import BatchCommitted, emit, listening
from hub.store.relational.store import RelationalStore

__all__ = ["Observing"]


class Observing:
    """Between `start` and `stop`."""

    def __init__(self, store: RelationalStore, clock: Clock, tracing: Tracing | None = None) -> None:
        self.metrics = Metrics(store, clock)
        self._store = store
        self._tracing = tracing
        self._listening = ExitStack()

    def start(self) -> None:
        self._listening.enter_context(listening(self.metrics.on))
        if self._tracing is not None:
            self._listening.enter_context(listening(self._tracing.on))
        self._store.watch(lambda pieces, seconds, syncing: emit(BatchCommitted(pieces, seconds, syncing)))

    def stop(self) -> None:
        self._listening.close()
        if self._tracing is not None:
            self._tracing.close()
