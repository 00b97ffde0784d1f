"""Every diagnostic of `hub.fhir`: F001-F099 structure of a resource, F100-F199 search. A number is never used twice."""

from __future__ import annotations

from typing import Final

from hub.core.diagnostics import Code

UNKNOWN_TYPE: Final = Code(
    "F001",
    "unknown resource type",
    """The resource has no `resourceType`, or one that R4 (4.0.1) does not have.

Every resource is a JSON object that starts with `"resourceType": "Patient"` or the like; the spelling and the capital
letters matter. Types of R4B and R5 (`NutritionProduct`, `SubscriptionTopic`) are not known here.""",
    hl7="103",
    issue="structure",
)
UNKNOWN_ELEMENT: Final = Code(
    "F002",
    "unknown element",
    """R4 has no element of this name at this place.

Most often it is misspelt (`birthdate` for `birthDate`), stands one level too high or too low, or belongs to another version of
FHIR. What is not in the standard goes into an `extension`.""",
    issue="structure",
)
REQUIRED: Final = Code(
    "F003",
    "required element is missing",
    """R4 requires this element, for example `Observation.status`.

Send it. When the value is truly not known, a primitive may be replaced by its extension sibling, for example
`"_status": {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}`.""",
    hl7="101",
    issue="required",
)
NOT_A_LIST: Final = Code(
    "F004",
    "a list is needed here",
    """This element may repeat, so in JSON it is always an array, also when there is only one: `"name": [{...}]`.""",
    hl7="102",
    issue="structure",
)
NOT_SINGLE: Final = Code(
    "F005",
    "a single value is needed here",
    """This element stands once at most, so in JSON it is never an array: `"status": "final"`, not `"status": ["final"]`.""",
    hl7="102",
    issue="structure",
)
WRONG_JSON_TYPE: Final = Code(
    "F006",
    "wrong kind of JSON value",
    """The element is of another JSON kind: a boolean is `true`, not `"true"`; an integer is `1`, not `"1"` or `1.0`; a date is a
string; a complex datatype is an object. Nothing is converted silently.""",
    hl7="102",
    issue="value",
)
CHOICE_CONFLICT: Final = Code(
    "F007",
    "more than one type of a choice element",
    """An element such as `value[x]` may stand once, with one of its types. Here two of them are present, for example
`effectiveDateTime` and `effectivePeriod`. Keep one.""",
    issue="structure",
)
CHOICE_TYPE: Final = Code(
    "F008",
    "type not allowed for a choice element",
    """R4 lists the types that each choice element may have. `Observation.value[x]` may be a Quantity (`valueQuantity`), but not a
Money. Choose one of the types that the detail names.""",
    issue="structure",
)
NOT_IN_VALUESET: Final = Code(
    "F009",
    "code is not in the required value set",
    """R4 binds this element to a closed list of codes, and this one is not in it. Codes are case-sensitive: `final`, not `Final`.
For a CodeableConcept at least one coding must be from the list, with its system.""",
    hl7="103",
    issue="code-invalid",
)
BAD_FORMAT: Final = Code(
    "F010",
    "value does not have the format of its type",
    """The text is not what its datatype allows. The usual ones: a date that is not in the calendar (30 February), a dateTime with a
time and without a zone (`2026-02-01T10:00:00Z` or `+00:00` is needed, seconds too), an id with more than 64 characters or
other than letters, digits, `-` and `.`, a uri with a space, a code with a space at an edge, a positiveInt below 1.
https://hl7.org/fhir/R4/datatypes.html""",
    hl7="102",
    issue="value",
)
WRONG_TARGET: Final = Code(
    "F011",
    "reference to a resource type that is not allowed here",
    """R4 lists the resource types that each reference may name; the detail lists them for this place. A reference is `Type/id`, an
absolute URL, `urn:uuid:...` inside a Bundle, `#id` for a contained resource, or `Type?search` in a transaction.""",
    issue="value",
)
EMPTY: Final = Code(
    "F012",
    "empty value",
    """An element is present and has nothing in it: `{}`, `[]` or `""`. FHIR has no empty values: leave the element out.""",
    issue="structure",
)
NULL: Final = Code(
    "F013",
    "null is not allowed here",
    """JSON `null` may stand only in an array of primitives, beside an extension at the same place of its `_sibling` array.
Everywhere else leave the element out.""",
    issue="structure",
)
SIBLING: Final = Code(
    "F014",
    "extension sibling does not match its primitive",
    """`_birthDate` carries the id and the extensions of `birthDate`. It belongs to a primitive element only, is an object (an array of
objects and nulls, of the same length, when the primitive is an array), and has `id` or `extension` and nothing else.
https://hl7.org/fhir/R4/json.html#primitive""",
    issue="structure",
)
NARRATIVE: Final = Code(
    "F015",
    "narrative is not safe XHTML",
    """`text.div` must be one well-formed XHTML `<div xmlns="http://www.w3.org/1999/xhtml">` with some content, and only the formatting
elements and attributes that FHIR allows: no script, no event attributes, no forms or frames, no DOCTYPE and no entities but
XML's own five (write a no-break space as the character, not as `&nbsp;`). https://hl7.org/fhir/R4/narrative.html""",
    issue="invalid",
)
TOO_DEEP: Final = Code(
    "F016",
    "nested too deeply",
    """The resource is nested deeper than the hub reads. No real record needs this; look for a sender that wraps resources in
resources.""",
    issue="too-costly",
)
NESTED_CONTAINED: Final = Code(
    "F017",
    "contained resource inside a contained resource",
    """A contained resource may not contain others: put them all into the `contained` of the outer one.
https://hl7.org/fhir/R4/references.html#contained""",
    issue="structure",
)
EXTENSION: Final = Code(
    "F018",
    "extension needs a value or extensions, and not both",
    """Rule ext-1 of FHIR: an extension has a `value[x]`, or extensions inside, never both and never neither.""",
    issue="invariant",
)

UNKNOWN_PARAMETER: Final = Code(
    "F101",
    "unknown search parameter",
    """The resource type has no search parameter of this name, and the hub does not guess: ignoring it would return too much.
The detail lists the ones there are. With the header `Prefer: handling=lenient` unknown parameters are left out, and the self
link of the answer shows the ones that were used.""",
    issue="not-supported",
)
MODIFIER: Final = Code(
    "F102",
    "modifier cannot be used here",
    """The modifier (the part after the colon) does not exist for this type of search parameter, or the hub does not have it.
`:missing` works for all; `:exact` and `:contains` for strings; `:not` for tokens; `:identifier` and a resource type for references.""",
    issue="not-supported",
)
SEARCH_VALUE: Final = Code(
    "F103",
    "search value cannot be read",
    """The value does not have the form that the type of the parameter needs: a date is `2026-02-01` or `2026-02-01T10:00:00Z` with a
prefix such as `ge` in front if wanted; a token is `code`, `system|code` or `system|`; a quantity is `5.4|http://unitsofmeasure.org|mg`.
A comma separates alternatives; write `\\,` for a comma that is part of the value. Dates without a zone are read as UTC.
https://hl7.org/fhir/R4/search.html""",
    issue="value",
)
NOT_YET: Final = Code(
    "F104",
    "kind of search that is not supported yet",
    """Chained parameters (`subject.name=...`), reverse chains (`_has:...`), composite and special parameters are part of FHIR and not yet
of this hub. Search in two steps instead: first for the one, then with its id for the other.""",
    issue="not-supported",
)
RESULT_PARAMETER: Final = Code(
    "F105",
    "parameter for the result cannot be read",
    """`_count` is a whole number from 0, `_sort` a list of search parameters with `-` in front for descending, `_total` one of none,
estimate, accurate, `_summary` one of true, text, data, count, false, `_include` is `Type:parameter` or `Type:parameter:Target`.""",
    issue="value",
)
NOT_SORTABLE: Final = Code(
    "F106",
    "cannot sort by this parameter",
    """`_sort` takes `_id`, `_lastUpdated` and search parameters of the type string, date, token, number, quantity, uri or
reference.""",
    issue="not-supported",
)

CODES: Final[tuple[Code, ...]] = (
    UNKNOWN_TYPE,
    UNKNOWN_ELEMENT,
    REQUIRED,
    NOT_A_LIST,
    NOT_SINGLE,
    WRONG_JSON_TYPE,
    CHOICE_CONFLICT,
    CHOICE_TYPE,
    NOT_IN_VALUESET,
    BAD_FORMAT,
    WRONG_TARGET,
    EMPTY,
    NULL,
    SIBLING,
    NARRATIVE,
    TOO_DEEP,
    NESTED_CONTAINED,
    EXTENSION,
    UNKNOWN_PARAMETER,
    MODIFIER,
    SEARCH_VALUE,
    NOT_YET,
    RESULT_PARAMETER,
    NOT_SORTABLE,
)
