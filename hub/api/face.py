"""What every interaction of the FHIR face is given. Built once by `hub.app`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from hub.access.doors import Door
from hub.care.emergency_care import Narrate
from hub.core.caller import Caller
from hub.core.ports import Clock
from hub.core.visibility import Visibility
from hub.engine.supervisor import Engine
from hub.store.contract import Store

FHIR_JSON = "application/fhir+json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may ask. Stated in docs/reference/limits.md; a test holds the two together."""

    body: int = 32 << 20  # bytes of a resource or Bundle
    form: int = 1 << 20  # bytes of a search by POST
    entries: int = 5_000  # of a transaction or batch
    versions: int = 1_000  # on one page of a history


@dataclass(frozen=True, slots=True)
class Face:
    """base: the public FHIR base URL without a slash at the end. page_key: signs page links. permit: what a caller may see.

    metrics: the page that Prometheus reads.
    """

    base: str
    store: Store
    engine: Engine
    clock: Clock
    door: Door
    permit: Callable[[Caller], Visibility]
    narrate: Narrate
    page_key: bytes
    software_version: str
    metrics: Callable[[], Awaitable[bytes]]
    limits: Limits = field(default_factory=Limits)
