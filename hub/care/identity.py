"""Who a Patient resource is about, by exact identity only.

A key is a number together with the authority that gave it: an NHS number whose check digit holds, or a local number with its
system. Names, dates of birth and addresses never make two records one. What cannot be a key stays in the record, and is flagged.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hub.care import nhs_number
from hub.core.json import Json, Resource

__all__ = ["Flag", "IdentityKeys", "Key", "keys_of"]

Key = tuple[str, str]
"""(system, value)."""

# Old-style and temporary NHS numbers: given out again, so they never say who somebody is.
_NEVER: Final = frozenset({"urn:oid:2.16.840.1.113883.2.1.3.2.4.3"})
_PASSING_USES: Final = frozenset({"old", "temp"})


class Flag(StrEnum):
    """What is doubtful about a person's numbers; written to meta.tag of the Patient."""

    NHS_NUMBER_INVALID = "nhs-number-invalid"


@dataclass(frozen=True, slots=True)
class IdentityKeys:
    """usable: in the order of the resource, the NHS number first. flagged: what is wrong with the others."""

    usable: tuple[Key, ...]
    flagged: frozenset[Flag] = frozenset()


def keys_of(patient: Resource) -> IdentityKeys:
    """The keys of Patient.identifier."""
    usable: dict[Key, None] = {}
    flagged: set[Flag] = set()
    for system, value in _identifiers(patient):
        if system != nhs_number.SYSTEM:
            usable[system, value] = None
        elif nhs_number.is_nhs_number(value, by_authority=True):
            usable[system, nhs_number.normalise(value)] = None
        else:
            flagged.add(Flag.NHS_NUMBER_INVALID)
    ordered = sorted(usable, key=lambda key: key[0] != nhs_number.SYSTEM)
    return IdentityKeys(tuple(ordered), frozenset(flagged))


def _identifiers(patient: Resource) -> Iterator[Key]:
    """Those that are in force and name their authority."""
    for identifier in _objects(patient.get("identifier")):
        system, value = identifier.get("system"), identifier.get("value")
        if not isinstance(system, str) or not isinstance(value, str) or identifier.get("use") in _PASSING_USES:
            continue
        if system and value.strip() and system not in _NEVER:
            yield system, value.strip()


def _objects(value: Json) -> Iterator[Resource]:
    """The objects of a list, however odd the rest of it: a record is never refused for one bad identifier here."""
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))
