"""What can be refused, reported or parked between intake and delivery. Numbers are never reused.

E1xx intake, E2xx commit, E3xx delivery, E40x the processes that run maps.
"""

from __future__ import annotations

from typing import Final

from hub.core.diagnostics import Code, Severity

PROCESSING_ID: Final = Code(
    "E101",
    "processing id is not taken here",
    "MSH-11 says whether a message is live (P), for training (T) or for debugging (D), and this source does not take what it says. "
    "Test messages must never reach the live record.\n\nSet `processing: [P, T]` for the source if they belong here, or ask the sender "
    "to mark the message rightly.",
    hl7="202",
    issue="not-supported",
)
MESSAGE_TYPE: Final = Code(
    "E102",
    "no map for this type of message",
    "No map of the source's map set takes messages of this type and event (MSH-9) in this version. The message is kept in the archive, "
    "and the sender was told.\n\nIf it should be taken, write a map for it (docs/mapping-language.md). If not, ask the sender to stop "
    "sending it.",
    hl7="200",
    issue="not-supported",
)
CONTROL_ID_REUSED: Final = Code(
    "E104",
    "control id was used before for other content",
    "This source has sent another message with the same control id (MSH-10). By default such a message is processed and the receipt "
    "says so, since counters start again every day in real life. This source is strict, so it was refused.\n\nAsk the sender for "
    "control ids that do not repeat, or set the source to `strict_control_ids: false`.",
    hl7="205",
    issue="duplicate",
)
MAP_FAILED: Final = Code(
    "E105",
    "the hub could not process the message",
    "A map, or the code that commits its result, broke on this message. This is a fault of the hub and not of the sender. The message is "
    "kept: `calder messages list --state parked` shows it, and `calder messages release ID` runs it again once the map is mended.",
    issue="exception",
)
NOTHING_MADE: Final = Code(
    "E106",
    "nothing in the message could be used",
    "A map takes messages of this type, and no row of it found anything to make a resource of: most often the segment that says whom the "
    "message is about (PID) is missing. To answer AA would tell the sender that it had an effect.\n\nLook at the archived bytes. If "
    "such messages are right and mean nothing here, ask the sender not to send them.",
    hl7="100",
    issue="structure",
)

IDENTITY_CONFLICT: Final = Code(
    "E201",
    "the numbers of one person belong to two people",
    "The numbers that identify the person (an NHS number, a local number with its authority) lead to more than one record. Guessing could "
    "mix two people's records, so nothing was changed.\n\nFind out which number is wrong. If both records are truly the same person, "
    "they must be merged first.",
    hl7="204",
    issue="conflict",
)
PERSON_EXISTS: Final = Code(
    "E202",
    "this person is already in the record",
    "A Patient with one of these identifiers exists, and the hub keeps one record for each person.\n\nUpdate the existing one (search by "
    "the identifier for its id), or create with `If-None-Exist` so that the existing one is used.",
    hl7="205",
    issue="duplicate",
)
WRONG_PATIENT: Final = Code(
    "E203",
    "the same key stands in another person's record",
    "A resource with this key (such as the filler order number and test code of a result) exists for another person. Moving it "
    "silently could put one person's result into another's record, so the whole message was refused.\n\nIf the earlier one "
    "was filed under the wrong person, the sender withdraws it (OBX-11 W) and sends it again under a key of its own.",
    hl7="204",
    issue="conflict",
)
REFERENCE_UNRESOLVED: Final = Code(
    "E204",
    "reference to a resource that is not here",
    "A reference by `urn:uuid:` names an entry that is not in the same Bundle. The place says which reference. Nothing was changed.\n\n"
    "Put the entry into the Bundle with that fullUrl, or refer to an existing resource as `Type/id`.",
    issue="not-found",
)
MULTIPLE_MATCHES: Final = Code(
    "E205",
    "condition matches more than one resource",
    "A conditional create (`If-None-Exist`) found more than one resource, so it cannot be told which is meant. Nothing was changed.\n\n"
    "Make the condition narrower: an identifier with its system.",
    hl7="204",
    issue="multiple-matches",
)
NOTHING_TO_AMEND: Final = Code(
    "E206",
    "nothing to amend",
    "The message withdraws or updates a result (OBX-11 W, D or U) that is not in the record under this key, so there was "
    "nothing to change. Often the result was never sent here. If it was, its key (order number and code) differs.",
    severity=Severity.WARNING,
    hl7="0",
    issue="not-found",
)
SURROUNDINGS_LEFT: Final = Code(
    "E207",
    "what stands around a withdrawn result is another person's",
    "The message withdraws a result, and was sent for another person than the report, order or specimen around it. The result was "
    "withdrawn; what stands around it was left as it is, with its person. Often the result had been filed under the wrong person, and "
    "this is the correction.",
    severity=Severity.WARNING,
    hl7="0",
    issue="conflict",
)

NOT_WRITTEN: Final = Code(
    "E301",
    "the map could not write the message",
    "The delivery's map refused the resource, or broke on it: a value that the receiver's format cannot hold, or a required field that "
    "nothing fills. The delivery is a dead letter. Mend the map or the resource, then revive it.",
)
NO_MAP: Final = Code(
    "E302",
    "the route names a map that does not exist",
    "A route's `map` is not in the map set, so nothing can be written for its destinations. A hub whose routes name such a map does "
    "not start; deliveries owed from before become dead letters.\n\nCorrect the name in hub.yaml, then revive them.",
    issue="not-found",
)

TOOK_ITS_PROCESS_DOWN: Final = Code(
    "E400",
    "the map took its process down",
    "Maps run in processes of their own (`transformers` in hub.yaml). The one that ran this message ended, was started anew, and ended "
    "again on the same message: a function written in another language failed, or memory ran out. Nothing else was lost by it. The detail "
    "names the signal (SIGSEGV, SIGKILL) or the exit status.\n\nThis is a fault of the hub, or of a function that a site's own package "
    "gives to its maps, and not of the sender. `calder messages list --state parked` shows the message; mend the function, then "
    "`calder messages release ID`. SIGKILL without a hand on the keyboard is mostly the system short of memory.",
    issue="exception",
)
TOOK_TOO_LONG: Final = Code(
    "E401",
    "the map took too long",
    "The map was at this message for longer than `transform_limit` (hub.yaml), twice, and was ended: other messages would have waited "
    "behind it.\n\nIt is a fault of the hub, or of a function that a site's own package gives to its maps. A message of many megabytes "
    "may really need longer: then raise `transform_limit`. `calder messages release ID` runs it again.",
    issue="timeout",
)

CODES: Final[tuple[Code, ...]] = (
    PROCESSING_ID,
    MESSAGE_TYPE,
    CONTROL_ID_REUSED,
    MAP_FAILED,
    NOTHING_MADE,
    IDENTITY_CONFLICT,
    PERSON_EXISTS,
    WRONG_PATIENT,
    REFERENCE_UNRESOLVED,
    MULTIPLE_MATCHES,
    NOTHING_TO_AMEND,
    SURROUNDINGS_LEFT,
    NOT_WRITTEN,
    NO_MAP,
    TOOK_ITS_PROCESS_DOWN,
    TOOK_TOO_LONG,
)
