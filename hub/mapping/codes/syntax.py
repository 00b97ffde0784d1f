"""Diagnostics of reading a map: M001 to M079. docs/mapping-language.md is the reference they point to."""

from __future__ import annotations

from hub.core.diagnostics import Code, Severity
from hub.mapping.codes.sites import READING

M001 = Code(
    "M001",
    "this sign cannot stand in a map",
    "A map is plain text in UTF-8. A NUL, another control character, or bytes that are not UTF-8 cannot stand in it.\n\n"
    "Save the file as UTF-8 text. A carriage return may only stand at the end of a line.",
)
M002 = Code(
    "M002",
    "a tab in the indentation",
    "Indentation says what belongs to what, and a tab is as wide as each editor likes. Use spaces.\n\n"
    "`calder map fmt` does it for the whole file. Reported once for each file.",
)
M003 = Code(
    "M003",
    "a text in quotes cannot be read",
    'A text stands in double quotes on one line: `"absent before 2.3"`. Inside, write `\\"` for a quote and `\\\\` for a backslash; '
    "there are no other escapes.",
)
M004 = Code(
    "M004",
    "this sign has no meaning here",
    "Outside quotes a map knows words, numbers, `$name` and the signs `<->` `->` `<-` `-` `.` `[` `]` `(` `)` `,` `:` `=` `!=` `*`.\n\n"
    'A value that holds any other sign stands in quotes: `"mm[Hg]"`.',
)
M005 = Code(
    "M005",
    "the indentation does not fit",
    "All lines of one body (of a map, an `each`, a test) stand in equally far, and further than the line they belong to. "
    "Only `map`, `each` and `test` have a body.\n\nA line that begins with a clause word (`when`, `with`, …) belongs to the row above.",
)
M006 = Code(
    "M006",
    "this line belongs to no map",
    'At the left edge stand only `map NAME : v2 SOURCE <-> fhir TARGET`, `overlay NAME`, `segment ZPI "title"` and `test "title"`. '
    "Rows stand further in, under their map.",
)
M007 = Code(
    "M007",
    "nested too deeply",
    "`each` in `each`, and functions in functions, go 16 deep. No HL7 structure needs more: look for a line that stands too far in.",
)
M008 = Code(
    "M008",
    "a row without an arrow",
    "A row is `NAME  V2-SIDE  ARROW  FHIR-SIDE  CLAUSES`, with one arrow: `<->` both ways, `->` or `<-` one way with `because`.\n\n"
    "    status   OBX-11  <-> status   table observation_status\n\n"
    "Other lines begin with `versions`, `param`, `given`, `let`, `drop`, `keep` or `each`.",
)
M009 = Code(
    "M009",
    "the row has no name",
    "Each row begins with a name of your choice. It is the handle for traces, coverage and overriding.\n\n    birth  PID-7 <-> birthDate",
)
M010 = Code(
    "M010",
    "one side of the row is missing",
    "The v2 side stands left of the arrow, the FHIR side right of it: `birth  PID-7 <-> birthDate`.",
)
M011 = Code(
    "M011",
    "no clause begins with this word",
    "After the FHIR side come clauses, each with its word: `when` `unless` `table` `by` `with` `giving` `in` `key` `as` `else` "
    "`or skip` `or refuse` `because`.",
)
M012 = Code(
    "M012",
    "the same clause twice in one row",
    "A row has each clause at most once. Several conditions stand behind one `when`, with commas: `when OBX-2 = NM, OBX-11 != X`.",
)
M013 = Code(
    "M013",
    "the clause is not complete",
    "Each clause needs what its table in docs/mapping-language.md shows: `table NAME`, `by NAME`, `with ELEMENT = VALUE`, "
    '`giving NAME = PATH`, `in ROW.element`, `key PATH`, `as replace`, `because "…"`.',
)
M014 = Code(
    "M014",
    "the v2 path cannot be read",
    "A v2 path is `PID-3`, `PID-3[2]`, `PID-3[*].4.1`, `PATIENT.PID-3`, `CX.4.1` (in a datatype map), `PARENT.OBX-3` or "
    "`MEMBER[OBX-3.1 = 150021].OBX-5`. Segments and groups are in capitals, the field stands behind a hyphen, and numbers begin at 1.",
)
M015 = Code(
    "M015",
    "the FHIR path cannot be read",
    "A FHIR path is element names with dots: `name[*].family`, `component:systolic.valueQuantity`, "
    '`extension("https://…").valueCode`. `[2]` is the second, `[*]` each one.',
)
M016 = Code(
    "M016",
    "the condition cannot be read",
    "A condition is `PATH = value`, `PATH != value`, `PATH in (a, b)`, `PATH not in (a, b)`, `PATH present` or `PATH absent`. "
    "Conditions with a comma between them must all hold. There is no `and` and no `or`.",
)
M017 = Code(
    "M017",
    "a one-way row needs a reason",
    'A row is turned round unless it says why not: `->` and `<-` carry `because "…"`. In a map whose own arrow is one-way, '
    "the rows that follow it need none.",
)
M018 = Code(
    "M018",
    "a default needs a reason",
    'A value that no message sent must say why it stands there: `else final because "absent before 2.3"`.',
)
M019 = Code(
    "M019",
    "what is left out needs a reason",
    'A field is left out with a reason that a reader can check: `drop OBX-1 because "the position in the message"`.',
)
M020 = Code(
    "M020",
    "the head of the map cannot be read",
    "A map begins `map NAME : v2 SOURCE <-> fhir TARGET`, for example `map obx : v2 OBX <-> fhir Observation`. "
    "v2 stands left, FHIR right. Several datatypes or structures stand with commas.",
)
M021 = Code(
    "M021",
    "the versions cannot be read",
    "`versions 2.3..2.8` names the lowest and the highest HL7 version served: 2.1, 2.2, 2.3, 2.3.1, 2.4, 2.5, 2.5.1, 2.6, 2.7, 2.7.1, "
    "2.8, 2.8.1, 2.8.2.",
)
M022 = Code(
    "M022",
    "the declaration cannot be read",
    "`param NAME : TYPE = VALUE`, `given NAME : TYPE` and `let NAME = PATH or VALUE`.",
)
M023 = Code(
    "M023",
    "this name is used twice",
    "A row's name is unique in its map, a map's name in its file, and `param`, `given` and `let` share one set of names in a map. "
    "The first one stays in force.",
)
M024 = Code(
    "M024",
    "this word cannot be a name",
    "A name begins with a letter and has letters, digits and `_`. A clause word (`when`, `by`, `in`, `key`, …) cannot name a row: "
    "a line that begins with it belongs to the row above.",
)
M025 = Code(
    "M025",
    "this line must stand before the rows",
    "`versions`, `when`, `param` and `given` are the head of a map and stand before its first row.",
)
M026 = Code(
    "M026",
    "there is no such mode",
    "`as replace` (the new state, whole), `as merge` (only the elements it has), `as identify` (made if unknown, else left alone), "
    "`as amend` (as merge, and never makes one).",
)
M027 = Code(
    "M027",
    "the each cannot be read",
    "`each GROUP`, `each GROUP where CONDITION`, `each OBSERVATION tree OBX-4`. Its rows stand further in, below it.",
)
M028 = Code(
    "M028",
    "the row goes on where it should end",
    "After this the line should end. Look for a missing comma, or for a value of several words that needs quotes.",
)
M030 = Code(
    "M030",
    "the test cannot be read",
    'A test begins `test "title"` or `test "title" of MAP`. Under it stand `v2 …`, `fhir {…}`, `given NAME = VALUE`, '
    "`param NAME = VALUE`, `refused CODE` and `round trip exact`.",
)
M031 = Code(
    "M031",
    "the test proves nothing",
    "A test needs something to convert (`v2 …`, or `fhir {…}` for the way back) and something to expect: "
    "`fhir {…}`, `refused CODE` or `round trip exact`.",
)
M032 = Code(
    "M032",
    "the JSON of the test cannot be read",
    "`fhir` is followed by JSON: double quotes, no comma after the last. It may go on over several lines that stand further in.",
)
M033 = Code(
    "M033",
    "the test names no map",
    "A test belongs to the map above it, or says `of MAP` with the name of a map in the same file.",
)
M035 = Code(
    "M035",
    "nothing stands in this map",
    "A map has at least one row below its head, standing further in.",
    Severity.WARNING,
)
M036 = Code(
    "M036",
    "the file is too large for a map",
    "A map file has at most 1,000,000 characters. Code lists belong into mappings/tables, one map into each file.",
)
M037 = Code(
    "M037",
    "no map in this file",
    "The file is empty or has only comments.",
    Severity.WARNING,
)

CODES: tuple[Code, ...] = (
    M001, M002, M003, M004, M005, M006, M007, M008, M009, M010, M011, M012, M013, M014, M015, M016, M017, M018, M019, M020,
    M021, M022, M023, M024, M025, M026, M027, M028, M030, M031, M032, M033, M035, M036, M037, *READING,
)  # fmt: skip
