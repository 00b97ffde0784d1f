"""HL7's own tables of segments, fields, datatypes, structures and codes, version by version.

A typed view of the reference data of hl7apy (MIT), made on first use and kept. Versions 2.1 to 2.8.2; tables from 2.3.1 on; no lengths
(the data has none). What is crooked in the data is put straight here and nowhere else: `varies` never has components
(2.7 gives OBX-5 a malformed child), 2.1 RX1-30 has one column too many, four segments of 2.7 have no fields, and some datatypes are None.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final

from hl7apy import load_library

__all__ = [
    "VERSIONS",
    "DatatypeDef",
    "FieldDef",
    "GroupDef",
    "SegmentDef",
    "SegmentRef",
    "datatype",
    "has_structure",
    "known_version",
    "normal_name",
    "segment",
    "structure",
    "structures",
    "table",
]

VERSIONS: Final = ("2.1", "2.2", "2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.7.1", "2.8", "2.8.1", "2.8.2")
_SAME_AS: Final = {"2.7.1": "2.7"}  # 2.7.1 changed text and tables of chapter 2.C; hl7apy has no copy of its own
_SMALL_WORDS: Final = frozenset({"of", "the", "and", "or", "to", "for", "in", "by", "on", "from", "with", "per", "at"})
_CAPITALS: Final = frozenset({"ID", "DNR", "SSN", "HL7", "OID", "UID", "DRG", "VIP", "NDC", "DEA", "MIME", "URI", "UPIN", "GMT"})

# hl7apy's references are nested tuples and lists without a type: the one edge of this module.
_Reference = Any


@dataclass(frozen=True, slots=True)
class FieldDef:
    """A field of a segment, or a component of a datatype. max None: repeats without limit. table: "0085"."""

    number: int
    name: str
    datatype: str
    min: int
    max: int | None
    table: str | None


@dataclass(frozen=True)
class DatatypeDef:
    """No components: primitive (or `varies`, which OBX-2 decides)."""

    name: str
    components: tuple[FieldDef, ...]

    @property
    def is_primitive(self) -> bool:
        return not self.components

    def component(self, number: int) -> FieldDef | None:
        return self.components[number - 1] if 0 < number <= len(self.components) else None

    def find(self, name: str) -> FieldDef | None:
        return self._by_name.get(normal_name(name))

    @cached_property
    def _by_name(self) -> dict[str, FieldDef]:
        return {normal_name(each.name): each for each in self.components}


@dataclass(frozen=True)
class SegmentDef:
    name: str
    fields: tuple[FieldDef, ...]

    def field(self, number: int) -> FieldDef | None:
        return self._by_number.get(number)

    def find(self, name: str) -> FieldDef | None:
        """By name, however it is written: "Date/Time of Birth" is DATE_TIME_OF_BIRTH."""
        return self._by_name.get(normal_name(name))

    @cached_property
    def _by_number(self) -> dict[int, FieldDef]:
        return {each.number: each for each in self.fields}

    @cached_property
    def _by_name(self) -> dict[str, FieldDef]:
        return {normal_name(each.name): each for each in self.fields}


@dataclass(frozen=True, slots=True)
class SegmentRef:
    name: str
    min: int
    max: int | None


@dataclass(frozen=True, slots=True, eq=False)
class GroupDef:
    """A group, or the whole structure. name: without the structure's prefix ("PATIENT_RESULT"). is_choice: one child of the list."""

    name: str
    min: int
    max: int | None
    children: tuple[SegmentRef | GroupDef, ...]
    is_choice: bool = False


def known_version(version: str) -> str | None:
    """The version whose tables serve this one; None for versions that are not known."""
    return _SAME_AS.get(version, version) if version in VERSIONS else None


def normal_name(name: str) -> str:
    """Two spellings of one field name give the same: capitals, spaces, hyphens, slashes, primes and underscores do not count."""
    return "".join(c for c in name.lower() if c.isalnum())


@lru_cache(maxsize=4096)  # bounded: versions and names may come from messages
def segment(version: str, name: str) -> SegmentDef | None:
    reference = _find(version, "SEGMENTS", name)
    if reference is None or reference[0] == "choice":  # ANYHL7SEGMENT
        return None
    if isinstance(reference[0], str):
        children = reference[1] if len(reference) > 1 else ()
    else:
        children = reference  # ORO of 2.1
    return SegmentDef(name, tuple(_field(version, child) for child in children))


@lru_cache(maxsize=4096)
def datatype(version: str, name: str) -> DatatypeDef | None:
    if name == "varies":
        return DatatypeDef(name, ())
    children = _find(version, "DATATYPES_STRUCTS", name)
    if children is not None:
        return DatatypeDef(name, tuple(_field(version, child) for child in children))
    return DatatypeDef(name, ()) if _find(version, "BASE_DATATYPES", name) is not None else None


@lru_cache(maxsize=4096)
def structure(version: str, name: str) -> GroupDef | None:
    reference = _find(version, "MESSAGES", name)
    if reference is None:
        return None
    return GroupDef(name, 1, 1, _children(reference, name.upper() + "_", version))


@lru_cache(maxsize=4096)
def table(version: str, number: str) -> frozenset[str] | None:
    """The codes of a table, "0085". None where the version has no such table; before 2.3.1 there are none at all."""
    reference = _find(version, "TABLES", "HL7" + number.removeprefix("HL7"))
    return None if reference is None else frozenset(reference[1])


def has_structure(version: str, name: str) -> bool:
    return _find(version, "MESSAGES", name) is not None


def structures(version: str) -> tuple[str, ...]:
    """Every message structure of a version, by name."""
    known = known_version(version)
    return () if known is None else tuple(sorted(load_library(known).MESSAGES))


def _find(version: str, kind: str, name: str) -> _Reference:
    known = known_version(version)
    return None if known is None else getattr(load_library(known), kind, {}).get(name)


def _field(version: str, child: _Reference) -> FieldDef:
    name, reference, (least, most), _kind = child
    if reference is None:
        reference = _find(version, "FIELDS", name)
    kind, long_name, codes = (reference[2], *reference[-3:-1]) if reference else ("varies", name, None)
    number = int(name.rpartition("_")[2])
    return FieldDef(number, _title(long_name), kind or "varies", least, _limit(most), codes.removeprefix("HL7") if codes else None)


def _children(reference: _Reference, prefix: str, version: str) -> tuple[SegmentRef | GroupDef, ...]:
    return tuple(_child(child, prefix, version) for child in reference[1])


def _child(child: _Reference, prefix: str, version: str) -> SegmentRef | GroupDef:
    name, reference, (least, most), kind = child
    if kind == "SEG":
        return SegmentRef(name, least, _limit(most))
    if reference is None:
        reference = _find(version, "GROUPS", name)
    return GroupDef(
        name.removeprefix(prefix), least, _limit(most), _children(reference, prefix, version), is_choice=reference[0] == "choice"
    )


def _limit(most: int) -> int | None:
    return None if most < 0 else most


def _title(name: str) -> str:
    """DATE_TIME_OF_BIRTH to "Date Time of Birth"."""
    words = name.replace("_", " ").split()
    return " ".join(_word(word, first=index == 0) for index, word in enumerate(words))


def _word(word: str, *, first: bool) -> str:
    if word in _CAPITALS:
        return word
    return word.lower() if word.lower() in _SMALL_WORDS and not first else word.capitalize()
