"""The CPU that each kind of thread of this process has had, as Prometheus reads it: no profiler, the clocks that the kernel keeps anyway.

The main thread runs the event loop (doors, intake, delivery); `store-writer` the rules of commit and the store; `store-reader` searches.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Final

from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

__all__ = ["ThreadCpu"]

_NAME: Final = "calder_thread_cpu_seconds"


class ThreadCpu(Collector):
    def collect(self) -> Iterator[CounterMetricFamily]:
        family = CounterMetricFamily(_NAME, "CPU of the threads of this hub, by what they are for", labels=["thread"])
        spent: dict[str, float] = {}
        for thread in threading.enumerate():
            if thread.ident is not None and thread.is_alive():
                name = "main" if thread is threading.main_thread() else thread.name.partition("_")[0]
                spent[name] = spent.get(name, 0.0) + time.clock_gettime(time.pthread_getcpuclockid(thread.ident))
        for name, seconds in sorted(spent.items()):
            family.add_metric([name], seconds)
        yield family
