"""What a coded text became, kept: the same few codes and units come with every message.

Only codes are kept (CWE, CE, CNE, IS, ID into a CodeableConcept, a Coding or a Quantity), never names, numbers of people, or what an
OBX-5 holds; only short texts; and only where nothing was to be reported, since a report names the place. Each use gets a copy of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from hub.core.json import Json
from hub.mapping.forward.values import Convert
from hub.mapping.running import Frame, Place, Run

__all__ = ["is_coded", "remembered"]

_CODED: Final = frozenset({"CWE", "CE", "CNE", "IS", "ID"})
_TARGETS: Final = frozenset({"CodeableConcept", "Coding", "Quantity"})
_LONGEST: Final = 120
_MOST: Final = 2000  # texts kept for each row: they come from messages


def is_coded(v2_type: str | None, fhir_type: str) -> bool:
    return v2_type in _CODED and fhir_type in _TARGETS


def remembered(convert: Convert) -> Convert:
    """For a converter that looks at nothing but the text and the run's setting."""
    known: dict[tuple[object, int, str], Callable[[], Json]] = {}

    def recall(run: Run, frame: Frame, raw: str, level: int, place: Place) -> Json:
        key = (run.setting, level, raw)
        again = known.get(key)
        if again is not None:
            return again()
        mark = len(run.diagnostics)
        value = convert(run, frame, raw, level, place)
        if not isinstance(value, dict) or len(raw) > _LONGEST or len(run.diagnostics) > mark:
            return value
        if len(known) >= _MOST:
            known.clear()
        again = known[key] = _copier(value)
        return again()

    return recall


def _copier(value: dict[str, Any]) -> Callable[[], Json]:
    if _is_flat(value):
        return value.copy
    codings = value.get("coding")
    if len(value) == 1 and isinstance(codings, list) and all(_is_flat(coding) for coding in codings):
        return lambda: {"coding": [coding.copy() for coding in codings]}
    return lambda: _copy(value)


def _is_flat(value: Json) -> bool:
    return isinstance(value, dict) and not any(isinstance(part, dict | list) for part in value.values())


def _copy(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: _copy(part) for name, part in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value
