"""Diagnostics of checking rows against rows, names, the way back, tables and tests: M230 to M299, and M320 to M349."""

from __future__ import annotations

from typing import Final

from hub.core.diagnostics import Code, Severity

M230 = Code(
    "M230",
    "no such map or function",
    "`by NAME` names a map or a registered function. `calder map list` shows the maps, docs/reference/functions.md the functions.",
)
M231 = Code(
    "M231",
    "no such table",
    "`table NAME` is the file mappings/tables/NAME.csv.",
)
M232 = Code(
    "M232",
    "no such name",
    "`$NAME` is a `param`, a `given` or a `let` of the same map.",
)
M233 = Code(
    "M233",
    "no such row",
    "`with subject = patient` and `in report.result` name a row of the same map that makes a resource. It stands in the same `each` or in "
    "one around it: from further in, nobody could say which instance is meant.",
)
M235 = Code(
    "M235",
    "maps that call each other in a circle",
    "A map that calls itself, directly or through others, would never end.",
)
M236 = Code(
    "M236",
    "`giving` does not fit the map",
    "`giving NAME = PATH` hands a value to the `given NAME` of the map behind `by`. The map has no `given` of this name.",
)
M237 = Code(
    "M237",
    "never handed over",
    "The map behind `by` has a `given`, and no row that calls it hands it over with `giving`. It is always absent.",
    Severity.WARNING,
)
M238 = Code(
    "M238",
    "declared and never used",
    "No row of the map uses this `param`, `given` or `let`. Use it as `$NAME`, or take the line out.",
    Severity.WARNING,
)
M239 = Code(
    "M239",
    "a table that no row uses",
    "No map names this table. Take the file out, or name it in a row: `table NAME`.",
    Severity.WARNING,
)
M240 = Code(
    "M240",
    "a map that nothing calls",
    "No row names this map behind `by`, and none needs it for its types. Only message maps are called by the hub itself.",
    Severity.WARNING,
)
M250 = Code(
    "M250",
    "two rows write the same place",
    "Both rows can fire for the same message, and the element holds one value. Make their guards exclude each other "
    "(`when OBX-2 = NM` and `when OBX-2 = ST`), write one row with `or`, or give the items slices.",
)
M251 = Code(
    "M251",
    "a row that can never fire",
    "The conditions of the row, of its `unless` and of the `where` around it cannot all hold.",
)
M252 = Code(
    "M252",
    "an alternative that is never reached",
    "What stands before it is always populated: a value written in the map, or a `param` with a default.",
)
M253 = Code(
    "M253",
    "read and left out",
    "A row reads the field, and a `drop` or `keep` says that it is left out. One of the two is not meant.",
)
M254 = Code(
    "M254",
    "a code that the HL7 table does not have",
    "The condition compares a field with a code that is not in HL7's table for it, in any declared version. "
    "Nothing need be done where a sender has codes of its own; otherwise look at the spelling.",
    Severity.INFORMATION,
)
M260 = Code(
    "M260",
    "the guard cannot be read from the FHIR side",
    "Going back, a guard of a two-way row is written, so that it holds again. This one cannot be: it asks for something that no row writes "
    "(`present` on a field that nothing fills, another instance of the group, a value that only a function gives). "
    "Compare a field with `=` or `in`, or make the row one-way with `because`.",
)
M261 = Code(
    "M261",
    "the way back loses the others",
    "`[first]` and `[last]` take one of several; going back, only that one is written. Take all (`[*]`) into an element that repeats, "
    'or say why the others may go: `because "…"`.',
)
M262 = Code(
    "M262",
    "the function has no way back",
    'The row goes both ways and the function only one. Write `->` (or `<-`) with `because "…"`.',
)
M263 = Code(
    "M263",
    "the table has no way back",
    "The row goes both ways, and every line of the table has `->` (or every line `<-`). Make lines `<->`, or the row one-way.",
)
M266 = Code(
    "M266",
    "the map behind `by` goes the other way only",
    "A row cannot go further than the map it calls: a two-way row needs a `<->` map.",
)
M267 = Code(
    "M267",
    "two rows take the same items back",
    "Both rows add items to one list. Going back, neither can tell its own: give each a `with` (`with use = home`), a slice, or make one "
    "of them one-way with `because`.",
)
M268 = Code(
    "M268",
    "nothing to write on the v2 side",
    "Going back, the first path of the v2 side is written, and there is none. Make the row `->` with `because`.",
)
M270 = Code(
    "M270",
    "the table gives codes that the element may not have",
    "The element has a required binding: only the codes of its value set may stand there.",
)
M280 = Code(
    "M280",
    "nothing says when it is the same resource again",
    "A row of a message map that makes a resource needs `key`: what makes it the same resource when the message comes again or is "
    "corrected. A Patient is known by its identifiers, and so is what is made `as identify` by a map that fills `identifier`.",
)
M281 = Code(
    "M281",
    "only in a message map",
    "`key`, `as` and `in` are about whole resources: they stand on rows of a message map.",
)
M282 = Code(
    "M282",
    "`in` names no list of references",
    "`in ROW.element` lists this row's resource in that row's resource. The element is a Reference.",
)
M284 = Code(
    "M284",
    "outside a tree",
    "PARENT and MEMBER are known in `each GROUP tree FIELD` and in the maps of a group.",
)
M290 = Code(
    "M290",
    "a populated field that nothing reads",
    "A test of the map has this field, and no row reads it and no `drop` or `keep` says why not. "
    'So it would be lost in live messages too.\n\n    drop OBX-1 because "the position in the message"',
    Severity.WARNING,
)
M291 = Code(
    "M291",
    "the test sets what the map does not have",
    "`given NAME = …` and `param NAME = …` of a test name a `given` and a `param` of its map.",
)

M320 = Code(
    "M320",
    "not all mistakes are shown",
    "A report names the first twenty mistakes of a file, errors before warnings, and says how many more there are. Mend those that are "
    "shown and check again: many of the others often have the same cause.",
    Severity.WARNING,
)

ROW_CODES: Final[tuple[Code, ...]] = (
    M230, M231, M232, M233, M235, M236, M237, M238, M239, M240, M250, M251, M252, M253, M254, M260, M261, M262, M263,
    M266, M267, M268, M270, M280, M281, M282, M284, M290, M291, M320,
)  # fmt: skip
