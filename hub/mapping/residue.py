"""What HL7 v2 says and FHIR does not: the archived message, and which of the resources it made are still as it made them.

docs/decisions/0006, "The way back". A residue is asked for when a message is written: `CompiledMap.backward(…, residue=…)`. It is used
for an instance of a group only where the instance's own resource is unchanged; for the header only where all of them are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hub.codec.hl7v2 import Message
from hub.core.json import Json, Resource
from hub.mapping.conversion import Produced

__all__ = ["MadeVersion", "Residue", "residue_of_resources", "residue_of_versions"]

_URN = "urn:uuid:"
_SERVER = frozenset({"id", "meta"})


@dataclass(frozen=True, slots=True)
class Residue:
    """unchanged: full urls of what the message made (`Produced.full_url`), and the resource each of them is now ("Observation/o1").

    changed: the same of what the message made and is no longer so; "" for what is gone. What stands in neither was there before the
    message came.
    """

    message: Message
    unchanged: Mapping[str, str]
    changed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MadeVersion:
    """A version that the store has of a receipt. reference: "Observation/o1". resource: as that version has it.

    is_current: nothing has changed it since. rule: "oru_r01.result".
    """

    reference: str
    rule: str
    resource: Resource
    is_current: bool


def residue_of_versions(message: Message, produced: Sequence[Produced], versions: Iterable[MadeVersion]) -> Residue:
    """For the engine: of a receipt's message, what its map set makes of it, and the versions that the receipt made in the store.

    A version belongs to what the same rule has made and whose elements it has all. Where two could be meant (the same reading twice),
    neither counts as unchanged.
    """
    made = list(versions)
    unchanged: dict[str, str] = {}
    changed: dict[str, str] = {}
    for each in produced:
        twins = [other for other in produced if other.rule == each.rule and _has_all(other.resource, each.resource)]
        found = [version for version in made if version.rule == each.rule and _has_all(version.resource, each.resource)]
        if len(twins) == len(found) == 1:
            (unchanged if found[0].is_current else changed)[each.full_url] = found[0].reference
        elif any(version.rule == each.rule for version in made):
            changed[each.full_url] = ""
    return Residue(message, unchanged, changed)


def residue_of_resources(message: Message, produced: Sequence[Produced], resources: Iterable[Resource]) -> Residue:
    """For a Bundle that was made of the message: its resources are known by their full urls, which have become their ids."""
    by_reference = {f"{each.get('resourceType')}/{each.get('id')}": each for each in resources}
    unchanged: dict[str, str] = {}
    changed: dict[str, str] = {}
    for each in produced:
        reference = f"{each.resource.get('resourceType')}/{each.full_url.removeprefix(_URN)}"
        now = by_reference.get(reference)
        same = now is not None and _has_all(now, each.resource) and _has_all(each.resource, now)
        (unchanged if same else changed)[each.full_url] = reference if now is not None else ""
    return Residue(message, unchanged, changed)


def _has_all(whole: Json, part: Json) -> bool:
    """Has it all that the other has? References are of the place where they stand, and are not compared."""
    match part:
        case dict():
            return isinstance(whole, dict) and all(
                name in _SERVER or name == "reference" or (name in whole and _has_all(whole[name], value)) for name, value in part.items()
            )
        case list():
            return isinstance(whole, list) and len(whole) == len(part) and all(map(_has_all, whole, part))
        case _:
            return type(whole) is type(part) and str(whole) == str(part)
