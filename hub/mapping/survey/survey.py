"""A corpus against a set of maps: message by message, in memory that does not grow with the corpus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from hub.codec.hl7v2 import Message, dictionary, parse_message
from hub.codec.hl7v2.grouping import group
from hub.core.diagnostics import Code, Diagnostic
from hub.mapping.codes.run import FIELD_NOT_READ, SEGMENT_NOT_READ, SEGMENT_OUT_OF_PLACE
from hub.mapping.conversion import Conversion
from hub.mapping.mapset import MapSet
from hub.mapping.run.compiled import CompiledMap
from hub.mapping.survey.behind import Rule, rules_of
from hub.mapping.survey.elements import FilledElements
from hub.mapping.survey.gaps import Gap, populated_fields
from hub.mapping.survey.reading import read_by
from hub.mapping.survey.readings import Readings
from hub.mapping.survey.tally import Tally
from hub.mapping.types.structures import resolve_structure
from hub.mapping.watching import Watch

__all__ = ["MessageKind", "Refusal", "Survey", "Unexplained"]

_UNREAD: Final = frozenset({FIELD_NOT_READ, SEGMENT_NOT_READ, SEGMENT_OUT_OF_PLACE})
_NEWEST: Final = "2.8.2"
_READINGS: Final = 200  # kept; versions and structures come from messages


@dataclass(frozen=True, slots=True)
class MessageKind:
    """`ADT^A01` of structure ADT_A01, and the map that takes it; "" where there is none."""

    type: str
    structure: str
    map: str


@dataclass(frozen=True, slots=True)
class Unexplained:
    kind: MessageKind
    gap: Gap


@dataclass(frozen=True, slots=True)
class Refusal:
    """place: where in the message, as far as one is known."""

    code: Code
    place: str | None


@dataclass(slots=True)
class Survey:
    """params: as a source sets them. `take` each message, then read what was found."""

    maps: MapSet
    params: Mapping[str, str] = field(default_factory=dict)
    messages: int = 0
    converted: int = 0
    populated: int = 0
    explained: int = 0
    fields: Tally[Unexplained] = field(default_factory=Tally)
    unsupported: Tally[MessageKind] = field(default_factory=Tally)
    refused: Tally[Refusal] = field(default_factory=Tally)
    elements: FilledElements = field(init=False)
    _watch: Watch = field(default_factory=Watch)
    _watched: dict[str, CompiledMap] = field(default_factory=dict)
    _readings: dict[tuple[str, str, str], tuple[Readings, Readings]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        program = replace(self.maps.program, watch=self._watch)
        self._watched = {name: CompiledMap(program, declaration) for name, declaration in program.maps.items()}
        self.elements = FilledElements(self.maps.program)

    def take(self, body: bytes) -> None:
        self.messages += 1
        message = parse_message(body)
        if isinstance(message, Diagnostic):
            self.refused.add_message([Refusal(message.code, message.place)])
            return
        chosen = self.maps.find_message_map(message)
        kind = MessageKind(f"{message.message_code}^{message.trigger_event}", message.structure or "", chosen.name if chosen else "")
        if chosen is None:
            self.unsupported.add_message([kind])
            return
        conversion = self._watched[chosen.name].forward(message, params=self.params)
        if conversion.refused:
            self.refused.add_message([_refusal(conversion)])
        else:
            self.converted += 1
            self.elements.take(conversion)
        self.fields.add_message(self._unexplained(message, chosen, conversion, kind))

    @property
    def share(self) -> float:
        """Of the populated fields, how many are explained whole: 0 to 1."""
        return self.explained / self.populated if self.populated else 1.0

    def never_fired(self) -> tuple[list[Rule], list[str]]:
        """Rules of maps that were at work; and the maps of which no rule fired at all."""
        rules: list[Rule] = []
        idle: list[str] = []
        for name, declaration in self.maps.program.maps.items():
            own = [rule for rule, _ in rules_of(declaration)]
            silent = [rule for rule in own if (rule.file, rule.line, rule.name.rpartition(".")[2]) not in self._watch.rows]
            if len(silent) < len(own):
                rules += silent
            elif own:
                idle.append(name)
        return sorted(rules), sorted(idle)

    def _unexplained(self, message: Message, chosen: CompiledMap, conversion: Conversion, kind: MessageKind) -> Iterator[Unexplained]:
        names = chosen.declaration.left.names
        version = message.version if dictionary.known_version(message.version) else _NEWEST
        structure = message.structure if message.structure in names else names[0]
        own = resolve_structure(version, message.structure or "") or resolve_structure(version, names[0])
        definition = dictionary.structure(version, own) if own else None
        if definition is None or structure is None:
            return
        unread = frozenset(each.place for each in conversion.diagnostics if each.code in _UNREAD and each.place is not None)
        readings = self._read_by(chosen, version, structure)
        for populated in populated_fields(message, group(message, definition), readings, unread):
            self.populated += 1
            self.explained += not populated.gaps
            yield from (Unexplained(kind, gap) for gap in populated.gaps)

    def _read_by(self, chosen: CompiledMap, version: str, structure: str) -> tuple[Readings, Readings]:
        key = (chosen.name, version, structure)
        if key not in self._readings:
            if len(self._readings) >= _READINGS:
                self._readings.clear()
            self._readings[key] = read_by(self.maps.program, chosen.declaration, version, structure)
        return self._readings[key]


def _refusal(conversion: Conversion) -> Refusal:
    first = next(each for each in conversion.diagnostics if each.is_error)
    return Refusal(first.code, first.place)
