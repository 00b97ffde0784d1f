"""The settings of `calder serve --dev`: one hub on loopback that takes everything and asks for no credentials."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

from hub.engine.configuration import SourceConfig
from hub.sdk.address import parse_address
from hub.settings.model import HubSettings, SourceSettings


def development_settings(*, store: str, http: str, mllp: str, base: HubSettings | None = None) -> HubSettings:
    """`base`: destinations, routes and further sources from a hub.yaml.

    Raises ValueError for an address that is not loopback, wherever it was given, and for a source that has the name of one of its own.
    """
    settings = base or HubSettings(store=store)
    own = (
        SourceSettings(SourceConfig("mllp", processing=None), "mllp", {"listen": mllp}),
        SourceSettings(SourceConfig("hl7v2-http", processing=None), "hl7v2-http"),
    )
    listening = (source.settings["listen"] for source in settings.sources if source.settings.get("listen"))
    for address in (http, mllp, *listening):
        if not is_loopback(str(address)):
            raise ValueError(f"--dev asks for no credentials and listens on loopback only: {address} is not loopback")
    taken = {source.config.name for source in own} & {source.config.name for source in settings.sources}
    if taken:
        raise ValueError(f"--dev has a source of this name already: call yours otherwise ({', '.join(sorted(taken))})")
    return replace(settings, store=store, http=http, development=True, sources=(*own, *settings.sources))


def is_loopback(address: str) -> bool:
    parsed = parse_address(address)
    if parsed is None:
        return False
    try:
        return ip_address(parsed[0]).is_loopback
    except ValueError:
        return parsed[0] == "localhost"
