"""Diagnostics of checking maps: M200 to M399. docs/mapping-language.md is the reference they point to.

M200 paths and types · M230 names · M250 rows against rows · M260 the way back · M270 codes · M280 message maps · M290 tests
"""

from __future__ import annotations

from typing import Final

from hub.core.diagnostics import Code, Severity
from hub.mapping.codes.check_rows import ROW_CODES

M200 = Code(
    "M200",
    "no such segment here",
    "The path names a segment that HL7 does not have in the declared versions, or that the structure does not have at this place.\n\n"
    "Look at the spelling, at the group before the segment (`PATIENT.PID-3`), and at `versions` in the head of the map.",
)
M201 = Code(
    "M201",
    "no such field",
    "The segment has no field of this number in any declared version. The fix names the field whose number or name is nearest.\n\n"
    "    birth  PID-70 <-> birthDate     did you mean PID-7 Date Time of Birth?",
)
M202 = Code(
    "M202",
    "no such component",
    "The type of the field has no component or subcomponent of this number. `PID-3.4` is component 4, `PID-3.4.2` its subcomponent 2.",
)
M203 = Code(
    "M203",
    "no such group here",
    "The structure has no group of this name at this place. Names are those of HL7 2.5 and later, without the structure before them "
    "(PATIENT_RESULT, not ORU_R01_PATIENT_RESULT); older versions are found by themselves.",
)
M204 = Code(
    "M204",
    "may be absent, but the target is required",
    "HL7 lets the source be absent, and R4 needs the element. Say what then happens:\n\n"
    '    status  OBX-11 <-> status   else final because "absent before 2.3"\n'
    "    status  OBX-11 <-> status   or skip       leaves the item out (reported)\n"
    "    status  OBX-11 <-> status   or refuse     rejects the message (AE)",
)
M205 = Code(
    "M205",
    "no such element",
    "R4 has no element of this name at this place. Names are spelt as in JSON: `valueQuantity`, not `value[x]`; "
    "slices and `[*]` stand only on what repeats.",
)
M206 = Code(
    "M206",
    "the head names what does not exist",
    "`map NAME : v2 SOURCE <-> fhir TARGET`: SOURCE is a datatype, a segment, a structure (ORU_R01) or a group of one "
    "(ORU_R01.OBSERVATION); TARGET is a resource or datatype of R4, or Bundle.",
)
M207 = Code(
    "M207",
    "this map does not read that",
    "A datatype map reads its datatype, a segment map its segment. What stands elsewhere is handed over by the row that calls the map:\n\n"
    "    result  OBX <-> Observation  by obx  giving time = OBR-7      and in obx: `given time : TS`",
)
M208 = Code(
    "M208",
    "not in every declared version",
    "The place exists in some of the declared versions and not in others. There the row never fires and nothing is written. "
    "Nothing need be done; `versions` in the head narrows what the map serves.",
    Severity.INFORMATION,
)
M209 = Code(
    "M209",
    "a repetition of what does not repeat",
    "`[2]`, `[last]` or `[*]` stands on a field that has one value in every declared version. Leave the bracket out.",
    Severity.WARNING,
)
M210 = Code(
    "M210",
    "the types do not fit",
    "No datatype map and no simple conversion leads from the type of the v2 side to the type of the FHIR side. "
    "Name a component (`PID-3.1`), a map or function (`by NAME`), or another element.",
)
M211 = Code(
    "M211",
    "`by` has other ends",
    "The map or function behind `by` takes another type than this row's v2 side has, or gives another than its FHIR side needs.",
)
M212 = Code(
    "M212",
    "several values, but the target holds one",
    "The field repeats and the element does not. Say which: `PID-5[first]`, `PID-5[last]` or `PID-5[2]`; "
    "or choose an element that repeats, item for item.",
)
M213 = Code(
    "M213",
    "a value that the element cannot hold",
    "The value written in the map is not of the element's type: `true` or `false` for a boolean, digits for a number, "
    "one of the codes for an element with a required binding.",
)
M214 = Code(
    "M214",
    "the function takes other arguments",
    "The row gives the function more or fewer arguments than it takes, or of another type. docs/reference/functions.md lists them.",
)
M216 = Code(
    "M216",
    "a table where there is no code",
    "`table` turns one code into another. It stands on a row from a code (ID, IS, ST, CWE) to a code, a text or a CodeableConcept.",
)
M217 = Code(
    "M217",
    "a reference to a resource that may not stand here",
    "R4 says which resources an element may refer to, and the resource of that row is not one of them.",
)
M218 = Code(
    "M218",
    "no such type",
    "`param NAME : TYPE` and `given NAME : TYPE` name a datatype of HL7 v2 (TS, CX) or of R4 (code, Quantity).",
)
M220 = Code(
    "M220",
    "a required element is never filled",
    "R4 needs the element, and neither a row of the map nor a `with` of the rows that call it fills it. "
    'Add a row; a constant will do: `status  "final" -> status`.',
)

CODES: Final[tuple[Code, ...]] = (
    M200, M201, M202, M203, M204, M205, M206, M207, M208, M209, M210, M211, M212, M213, M214, M216, M217, M218, M220,
    *ROW_CODES,
)  # fmt: skip
