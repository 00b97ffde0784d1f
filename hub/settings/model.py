"""The settings of one hub, frozen. Read from hub.yaml by `hub.settings.hub_yaml`, or made by `hub.settings.development`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from hub.engine.configuration import DestinationConfig, Retention, RouteConfig, SourceConfig


@dataclass(frozen=True, slots=True)
class HubIdentity:
    name: str = "Calder"
    url: str = "http://127.0.0.1:8080"
    timezone: str = "Europe/London"


@dataclass(frozen=True, slots=True)
class Organisation:
    ods: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """connector: the entry point's name. settings: the connector's own keys, checked against its spec."""

    config: SourceConfig
    connector: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    maps: str = "hl7v2"
    mode: str = "original"


@dataclass(frozen=True, slots=True)
class DestinationSettings:
    """As SourceSettings."""

    config: DestinationConfig
    connector: str
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HubSettings:
    """http: where the hub's own HTTP server listens. development: no credentials, loopback only.

    transformers: processes that run maps, None for as many as suit the machine. transform_limit: for one message.
    telemetry: where traces are sent (OTLP over HTTP). folder: of hub.yaml, beside which `mappings/local` stands; None where there is
    no hub.yaml.
    """

    store: str
    hub: HubIdentity = HubIdentity()
    http: str = "127.0.0.1:8080"
    development: bool = False
    organisations: tuple[Organisation, ...] = ()
    sources: tuple[SourceSettings, ...] = ()
    destinations: tuple[DestinationSettings, ...] = ()
    routes: tuple[RouteConfig, ...] = ()
    agreements: str | None = None
    retention: Retention = field(default_factory=Retention)
    transformers: int | None = None
    transform_limit: timedelta = timedelta(seconds=10)
    telemetry: str | None = None
    folder: Path | None = None
