"""What a place of a message is called, for a person who does not know every number by heart. HL7 v2 chapters 2A and 3 and on."""

from __future__ import annotations

from functools import lru_cache

from hub.codec.hl7v2 import dictionary
from hub.mapping.survey.gaps import Gap

__all__ = ["name_of"]

_NEWEST_FIRST = tuple(reversed(dictionary.VERSIONS))


@lru_cache(maxsize=4096)
def name_of(gap: Gap) -> str:
    """`Attending Doctor, Assigning Facility`; empty for what HL7 does not know. The newest version that has it says how it is called."""
    for version in _NEWEST_FIRST:
        segment = dictionary.segment(version, gap.segment)
        field = segment.field(gap.field) if segment is not None else None
        if field is not None:
            names, datatype = [field.name], field.datatype
            for number in gap.parts:
                part = dictionary.datatype(version, datatype)
                component = part.component(number) if part is not None and not part.is_primitive else None
                if component is None:
                    names.append(f"what stands after {'&' if len(names) > 2 else '^'} number {number - 1}" if number > 1 else "")
                    break
                names.append(component.name)
                datatype = component.datatype
            return ", ".join(name for name in names if name)
    return "the whole segment" if not gap.field else ""
