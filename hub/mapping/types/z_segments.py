"""Z-segments: a site's own, typed by its `segment` blocks as HL7's tables type the others. HL7 v2 chapter 2.11, "Local extension".

A `segment` block names no version: in one that does not have CWE yet, a field of that type is read as a CE.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from hub.codec.hl7v2 import dictionary
from hub.codec.hl7v2.dictionary import DatatypeDef, FieldDef, SegmentDef
from hub.core.diagnostics import Diagnostic
from hub.core.suggest import suggest
from hub.mapping.codes.sites import M300
from hub.mapping.syntax import SegmentDeclaration

__all__ = ["NO_SEGMENTS", "ZSegments", "check_segments", "datatype_of", "is_z_segment", "segments_of", "undeclared"]


@dataclass(frozen=True, slots=True)
class ZSegments:
    """Those that are declared, the same for all maps of a set."""

    definitions: tuple[SegmentDef, ...] = ()

    def find(self, version: str, name: str) -> SegmentDef | None:
        """Any segment: the declared Z-segments, and the version's own."""
        if is_z_segment(name):
            return next((each for each in self.definitions if each.name == name), None)
        return dictionary.segment(version, name)


_BEFORE: Final = {"CWE": "CE", "CNE": "CE", "DTM": "TS"}
NO_SEGMENTS: Final = ZSegments()
_USUAL: Final = (
    "CE",
    "CNE",
    "CWE",
    "CX",
    "DT",
    "DTM",
    "EI",
    "FT",
    "HD",
    "ID",
    "IS",
    "NM",
    "PL",
    "SI",
    "SN",
    "ST",
    "TM",
    "TS",
    "TX",
    "XAD",
    "XCN",
    "XON",
    "XPN",
    "XTN",
)  # for "did you mean"


def is_z_segment(name: str) -> bool:
    return len(name) == 3 and name.startswith("Z")


def segments_of(declarations: Iterable[SegmentDeclaration]) -> ZSegments:
    """Of two with one name the first."""
    by_name: dict[str, SegmentDef] = {}
    for declaration in declarations:
        by_name.setdefault(declaration.name, _definition(declaration))
    return ZSegments(tuple(by_name.values()))


def _definition(declaration: SegmentDeclaration) -> SegmentDef:
    return SegmentDef(
        declaration.name,
        tuple(FieldDef(each.number, each.title, each.datatype, 0, None if each.repeats else 1, None) for each in declaration.fields),
    )


def check_segments(declarations: Iterable[SegmentDeclaration]) -> Iterator[Diagnostic]:
    """M300: the datatypes are HL7's."""
    for declaration in declarations:
        for field in declaration.fields:
            if not _is_datatype(field.datatype):
                near = suggest(field.datatype, _USUAL)
                fix = f"did you mean {near}?" if near else None
                yield Diagnostic(M300, f"HL7 has no datatype {field.datatype}", field.datatype_span, fix=fix)


def undeclared(segment: str) -> tuple[str, str]:
    """What is wrong, and what to write."""
    return f"no `segment` block declares {segment}", f'write `segment {segment} "what it is"`, and below it `1 ST "what the field is"`'


@cache
def datatype_of(version: str, name: str) -> DatatypeDef | None:
    """A version before CWE or DTM has the type that they replaced, with the same positions."""
    return dictionary.datatype(version, name) or dictionary.datatype(version, _BEFORE.get(name, ""))


@cache
def _is_datatype(name: str) -> bool:
    return any(dictionary.datatype(version, name) is not None for version in dictionary.VERSIONS)
