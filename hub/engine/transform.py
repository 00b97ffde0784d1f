"""From bytes to changes, or to the reason why not. Pure: no clock, no store.

`read` decodes and looks at the header; `convert` runs the map.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hub.codec.hl7v2 import Message, parse_header, parse_message
from hub.codec.hl7v2.acknowledgement import AckCode
from hub.codec.hl7v2.header import check_header
from hub.core.diagnostics import Code, Diagnostic
from hub.engine.beforehand import prepare_changes
from hub.engine.change import Change, change_of
from hub.engine.codes import MAP_FAILED, MESSAGE_TYPE, NOTHING_MADE, PROCESSING_ID
from hub.engine.configuration import SourceConfig
from hub.mapping.conversion import Conversion
from hub.mapping.mapset import MapSet
from hub.mapping.run.compiled import CompiledMap

__all__ = ["Outcome", "Poison", "Reading", "Transformed", "Unacceptable", "convert", "poison", "read", "transform"]


@dataclass(frozen=True, slots=True)
class Transformed:
    """What commit is to do, and what the map remarked."""

    changes: tuple[Change, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Unacceptable:
    """The sender's fault. code: AR for what the header alone forbids (chapter 2, section 2.9.2), else AE."""

    code: AckCode
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Poison:
    """Our fault. fault: the name of the exception and the place, never its text; or what became of the process that ran the map."""

    fault: str
    code: Code = MAP_FAILED

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        return (Diagnostic(self.code, self.fault),)


Outcome = Transformed | Unacceptable | Poison
"""What one message comes to."""


@dataclass(frozen=True, slots=True)
class Reading:
    """message: all of it, or only its header where the rest cannot be read; None where there is not even that."""

    message: Message | None
    fault: Unacceptable | None


def read(body: bytes, source: SourceConfig) -> Reading:
    """As far as the header goes: whether the message is one that this source takes."""
    message = parse_message(body)
    if isinstance(message, Diagnostic):
        header = parse_header(body)
        return Reading(header if isinstance(header, Message) else None, Unacceptable(AckCode.AR, (message,)))
    faults = check_header(message)
    if not faults and source.processing is not None and message.processing_id not in source.processing:
        faults = (Diagnostic(PROCESSING_ID, "this source takes others", place="MSH-11"),)
    return Reading(message, Unacceptable(AckCode.AR, faults) if faults else None)


def transform(message: Message, maps: MapSet, source: SourceConfig, digest: bytes) -> Outcome:
    """The map, and all that can be known of its changes before the record is looked at. digest: of the message."""
    outcome = convert(message, maps, source.parameters)
    if not isinstance(outcome, Transformed):
        return outcome
    try:
        return Transformed(prepare_changes(outcome.changes, source.scope, digest), outcome.diagnostics)
    except Exception as error:  # noqa: BLE001 -- as with a map that breaks
        return poison(error)


def convert(message: Message, maps: MapSet, parameters: Mapping[str, str]) -> Outcome:
    """Run the map. Whatever it raises is caught: one message must not take its source down."""
    try:
        chosen = maps.find_message_map(message)
        if chosen is None:
            return Unacceptable(AckCode.AE, (Diagnostic(MESSAGE_TYPE, "no map of this source takes it", place="MSH-9"),))
        return _convert(message, chosen, parameters)
    except Exception as error:  # noqa: BLE001 -- a map that breaks is the hub's failure, and the source's policy says what follows
        return poison(error)


def poison(error: BaseException) -> Poison:
    """Names the innermost place of our own code: enough to find the fault, and nothing of the message."""
    place = "?"
    trace = error.__traceback__
    while trace is not None:
        place = f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"
        trace = trace.tb_next
    return Poison(f"{type(error).__name__} at {place}")


def _convert(message: Message, chosen: CompiledMap, parameters: Mapping[str, str]) -> Transformed | Unacceptable:
    conversion: Conversion = chosen.forward(message, params=parameters)
    if conversion.refused:
        return Unacceptable(AckCode.AE, tuple(each for each in conversion.diagnostics if each.is_error))
    if not conversion.produced:
        return Unacceptable(AckCode.AE, (Diagnostic(NOTHING_MADE, "no row of the map found anything", place="MSH-9"),))
    return Transformed(tuple(map(change_of, conversion.produced)), conversion.diagnostics)
