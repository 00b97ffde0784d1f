"""hub.yaml and the environment to HubSettings, or every error at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import available_timezones

import yaml

from hub.core.diagnostics import Diagnostic, Span
from hub.engine.configuration import Acknowledge, DestinationConfig, OnPoison, Retention, Retry, RouteConfig, SourceConfig
from hub.sdk import ConnectorSpec
from hub.settings import codes
from hub.settings.model import DestinationSettings, HubIdentity, HubSettings, Organisation, SourceSettings
from hub.settings.reader import Reader
from hub.settings.schema import HUB

Values = Mapping[str, Any]
_SHORTEST_KEPT = timedelta(days=30)
_LEAST_LIMIT = timedelta(seconds=1)
_REFUSAL = re.compile(r"AE|AR|CE|CR|[1-9][0-9]{2}")


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
        _check_retention(reader, node, values)
        _check_limit(reader, node, values)
        _check_shares(reader, node, values)
        _check_answers(reader, node, values)
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
        destinations=tuple(_destination(one) for one in values["destinations"] or ()),
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
        parameters=values["parameters"] or {},
    )
    return SourceSettings(config, values["connector"], values["settings"], values["maps"], values["mode"])


def _destination(values: Values) -> DestinationSettings:
    retry = values["retry"]
    config = DestinationConfig(
        name=values["name"],
        organisation=values["organisation"],
        retry=Retry(retry["initial"], retry["maximum"], retry["for"], frozenset(retry["answers"])),
        idempotent=values["idempotent"],
        enhanced=values["mode"] == "enhanced",
        version=values["version"],
        parameters=values["parameters"] or {},
    )
    return DestinationSettings(config, values["connector"], values["settings"])


def _check_names(reader: Reader, node: yaml.Node, values: Values) -> None:
    """Names differ, and routes name destinations that are there."""
    for block in ("sources", "destinations"):
        seen: set[str] = set()
        for one, place in zip(values[block] or (), _items(node, block), strict=False):
            if one["name"] in seen:
                reader.report(codes.DUPLICATE_NAME, f"two {block} have this name", _child(place, "name") or place)
            seen.add(one["name"])
    known = {one["name"] for one in values["destinations"] or ()}
    for one, place in zip(values["routes"] or (), _items(node, "routes"), strict=False):
        for name, item in zip(one["to"] or (), _items(place, "to"), strict=False):
            if name not in known:
                reader.report(codes.UNKNOWN_NAME, "there is no destination of this name", item)


def _check_zone(reader: Reader, node: yaml.Node, values: Values) -> None:
    """A zone that nobody knows would first be missed when a time without a zone comes in."""
    block = _child(node, "hub")
    place = _child(block, "timezone") if block is not None else None
    if place is not None and values["hub"]["timezone"] not in available_timezones():
        reader.report(codes.NOT_A_CHOICE, "`timezone` is a name such as Europe/London", place)


def _check_retention(reader: Reader, node: yaml.Node, values: Values) -> None:
    block = _child(node, "retention")
    for name, lasting in values["retention"].items():
        place = _child(block, name) if block is not None else None
        if place is not None and lasting is not None and lasting < _SHORTEST_KEPT:
            reader.report(codes.KEPT_TOO_SHORT, f"`{name}` would be removed after less than 30 days", place)


def _check_limit(reader: Reader, node: yaml.Node, values: Values) -> None:
    """With less than any map takes, every message would be poison."""
    place = _child(node, "transform_limit")
    if place is not None and values["transform_limit"] < _LEAST_LIMIT:
        reader.report(codes.WRONG_KIND, "`transform_limit` is 1s or more", place)


def _check_shares(reader: Reader, node: yaml.Node, values: Values) -> None:
    """A source without a share would never have its turn."""
    for one, place in zip(values["sources"] or (), _items(node, "sources"), strict=False):
        if one["share"] == 0:
            reader.report(codes.WRONG_KIND, "`share` is a whole number from 1", _child(place, "share") or place)


def _check_answers(reader: Reader, node: yaml.Node, values: Values) -> None:
    """A yes, or a slip of the pen, would never match and never be noticed."""
    for one, place in zip(values["destinations"] or (), _items(node, "destinations"), strict=False):
        retry = _child(place, "retry")
        for answer, item in zip(one["retry"]["answers"] or (), _items(retry, "answers") if retry else (), strict=False):
            if answer is not None and not _REFUSAL.fullmatch(answer):
                reader.report(codes.NOT_A_CHOICE, "`answers` are AE, AR, CE or CR, or three digits of table 0357", item)


def _items(node: yaml.Node, name: str) -> list[yaml.Node]:
    child = _child(node, name)
    return list(child.value) if isinstance(child, yaml.SequenceNode) else []


def _child(node: yaml.Node, name: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for key, value in node.value if key.value == name), None)
