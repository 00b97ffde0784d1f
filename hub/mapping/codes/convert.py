"""Diagnostics of choosing what to convert, and with which map: M050 to M059."""

from __future__ import annotations

from hub.core.diagnostics import Code, Severity

NO_MAP = Code(
    "M050",
    "no map for this message",
    "A message map is found by MSH-9.3, or by the event (MSH-9.1 and MSH-9.2) where that is empty; then by its `when`. "
    "None fits this message.\n\n`calder map list` shows the structures that have a map; `--map NAME` takes a certain one.",
    hl7="200",
    issue="not-supported",
)
NO_MESSAGE = Code(
    "M051",
    "no HL7 v2 message in the file",
    "Each message begins with MSH. A file may hold one, several, or a batch (FHS, BHS). For FHIR JSON say `--to v2`.",
    hl7="100",
    issue="structure",
)
NOT_RESOURCES = Code(
    "M052",
    "no FHIR resources in the file",
    "To write HL7 v2, a file holds a Bundle, a list of resources or one resource as JSON, or one of them on each line.",
    issue="structure",
)
WHICH_MAP = Code(
    "M053",
    "which map should write it?",
    "The map is found where only one can write these resources. An admission and a transfer have the same ones: then say `--map NAME`.",
    issue="required",
)
NO_SUCH_ARCHIVED = Code(
    "M054",
    "no message that these resources came from",
    "`--residue FILE` names the messages that the resources were made of. None of them makes a resource that is here: they were made with "
    "another set of maps, or have other ids. The message is written without residue.",
    severity=Severity.WARNING,
    issue="not-found",
)

CODES: tuple[Code, ...] = (NO_MAP, NO_MESSAGE, NOT_RESOURCES, WHICH_MAP, NO_SUCH_ARCHIVED)
