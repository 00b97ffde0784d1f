"""Diagnostics of running a map: M400 to M599. docs/mapping-language.md is the reference they point to."""

from __future__ import annotations

from typing import Final

from hub.core.diagnostics import Code, Severity

_WARNING: Final = Severity.WARNING
_INFORMATION: Final = Severity.INFORMATION
_POLICY: Final = "\n\n`or skip` on the row leaves the item out and reports it; without it the message is refused."

NOT_A_NUMBER = Code(
    "M401",
    "not a number",
    "The field should hold a number as NM writes it: digits, at most one point, a sign before them. `1e3`, `1,5` and `5 mg` are none."
    + _POLICY,
    hl7="102",
    issue="value",
)
NOT_A_WHOLE_NUMBER = Code(
    "M400",
    "not a whole number of this kind",
    "The element takes a whole number: `integer` any of 32 bits, `unsignedInt` from 0, `positiveInt` from 1." + _POLICY,
    hl7="102",
    issue="value",
)
NOT_A_TIME = Code(
    "M402",
    "not a date or time",
    "HL7 v2 writes times as `YYYYMMDDHHMMSS.SSSS+ZZZZ` and may end after any of its parts, with or without the offset. "
    "A date that the calendar has not (30 February) is refused too. `instant` needs at least hours and minutes." + _POLICY,
    hl7="102",
    issue="value",
)
MISSING_HOUR = Code(
    "M407",
    "a local time that never was",
    "The time has no offset, and in the time zone of its source the clocks went over this hour in spring: no such moment exists. "
    "The sender's clock is wrong, or the `timezone` of the source is." + _POLICY,
    hl7="102",
    issue="value",
)
REPEATED_HOUR = Code(
    "M404",
    "a local time that came twice",
    "The time has no offset, and in the time zone of its source the clocks went back over this hour in autumn. "
    "The first of the two (summer time) was taken. Ask the sender for offsets (`+0000`) in its times.",
    _WARNING,
    hl7="102",
    issue="value",
)
NOT_A_BOOLEAN = Code(
    "M405",
    "neither Y nor N",
    "The element is true or false, and HL7 table 0136 has only Y and N. Give the row a `table` where a sender has codes of its own."
    + _POLICY,
    hl7="103",
    issue="code-invalid",
)
NOT_OF_THE_TYPE = Code(
    "M406",
    "a text that the element cannot hold",
    "Some FHIR types limit their text: an `id` has at most 64 letters, digits, `-` and `.`; a `uri` has no blanks; "
    "`base64Binary` has only the signs of base64." + _POLICY,
    hl7="102",
    issue="value",
)
NOT_IN_TABLE = Code(
    "M403",
    "a code that the table does not have",
    "The row sends the code through a table, the table has no line for it, and the element must hold a code of the target. "
    "Add a line to the table, an `else` to the row, or say `or skip`.",
    hl7="103",
    issue="code-invalid",
)
KEPT_UNMAPPED = Code(
    "M408",
    "a code that the table does not have: kept as it came",
    "The row sends the code through a table that has no line for it. The original coding is kept. Add a line to the table.",
    _WARNING,
    hl7="103",
    issue="code-invalid",
)
ABSENT_REFUSED = Code(
    "M409",
    "absent, and the row refuses that",
    "The row says `or refuse`: a message that has no value here is not taken.",
    hl7="101",
    issue="required",
)
LEFT_OUT = Code(
    "M410",
    "an item was left out",
    "The row says `or skip`, and its value is absent where FHIR needs one, or cannot be read. The item the row belongs to was left out.",
    _WARNING,
    issue="incomplete",
)
DEFAULT_USED = Code(
    "M411",
    "a default was used",
    "The source is not populated, so the value of the row's `else` was used. The reason stands in the map. "
    "(Where the code is one that the table does not have, M484 says so.)",
    _INFORMATION,
    hl7="0",
    issue="informational",
)
DEFAULT_FOR_UNKNOWN = Code(
    "M484",
    "a default was used for a code that the table does not have",
    "The row has a `table` and an `else`. The table has no line for the code that was sent, so the value of the `else` was used. "
    "Add a line to the table. Where an unknown code must not pass for the default, give the default a row of its own: "
    '`assumed "final" -> status when OBX-11 absent`.',
    _WARNING,
    hl7="103",
    issue="code-invalid",
)
ALTERNATIVE_USED = Code(
    "M412",
    "another source was used",
    "The first source of the row is not populated, and the map wants it known (`because`) when this alternative is used.",
    _INFORMATION,
    hl7="0",
    issue="informational",
)
SEVERAL_VALUES = Code(
    "M413",
    "several values for one element",
    "The element holds one value and the message has several. The first was taken. Say which in the map: `[first]`, `[last]` or `[2]`.",
    _WARNING,
    issue="incomplete",
)
FIELD_NOT_READ = Code(
    "M414",
    "a populated field that no row reads",
    "The field has a value, and no row of the map reads it, drops it or keeps it. Nothing of it is in the result. "
    'Add a row, or say `drop FIELD because "…"` or `keep FIELD because "…"`. Reported once for each field of a message.',
    _WARNING,
    hl7="0",
    issue="incomplete",
)
SEGMENT_NOT_READ = Code(
    "M415",
    "a segment that no row reads",
    'The segment is in the message, and no row of the map reads it, drops it or keeps it. Add a row, or say `drop SEGMENT because "…"`.',
    _WARNING,
    hl7="0",
    issue="incomplete",
)
SEGMENT_OUT_OF_PLACE = Code(
    "M416",
    "a segment where the structure has no place for it",
    "The message's structure does not have this segment here, so no row can find it. Look at the order of the segments, and at MSH-9.",
    _WARNING,
    hl7="100",
    issue="structure",
)
NOTHING_TO_REFER_TO = Code(
    "M417",
    "a reference to a resource that was not made",
    "The row refers to the resource of another row (`with subject = patient`, `in report.result`), and that row made none. "
    "The reference was left out.",
    _WARNING,
    issue="incomplete",
)
FUNCTION_REFUSED = Code(
    "M418",
    "the function cannot take this value",
    "A registered function says that it cannot read the value. docs/reference/functions.md has what it takes." + _POLICY,
    hl7="102",
    issue="value",
)
TEXT_AFTER_VALUE = Code(
    "M419",
    "components in a field that has none",
    "The field's type has one value and the message has components in it (often a `^` or `&` that should have been escaped). "
    "Only the first was read.",
    _WARNING,
    hl7="102",
    issue="value",
)
NODE_WITHOUT_NUMBER = Code(
    "M420",
    "a dotted number that cannot be placed in the tree",
    "`each … tree OBX-4` orders the instances by numbers such as `1.0.1.2`. This one has none, or the same as another; "
    "it stands beside the tree, below nothing.",
    _WARNING,
    hl7="102",
    issue="value",
)
NOTHING_TO_CHANGE = Code(
    "M421",
    "no such resource in the message",
    "A row writes into an element of a resource (`Patient.birthDate`), and no row of the map has made one.",
    _WARNING,
    issue="incomplete",
)
NOT_WRITABLE = Code(
    "M450",
    "a value that HL7 v2 cannot hold here",
    "The element's value has no form in the type of the field: a date that is none, a number in words, a complex value for a simple field. "
    "Without `or skip` the message is not written.",
    issue="value",
)
NO_WAY_BACK = Code(
    "M451",
    "a code that the table cannot turn back",
    "The row writes the code through a table, and the table has no `<->` or `<-` line with this target. Add a line, or say `or skip`.",
    issue="code-invalid",
)
SEVERAL_TO_WRITE = Code(
    "M452",
    "several values for one field",
    "The field holds one value and the resource has several. The first was written.",
    _WARNING,
    issue="incomplete",
)
NOTHING_TO_WRITE = Code(
    "M453",
    "absent, and the row refuses that",
    "The row says `or refuse`: without a value here the message is not written.",
    issue="required",
)
SHORTENED = Code(
    "M454",
    "a time shortened to what HL7 v2 can hold",
    "HL7 v2 has four digits for the fraction of a second. The others were left out.",
    _WARNING,
    issue="value",
)
LEFT_UNWRITTEN = Code(
    "M455",
    "a value was not written",
    "The row says `or skip`, and its value has no form in HL7 v2. The field was left empty.",
    _WARNING,
    issue="incomplete",
)
WRONG_WAY = Code(
    "M460",
    "the map does not go this way",
    "The arrow in the head of the map is `->` or `<-`: it runs one way only.",
    issue="not-supported",
)
NO_SUCH_PARAM = Code(
    "M461",
    "a param without a value",
    "The map declares `param NAME : TYPE` without a default, and the source gives none in hub.yaml.",
    issue="invalid",
)
UNKNOWN_STRUCTURE = Code(
    "M462",
    "a structure that this version of HL7 does not have",
    "The message cannot be written in this version: HL7's tables have no such structure. Set `version` of the destination.",
    issue="not-supported",
)
UNKNOWN_NAME = Code(
    "M470",
    "no such map, table, function or row",
    "A clause names something that is not there. `calder map check` says what it could have been. The row is not run.",
    issue="invalid",
)
NAME_TWICE = Code(
    "M471",
    "two maps with one name",
    "Each map of a set has a name of its own: it is how rows and settings call it. The first was kept.",
    issue="invalid",
)
TABLE_HEADINGS = Code(
    "M480",
    "the table's first line is not the headings",
    "The first line of a table is "
    "`source_system,source_code,source_display,arrow,target_system,target_code,target_display,note`, in any order.",
    issue="invalid",
)
TABLE_LINE = Code(
    "M481",
    "a line that is no line of a table",
    "A line has as many cells as the headings, a source code, a target code, and the arrow `<->`, `->` or `<-`. "
    "A cell with a comma in it stands in double quotes.",
    issue="invalid",
)
AMBIGUOUS_INVERSE = Code(
    "M482",
    "two lines that go back to different codes",
    "Going back, `<->` and `<-` lines are used, and two of them have this target. Make one of them `->`.",
    issue="invalid",
)
TABLE_TWICE = Code(
    "M483",
    "a line that stands twice",
    "Two lines of the table have the same source and the same target. One is enough.",
    _WARNING,
    issue="invalid",
)

CODES: Final[tuple[Code, ...]] = tuple(value for value in list(globals().values()) if isinstance(value, Code))
