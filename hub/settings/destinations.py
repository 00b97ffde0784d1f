"""The destinations of hub.yaml: their blocks to configurations, and what no single key can say is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import yaml

from hub.engine.configuration import BreakerPolicy, DestinationConfig, OnDead, Retry, Window
from hub.settings import codes
from hub.settings.model import DestinationSettings
from hub.settings.nodes import child, items
from hub.settings.reader import Reader

__all__ = ["check_destinations", "destination_settings"]

Values = Mapping[str, Any]
_REFUSAL: Final = re.compile(r"AE|AR|CE|CR|[1-9][0-9]{2}")
_MOST: Final = 64  # connections


def destination_settings(values: Values, zone: str) -> DestinationSettings:
    """zone: of the hub's clocks."""
    retry, breaker, window = values["retry"], values["breaker"], values["window"]
    config = DestinationConfig(
        name=values["name"],
        organisation=values["organisation"],
        retry=Retry(retry["initial"], retry["maximum"], retry["for"], frozenset(retry["answers"])),
        breaker=BreakerPolicy(breaker["failures"], breaker["pause"]),
        rate=values["rate"],
        window=Window(window["from"], window["to"], ZoneInfo(zone)) if window["from"] is not None else None,
        connections=values["connections"],
        on_dead=OnDead(values["on_dead"]),
        owner=values["owner"],
        idempotent=values["idempotent"],
        enhanced=values["mode"] == "enhanced",
        version=values["version"],
        parameters=values["parameters"] or {},
    )
    return DestinationSettings(config, values["connector"], values["settings"])


def check_destinations(reader: Reader, node: yaml.Node, values: Values) -> None:
    for one, place in zip(values["destinations"] or (), items(node, "destinations"), strict=False):
        _check_answers(reader, place, one)
        for path, wanted, is_right in _LIMITS:
            value, at = _find(one, place, path)
            if at is not None and value is not None and not is_right(value):
                reader.report(codes.WRONG_KIND, f"`{path[-1]}` is {wanted}", at)
        window = child(place, "window")
        if window is not None and one["window"]["from"] is not None and one["window"]["from"] == one["window"]["to"]:
            reader.report(codes.WRONG_KIND, "`window` opens and closes at the same time: leave it out if it is always open", window)


def _check_answers(reader: Reader, place: yaml.Node, one: Values) -> None:
    """A yes, or a slip of the pen, would never match and never be noticed."""
    retry = child(place, "retry")
    for answer, item in zip(one["retry"]["answers"] or (), items(retry, "answers") if retry else (), strict=False):
        if answer is not None and not _REFUSAL.fullmatch(answer):
            reader.report(codes.NOT_A_CHOICE, "`answers` are AE, AR, CE or CR, or three digits of table 0357", item)


_LIMITS: Final[tuple[tuple[tuple[str, ...], str, Callable[[Any], bool]], ...]] = (
    (("connections",), f"1 to {_MOST}", lambda number: 1 <= number <= _MOST),
    (("breaker", "failures"), "1 or more", lambda number: number >= 1),
    (("breaker", "pause"), "longer than nothing", lambda pause: pause > timedelta()),
    (("retry", "initial"), "longer than nothing", lambda wait: wait > timedelta()),
    (("retry", "maximum"), "longer than nothing", lambda wait: wait > timedelta()),
)


def _find(value: Any, place: yaml.Node | None, path: tuple[str, ...]) -> tuple[Any, yaml.Node | None]:
    for name in path:
        value, place = value[name], child(place, name) if place is not None else None
    return value, place
