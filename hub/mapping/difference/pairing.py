"""Which resource of the one conversion is which of the other: by key, by identifiers, by the rule that made it, by type."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from hub.core.json import Json
from hub.mapping.conversion import Produced

__all__ = ["Pair", "pair_resources"]

_Identity = Callable[[Produced], Hashable | None]


@dataclass(frozen=True, slots=True)
class Pair:
    """One is None where the resource is made by one set only."""

    old: Produced | None
    new: Produced | None


def pair_resources(old: Sequence[Produced], new: Sequence[Produced]) -> Iterator[Pair]:
    """The surest likeness first; within one, in the order in which they were made."""
    left, right = list(old), list(new)
    for identity in _IDENTITIES:
        waiting: dict[Hashable, list[Produced]] = {}
        for produced in right:
            waiting.setdefault(identity(produced), []).append(produced)
        for produced in list(left):
            key = identity(produced)
            if key is not None and waiting.get(key):
                other = waiting[key].pop(0)
                left.remove(produced)
                right.remove(other)
                yield Pair(produced, other)
    yield from (Pair(produced, None) for produced in left)
    yield from (Pair(None, produced) for produced in right)


def _type(produced: Produced) -> str:
    return str(produced.resource["resourceType"])


def _by_key(produced: Produced) -> Hashable | None:
    return (_type(produced), produced.key, produced.rule) if any(produced.key) else None


def _by_identifiers(produced: Produced) -> Hashable | None:
    held: Json = produced.resource.get("identifier")
    listed = held if isinstance(held, list) else [held]
    known = [(str(each.get("system")), str(each["value"])) for each in listed if isinstance(each, dict) and "value" in each]
    return (_type(produced), frozenset(known), produced.rule) if known else None


def _by_rule(produced: Produced) -> Hashable | None:
    return _type(produced), produced.rule


_IDENTITIES: Final[tuple[_Identity, ...]] = (_by_key, _by_identifiers, _by_rule, _type)
