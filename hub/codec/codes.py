"""What can be wrong with HL7 v2 as it arrives. Numbers are never reused.

H1xx the bytes and the header, H2xx paths, H3xx acknowledgements, H4xx writing, H5xx batches.
"""

from __future__ import annotations

from typing import Final

from hub.core.diagnostics import Code, Severity

NOT_HL7: Final = Code(
    "H101",
    "does not begin with an MSH segment",
    "Every HL7 v2 message begins with the letters `MSH`, a field separator and the encoding characters "
    "(`MSH|^~\\&|...`). These bytes begin otherwise, so nothing in them can be trusted.\n\n"
    "Look at the first line of the archived bytes. Often it is a batch (it begins with FHS or BHS: send it as a file, "
    "it is split there), an HTTP request sent to an MLLP port, or text before the message.",
    hl7="100",
    issue="structure",
)
ENCODING_CHARACTERS: Final = Code(
    "H102",
    "encoding characters cannot be used",
    "MSH-1 and MSH-2 say which characters divide fields, components, repetitions and subcomponents, and which one escapes. "
    "MSH-2 needs four (or, from version 2.7, five) of them: all different, none a letter, a digit, a space or outside ASCII. "
    "The usual header is `MSH|^~\\&|`.\n\nAsk the sender to write MSH-2 in full.",
    hl7="102",
    issue="structure",
)
SEGMENT_NAME: Final = Code(
    "H103",
    "a line is not a segment",
    "Segments end with a carriage return, and each begins with a name of three capital letters or digits followed by the field "
    "separator. This line does not. Most often a text field holds a real line break: it must be written `\\.br\\` (or "
    "`\\X0D\\`), or the field repeated.\n\nThe place names the number of the segment, counted from 1.",
    hl7="100",
    issue="structure",
)
SECOND_HEADER: Final = Code(
    "H104",
    "a second MSH in one message",
    "One message has one MSH segment. A second one means that two messages were sent as one, and joining them could put "
    "one person's results into another person's record, so both are refused.\n\nSend each message in its own frame, "
    "or as a batch file.",
    hl7="100",
    issue="structure",
)
CHARSET_UNSUPPORTED: Final = Code(
    "H105",
    "character set is not supported",
    "MSH-18 names a character set that is not read here. Supported from table 0211: ASCII, 8859/1 to 8859/9, 8859/15, UNICODE, "
    "UNICODE UTF-8 and UNICODE UTF-16. Reading names with the wrong set would spoil them, so the message is refused.\n\n"
    "Ask the sender to use UNICODE UTF-8.",
    hl7="103",
    issue="not-supported",
)
CHARSET_MISMATCH: Final = Code(
    "H106",
    "bytes do not fit the character set",
    "MSH-18 names one character set and the bytes are in another: the place is the first field with a byte that cannot be read. "
    "Typical: MSH-18 says UNICODE UTF-8 and the sender writes Windows-1252.\n\nAsk the sender to make MSH-18 true.",
    hl7="102",
    issue="structure",
)
CHARSET_ASSUMED: Final = Code(
    "H107",
    "character set was assumed",
    "MSH-18 is empty, which means plain ASCII, but there are other bytes in the message. They were read as UTF-8 where that is "
    "possible, else as Windows-1252. Check a name with an accent in it, and ask the sender to fill MSH-18.",
    severity=Severity.WARNING,
    hl7="0",
    issue="informational",
)
CHARSET_SPELLING: Final = Code(
    "H108",
    "character set is not spelt as in table 0211",
    "MSH-18 holds a name that is understood but is not the one HL7 prints, such as `UTF-8` for `UNICODE UTF-8`. "
    "The message was read; other systems may refuse it.",
    severity=Severity.WARNING,
    hl7="0",
    issue="informational",
)
CHARSET_SWITCHING: Final = Code(
    "H109",
    "more than one character set",
    "MSH-18 repeats: the message may switch sets inside its text with escape sequences. The first set was used, and "
    "the switches (`\\C..\\`, `\\M..\\`) are kept as they came.",
    severity=Severity.WARNING,
    hl7="0",
    issue="informational",
)
LINE_FEED_IN_FIELD: Final = Code(
    "H110",
    "a line feed inside a field",
    "This message ends its segments with carriage returns, and a line feed stands inside a field. It was kept as part of the text. "
    "HL7 writes it `\\.br\\`; ask the sender to do so, since most systems break the segment there.",
    severity=Severity.WARNING,
    hl7="0",
    issue="informational",
)
HEADER_FIELD_MISSING: Final = Code(
    "H111",
    "a required field of the header is empty",
    "MSH-9 (message type), MSH-10 (control id), MSH-11 (processing id) and MSH-12 (version) must be filled: without them the message "
    "can be neither understood nor acknowledged.",
    hl7="101",
    issue="required",
)
VERSION_UNSUPPORTED: Final = Code(
    "H112",
    "version is not supported",
    "MSH-12 names a version of HL7 other than 2.1 to 2.8.2. The fields of the message may mean something else there, so it is not "
    "guessed at.",
    hl7="203",
    issue="not-supported",
)
PATH_SYNTAX: Final = Code(
    "H201",
    "not a path",
    "A path names a place in a message: `PID`, `PID-3`, `PID-3[2]`, `PID-3[*].1`, `PID-3[2].4.1`, `OBX[3]-5`. A hyphen comes before the "
    "field, `[n]` is the repetition (from 1), dots lead to component and subcomponent.",
    issue="invalid",
)
BATCH_COUNT: Final = Code(
    "H501",
    "a batch holds another number than its trailer says",
    "BTS-1 says how many messages a batch holds, FTS-1 how many batches a file holds, and another number came. What came was taken, each "
    "message with an answer of its own.\n\nAsk the sender whether something was lost on the way, or its counter is wrong.",
    severity=Severity.WARNING,
    hl7="0",
    issue="incomplete",
)
BATCH_TRAILER_MISSING: Final = Code(
    "H502",
    "a batch has no trailer",
    "The batch or file begins with BHS or FHS and ends without BTS or FTS: it may have been cut off. What came was taken, each message "
    "with an answer of its own.\n\nAsk the sender whether it sent more.",
    severity=Severity.WARNING,
    hl7="0",
    issue="incomplete",
)
NOT_AN_ACKNOWLEDGEMENT: Final = Code(
    "H301",
    "not an acknowledgement",
    "The other side answered with a message that has no MSA segment, or whose MSA-1 is none of AA, AE, AR, CA, CE, CR. It cannot be told "
    "whether it took the message.",
    issue="structure",
)
UNWRITABLE: Final = Code(
    "H401",
    "text does not fit the character set",
    "A character of the text does not exist in the character set of the destination. Nothing was replaced or left out; the message was "
    "not written.\n\nSet the destination to UNICODE UTF-8, or map the text to what its set can hold.",
    issue="not-supported",
)

CODES: Final[tuple[Code, ...]] = (
    NOT_HL7,
    ENCODING_CHARACTERS,
    SEGMENT_NAME,
    SECOND_HEADER,
    CHARSET_UNSUPPORTED,
    CHARSET_MISMATCH,
    CHARSET_ASSUMED,
    CHARSET_SPELLING,
    CHARSET_SWITCHING,
    LINE_FEED_IN_FIELD,
    HEADER_FIELD_MISSING,
    VERSION_UNSUPPORTED,
    PATH_SYNTAX,
    NOT_AN_ACKNOWLEDGEMENT,
    UNWRITABLE,
    BATCH_COUNT,
    BATCH_TRAILER_MISSING,
)
