"""Diagnostics of what a site writes: Z-segments and overlays, M060 to M079 while they are read, M300 to M319 while they are applied."""

from __future__ import annotations

from hub.core.diagnostics import Code, Severity

M060 = Code(
    "M060",
    "the segment block cannot be read",
    "A Z-segment is declared with its title, and below it a line for each field: its number, its datatype, and its title in quotes.\n\n"
    '    segment ZPI "Airedale patient extras"\n'
    '      1 ID      "Care plan held"\n'
    '      2 CWE[*]  "Alerts"\n\n'
    "`[*]` says that the field repeats. Every field may be empty.",
)
M061 = Code(
    "M061",
    "only Z-segments are declared",
    "A segment of a site's own has three letters or digits and begins with Z (HL7 v2 chapter 2.11). All others are in HL7's tables, "
    "which no map changes.",
)
M062 = Code(
    "M062",
    "the field is declared twice",
    "Each number stands once in a `segment` block. The first line stays in force.",
)
M063 = Code(
    "M063",
    "the overlay cannot be read",
    "An overlay begins `overlay NAME` with the name of a map. Below it stand `param NAME = VALUE` (another default), rows, `let`, `drop`, "
    '`keep`, `each` and `drop row NAME because "…"`. The versions, the `when` and the `given` of the map are not its to change.',
)
M064 = Code(
    "M064",
    "only an overlay drops rows",
    '`drop row NAME because "…"` takes a row of another file away. In the map itself, take the row out.',
)
M065 = Code(
    "M065",
    "nothing stands in this block",
    "An overlay or a segment without a line below it does nothing. Lines stand further in than their first one.",
    Severity.WARNING,
)

M300 = Code(
    "M300",
    "the field of a Z-segment has no such datatype",
    "The datatypes of a `segment` block are those of HL7 v2 (chapter 2A): ID, ST, CWE, CX, XPN, TS and so on. "
    "A code of a table of your own is an IS or a CWE; a text is an ST, or a TX where it is long.",
)

M301 = Code(
    "M301",
    "the overlay changes nothing that is there",
    "An overlay is about a map of the set, `drop row` about a row of that map, `param NAME = VALUE` about a param of it, and a test about "
    "a map of the set. `calder map list` names the maps, `calder map list --effective SOURCE` their rows.",
)
M302 = Code(
    "M302",
    "changed twice at the same level",
    "Files in mappings/local are for every source, those in mappings/local/SOURCE for one. The source's go before the site's, but two at "
    "one level are equals, and nothing says which is meant. The same holds for two `segment` blocks of one name. Keep one of them.",
)
M303 = Code(
    "M303",
    "the param is there already",
    "`param NAME : TYPE = VALUE` in an overlay adds a param for the overlay's own rows. For another default write `param NAME = VALUE`.",
)
M304 = Code(
    "M304",
    "the row stands elsewhere in the map",
    "A row that is replaced stays where it was: write it without an `each` around it, or below the `each` in which it stands in the map. "
    "A row that is to be added needs a name that the map does not have.",
)
M305 = Code(
    "M305",
    "several `each` of this group",
    "The map goes through this group more than once, with a `where` each time. Write the `where` of the one in which the rows "
    "are to stand.",
)

READING: tuple[Code, ...] = (M060, M061, M062, M063, M064, M065)
APPLYING: tuple[Code, ...] = (M300, M301, M302, M303, M304, M305)
