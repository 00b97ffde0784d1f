"""Diagnostics of profiles: M330 to M335. What a profile asks of a row is said with the code of R4's own rule, and names the profile."""

from __future__ import annotations

from typing import Final

from hub.core.diagnostics import Code, Severity

M330 = Code(
    "M330",
    "the profile cannot be read",
    "A profile is a StructureDefinition of R4 as JSON, in `profiles/NAME.json` beside the maps. Its snapshot is read, or its differential "
    "where it has none. At most 5,000,000 characters and 5,000 elements; a part that is not as R4 has it is left out and reported.",
)
M331 = Code(
    "M331",
    "no such profile",
    '`profile "https://…"` names the url of a StructureDefinition in `profiles/*.json` of the packaged maps or of the site.',
)
M332 = Code(
    "M332",
    "the profile is of another type",
    "A profile of Patient belongs on a map to Patient. In a map to a Bundle no profile is named: the maps of its resources have theirs.",
)
M333 = Code(
    "M333",
    "the profile does not allow the element",
    "The profile sets the element to 0..0, allows fewer of it, or allows other types of a choice (`value[x]`). Take the row out, write "
    "another element, or name another profile.",
)
M334 = Code(
    "M334",
    "the profile must support what no row fills",
    "The profile marks these elements as mustSupport: who claims the profile fills them where the value is known. Add a row, if HL7 v2 "
    "has a field for it. Nothing need be done where no sender has the value.",
    Severity.WARNING,
)
M335 = Code(
    "M335",
    "two profiles with one url",
    "A map names a profile by its url, and two files have this one. The first, by its name, is used.",
)

CODES: Final[tuple[Code, ...]] = (M330, M331, M332, M333, M334, M335)
