"""What `calder convert` does with the bytes of one file: message by message, to FHIR or back to HL7 v2."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hub.codec.hl7v2 import Message, parse_message, split_batch
from hub.core.diagnostics import Diagnostic
from hub.core.json import Json, JsonError, Resource, parse_json
from hub.mapping.codes.convert import NO_MAP, NO_MESSAGE, NO_SUCH_ARCHIVED, NOT_RESOURCES, WHICH_MAP
from hub.mapping.conversion import Step
from hub.mapping.mapset import MapSet
from hub.mapping.residue import Residue, residue_of_resources
from hub.mapping.run.choosing import maps_that_write
from hub.mapping.run.compiled import CompiledMap
from hub.mapping.transaction_bundle import render_bundle, resources_of

_BLANK = b" \t\r\n\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Converted:
    """output: a Bundle, or the bytes of a message; None when it was refused."""

    output: Json
    diagnostics: tuple[Diagnostic, ...]
    trace: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Converter:
    """map_name: instead of the map that is found by the message. written_at: the time in written messages.

    residue: the messages that the resources came from: what no row writes is taken from there.
    """

    maps: MapSet
    map_name: str | None = None
    trace: bool = False
    written_at: str = ""
    residue: tuple[Message, ...] = ()

    # --- to FHIR

    def to_fhir(self, data: bytes) -> Iterator[Converted]:
        found = False
        for index, body in split_batch(data):
            found = True
            yield self._message_to_fhir(body, index)
        if not found:
            yield Converted(None, (Diagnostic(NO_MESSAGE, "nothing in it begins with MSH"),))

    def _message_to_fhir(self, body: bytes, index: int) -> Converted:
        message = parse_message(body)
        if isinstance(message, Diagnostic):
            return Converted(None, (message,))
        chosen = self._choose(message)
        if chosen is None:
            return Converted(None, (*message.diagnostics, Diagnostic(NO_MAP, f"the structure is {message.structure or 'not known'}")))
        conversion = chosen.forward(message, params={}, givens=self._givens(index), trace=self.trace)
        output = None if conversion.refused else render_bundle(conversion.produced)
        return Converted(output, (*message.diagnostics, *conversion.diagnostics), conversion.trace)

    def _choose(self, message: Message) -> CompiledMap | None:
        return self.maps.find_message_map(message) if self.map_name is None else self.maps.get(self.map_name)

    def _givens(self, index: int) -> Mapping[str, str]:
        """What the engine hands over: here the control id is the message's number in its file."""
        return {"control_id": str(index + 1), "written_at": self.written_at}

    # --- to HL7 v2

    def to_v2(self, data: bytes) -> Iterator[Converted]:
        """One document, or one on each line (NDJSON)."""
        lines = data.strip(_BLANK)
        try:
            documents = [parse_json(lines)]
        except JsonError:
            documents = []
        if documents:
            yield self._document_to_v2(documents[0], 0)
            return
        for index, line in enumerate(line for line in lines.split(b"\n") if line.strip(_BLANK)):
            yield self._line_to_v2(line, index)

    def _line_to_v2(self, line: bytes, index: int) -> Converted:
        try:
            return self._document_to_v2(parse_json(line), index)
        except JsonError as error:
            return Converted(None, (Diagnostic(NOT_RESOURCES, f"not JSON: {error}"),))

    def _document_to_v2(self, document: Json, index: int) -> Converted:
        resources = resources_of(document)
        if not resources:
            return Converted(None, (Diagnostic(NOT_RESOURCES, "no Bundle, list of resources or resource"),))
        source = self._source(resources)
        chosen = self._choose_writer(resources, source)
        if isinstance(chosen, Diagnostic):
            return Converted(None, (chosen,))
        if source is None:
            missing = (Diagnostic(NO_SUCH_ARCHIVED, "none of the messages made them"),) if self.residue else ()
            written = chosen.backward(resources, params={}, givens=self._givens(index))
            return Converted(written.body, (*missing, *written.diagnostics))
        version = source.message.version
        written = chosen.backward(resources, params={}, version=version, residue=source)
        return Converted(written.body, written.diagnostics)

    def _choose_writer(self, resources: Sequence[Resource], source: Residue | None) -> CompiledMap | Diagnostic:
        if self.map_name is not None:
            return self.maps.get(self.map_name) or Diagnostic(WHICH_MAP, "there is no such map")
        found = self._choose(source.message) if source is not None else None
        if found is not None:
            return found
        could = maps_that_write(self.maps.maps.values(), resources)
        if len(could) == 1:
            return could[0]
        names = ", ".join(sorted(each.name for each in could))
        return Diagnostic(WHICH_MAP, f"these could: {names}" if could else "none takes these resources together", fix="--map NAME")

    def _source(self, resources: Sequence[Resource]) -> Residue | None:
        """The message that made most of the resources, by their ids."""
        best: Residue | None = None
        for message in self.residue:
            chosen = self._choose(message)
            if chosen is not None:
                conversion = chosen.forward(message, params={}, givens={})
                found = residue_of_resources(message, conversion.produced, resources)
                if not conversion.refused and len(found.unchanged) > (len(best.unchanged) if best is not None else 0):
                    best = found
        return best
