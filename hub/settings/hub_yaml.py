"""hub.yaml and the environment to HubSettings, or every error at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import available_timezones

import yaml

from hub.core.diagnostics import Diagnostic, Span
from hub.engine.configuration import Acknowledge, Mode, OnPoison, Retention, RouteConfig, SourceConfig
from hub.sdk import ConnectorSpec
from hub.settings import codes
from hub.settings.destinations import check_destinations, destination_settings
from hub.settings.model import HubIdentity, HubSettings, Organisation, SourceSettings
from hub.settings.nodes import child, items
from hub.settings.reader import Reader
from hub.settings.schema import HUB

Values = Mapping[str, Any]
_SHORTEST_KEPT = timedelta(days=30)
_LEAST_LIMIT = timedelta(seconds=1)


def read_settings(
    text: str, file: str, *, environment: Mapping[str, str], connectors: Mapping[str, ConnectorSpec]
) -> HubSettings | tuple[Diagnostic, ...]:
    """file: how the diagnostics call it."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        span = Span(file, mark.line + 1, mark.column + 1) if mark else Span(file, 1, 1)
        return (Diagnostic(codes.NOT_YAML, str(getattr(error, "problem", None) or "nested too deeply"), span=span),)
    reader = Reader(file, environment, connectors)
    values = reader.read_block(node, HUB)
    if node is not None:
        _check_names(reader, node, values)
        _check_zone(reader, node, values)
        check_destinations(reader, node, values)
        _check_retention(reader, node, values)
        _check_limit(reader, node, values)
        _check_shares(reader, node, values)
        _check_modes(reader, node, values)
    ordered = sorted(
        reader.diagnostics, key=lambda diagnostic: (diagnostic.span.line, diagnostic.span.column) if diagnostic.span else (0, 0)
    )
    return tuple(ordered) or _settings(values)


def _settings(values: Values) -> HubSettings:
    return HubSettings(
        store=values["store"]["url"],
        hub=HubIdentity(**values["hub"]),
        organisations=tuple(Organisation(**one) for one in values["organisations"] or ()),
        sources=tuple(_source(one) for one in values["sources"] or ()),
        destinations=tuple(destination_settings(one, values["hub"]["timezone"]) for one in values["destinations"] or ()),
        routes=tuple(RouteConfig(one["when"], one["map"], tuple(one["to"])) for one in values["routes"] or ()),
        agreements=values["agreements"],
        retention=Retention(**values["retention"]),
        transformers=values["transformers"],
        transform_limit=values["transform_limit"],
        telemetry=values["telemetry"]["otlp"],
    )


def _source(values: Values) -> SourceSettings:
    config = SourceConfig(
        name=values["name"],
        organisation=values["organisation"],
        acknowledge=Acknowledge(values["acknowledge"]),
        processing=frozenset(values["processing"]),
        on_poison=OnPoison(values["lane"]["on_poison"]),
        family=values["lane"]["family"],
        strict_control_ids=values["strict_control_ids"],
        share=values["share"],
        mode=Mode(values["mode"]),
        sequence_numbers=values["sequence_numbers"],
        parameters=values["parameters"] or {},
    )
    return SourceSettings(config, values["connector"], values["settings"], values["maps"])


def _check_names(reader: Reader, node: yaml.Node, values: Values) -> None:
    """Names differ, and routes name destinations that are there."""
    for block in ("sources", "destinations"):
        seen: set[str] = set()
        for one, place in zip(values[block] or (), items(node, block), strict=False):
            if one["name"] in seen:
                reader.report(codes.DUPLICATE_NAME, f"two {block} have this name", child(place, "name") or place)
            seen.add(one["name"])
    known = {one["name"] for one in values["destinations"] or ()}
    for one, place in zip(values["routes"] or (), items(node, "routes"), strict=False):
        for name, item in zip(one["to"] or (), items(place, "to"), strict=False):
            if name not in known:
                reader.report(codes.UNKNOWN_NAME, "there is no destination of this name", item)


def _check_zone(reader: Reader, node: yaml.Node, values: Values) -> None:
    """A zone that nobody knows would first be missed when a time without a zone comes in."""
    block = child(node, "hub")
    place = child(block, "timezone") if block is not None else None
    if place is not None and values["hub"]["timezone"] not in available_timezones():
        reader.report(codes.NOT_A_CHOICE, "`timezone` is a name such as Europe/London", place)


def _check_retention(reader: Reader, node: yaml.Node, values: Values) -> None:
    block = child(node, "retention")
    for name, lasting in values["retention"].items():
        place = child(block, name) if block is not None else None
        if place is not None and lasting is not None and lasting < _SHORTEST_KEPT:
            reader.report(codes.KEPT_TOO_SHORT, f"`{name}` would be removed after less than 30 days", place)


def _check_limit(reader: Reader, node: yaml.Node, values: Values) -> None:
    """With less than any map takes, every message would be poison."""
    place = child(node, "transform_limit")
    if place is not None and values["transform_limit"] < _LEAST_LIMIT:
        reader.report(codes.WRONG_KIND, "`transform_limit` is 1s or more", place)


def _check_shares(reader: Reader, node: yaml.Node, values: Values) -> None:
    """A source without a share would never have its turn."""
    for one, place in zip(values["sources"] or (), items(node, "sources"), strict=False):
        if one["share"] == 0:
            reader.report(codes.WRONG_KIND, "`share` is a whole number from 1", child(place, "share") or place)


def _check_modes(reader: Reader, node: yaml.Node, values: Values) -> None:
    """Two answers need a connection that carries two."""
    for one, place in zip(values["sources"] or (), items(node, "sources"), strict=False):
        spec = reader.connectors.get(str(one["connector"]))
        if one["mode"] != Mode.ORIGINAL and spec is not None and not spec.answers_twice:
            reader.report(codes.ANSWERS_ONCE, f"the connector `{spec.name}` gives one answer", child(place, "mode") or place)
