"""Diagnostics of `*.test.yaml` and of registered functions: M520 to M539."""

from __future__ import annotations

from typing import Final

from hub.core.diagnostics import Code

NOT_YAML: Final = Code(
    "M520",
    "this is not YAML",
    "The file cannot be read from this place on. The usual cause is a text with `: ` or `#` in it that stands without quotes, "
    "or a line that stands too far in. HL7 v2 goes best into a block, each segment on a line of its own:\n\n"
    "    v2: |\n      MSH|^~\\&|LAB|RMW|…\n      PID|1||…",
)
TOO_MUCH: Final = Code(
    "M521",
    "more than a test file may hold",
    "A `*.test.yaml` has at most 500,000 characters and goes 64 levels deep. Spread the tests over several files, and put long "
    "messages beside them: `v2: {file: admission.hl7}`.",
)
NO_ALIASES: Final = Code(
    "M522",
    "anchors, aliases and tags are not read",
    "`&name`, `*name` and `!tag` are not part of a test: what a test is about should stand in it. A text that begins with one of these "
    'signs is put into quotes: `family: "*unknown*"`.',
)
UNKNOWN_KEY: Final = Code(
    "M523",
    "a test has no such key",
    "At the top of the file stand `map`, `source`, `version`, `given`, `params` and `tests`; in a test `name`, `map`, `source`, `version`, "
    "`given`, `params`, `v2`, `fhir`, `refused`, `round_trip` and `whole`.",
)
KEY_TWICE: Final = Code(
    "M524",
    "the same key twice",
    "Each key stands once in its block. Which of the two is meant cannot be told.",
)
WRONG_VALUE: Final = Code(
    "M525",
    "this cannot stand here",
    "`v2` and `fhir` may name a file instead: `{file: admission.hl7}`, relative to the test file and not outside its folder. "
    "`given` and `params` hold names with one value each. `round_trip` is `exact`, `whole` is `true` or `false`, `refused` is a code as "
    "M407, `version` one of HL7's (2.1 to 2.8.2).",
)
NOTHING_TO_CONVERT: Final = Code(
    "M526",
    "the test is not complete",
    "A test has a `name`, says which `map` it is of (itself, or once at the top of the file), and has something to convert: `v2`, or "
    "`fhir` for the way back. Where both stand, the first is converted and the second is expected.",
)
NO_SUCH_MAP: Final = Code(
    "M527",
    "there is no map of this name",
    "`map` is the name behind the word `map` in a map file; `calder map list` shows them all. `whole: true` and `round_trip: exact` need a "
    "map that goes that way.",
)
NO_SUCH_ELEMENT: Final = Code(
    "M528",
    "FHIR has no such element",
    "The elements under `fhir` are spelt as JSON spells them: `birthDate`, `valueQuantity`, `_birthDate`.",
)
WRONG_ELEMENT: Final = Code(
    "M529",
    "FHIR has another kind of value here",
    "What a text, a number, a list is, follows from FHIR and not from YAML: a family name `No` stays a name and a date a date, without "
    "quotes. A boolean is `true` or `false`, a number is written as in JSON (its digits count: 98.00 is not 98), and an element that may "
    "repeat is a list, each item behind `- `.",
)
NO_FILE: Final = Code(
    "M530",
    "the file cannot be read",
    "`file` is looked for from the folder of the test file. It may not stand outside that folder, and has at most 4 MB.",
)
NO_SUCH_SOURCE: Final = Code(
    "M531",
    "there is no such source",
    "`source` is the name of a folder in mappings/local/: the test is run with the maps as that source has them.",
)
NOTHING_EXPECTED: Final = Code(
    "M532",
    "the test expects nothing",
    "A test needs `fhir` (for the way back `v2`), `refused` or `round_trip`. `calder map test --update` writes what comes out now; read it "
    "before you keep it.",
)

BROKEN_FUNCTION: Final = Code(
    "M533",
    "a function does not do what it says",
    "The examples of a registered function are run both ways: the value it gives, the texts that its way back gives, and what it refuses. "
    "Mend the function or the example; where an example is not true backward, say `one_way=True`.",
)

CODES: Final = (
    NOT_YAML, TOO_MUCH, NO_ALIASES, UNKNOWN_KEY, KEY_TWICE, WRONG_VALUE, NOTHING_TO_CONVERT, NO_SUCH_MAP, NO_SUCH_ELEMENT, WRONG_ELEMENT,
    NO_FILE, NO_SUCH_SOURCE, NOTHING_EXPECTED, BROKEN_FUNCTION,
)  # fmt: skip
