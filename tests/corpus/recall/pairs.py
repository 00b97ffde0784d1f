"""Messages with the bundle that another mapper made of them: found by their names under the folder of samples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hub.codec.hl7v2 import Message, parse_message, split_batch
from hub.core.json import Json, parse_json

# Made from FHIR, not from v2: what is expected there is the message.
_OTHER_WAY = frozenset({"FHIR_to_HL7", "FHIR_to_FHIR"})


@dataclass(frozen=True, slots=True)
class Source:
    """zone: where the machine stood that made the expected bundles, for times sent without an offset."""

    folder: str
    expected: str
    suffix: str
    zone: str


SOURCES = (
    Source("CDCgov+prime-reportstream", "*.fhir", ".fhir", "UTC"),
    Source("microsoft+FHIR-Converter", "*-expected.json", "-expected.json", "Asia/Kolkata"),
)


@dataclass(frozen=True, slots=True)
class Pair:
    source: Source
    name: str
    message: Message
    expected: Json

    @property
    def kind(self) -> str:
        return f"{self.message.message_code}^{self.message.trigger_event}"


def find_pairs(corpus: Path) -> Iterator[Pair]:
    for source in SOURCES:
        folder = corpus / source.folder
        inputs: dict[str, Path] = {file.stem: file for file in sorted(folder.rglob("*.hl7"))}
        for expected in sorted(folder.rglob(source.expected)):
            stem = expected.name.removesuffix(source.suffix)
            beside = expected.with_name(stem + ".hl7")
            file = beside if beside.exists() else inputs.get(stem)
            if file is None or _OTHER_WAY & {*file.parts, *expected.parts}:
                continue
            for _, body in split_batch(file.read_bytes()):
                message = parse_message(body)
                if isinstance(message, Message):
                    yield Pair(source, f"{source.folder}: {stem}", message, parse_json(expected.read_bytes()))
                break
