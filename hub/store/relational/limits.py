"""A Visibility as the values that the conditions of sql/visibility.sql are given."""

from __future__ import annotations

import json
from functools import lru_cache

from hub.core.visibility import Visibility

__all__ = ["limits", "to_array"]


@lru_cache(maxsize=256)
def to_array(values: frozenset[str]) -> str:
    """A JSON array in a stable order. Kept, since the same agreement is asked for again and again."""
    return json.dumps(sorted(values))


def limits(visibility: Visibility) -> dict[str, str | None]:
    """:people, :types and :denied. No denied label at all is "without limit"; `masked` is the api's, who serves the bodies."""
    return {
        "people": None if visibility.people is None else to_array(visibility.people),
        "types": None if visibility.types is None else to_array(visibility.types),
        "denied": to_array(visibility.denied_labels) if visibility.denied_labels else None,
    }
