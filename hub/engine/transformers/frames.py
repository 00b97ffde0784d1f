"""What a hub and a transformer say to each other: frames of four bytes of length and MessagePack. Without I/O.

    hub ──► Setup, then Jobs           transformer ──► Ready or Unable, then a Done for each Job, in their order

Each end has started the other or was started by it: what comes is trusted, and never comes from a network.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct as Layout
from typing import Final

import msgspec

from hub.codec.hl7v2.acknowledgement import AckCode
from hub.core.diagnostics import Diagnostic
from hub.core.json import parse_json, render_json
from hub.engine.change import Change, Kind
from hub.engine.configuration import SourceConfig
from hub.engine.prepared import Prepared
from hub.engine.transform import Outcome, Poison, Transformed, Unacceptable

__all__ = ["Done", "Frames", "FromHub", "FromTransformer", "Job", "Ready", "Setup", "Texts", "Unable", "frame", "outcome_of", "told"]

_LENGTH: Final = Layout(">I")


class Texts(msgspec.Struct, array_like=True, frozen=True):
    """The texts that one map set is made of: hub.mapping.mapset.Texts."""

    maps: dict[str, str]
    tables: dict[str, str]


class Setup(msgspec.Struct, array_like=True, frozen=True, tag="setup"):
    """sets: by digest. sources: each with the digest of its set. parent: the hub's process; without it a transformer has nothing to do."""

    parent: int
    software: str
    sets: dict[str, Texts]
    sources: list[tuple[SourceConfig, str]]


class Job(msgspec.Struct, array_like=True, frozen=True, tag="job"):
    number: int
    source: str
    digest: bytes  # of the body
    body: bytes


class Ready(msgspec.Struct, array_like=True, frozen=True, tag="ready"):
    """It runs the same maps and the same software as the hub that started it."""


class Unable(msgspec.Struct, array_like=True, frozen=True, tag="unable"):
    """It cannot do what it is for; fault: without anything of a message, since it has seen none."""

    fault: str


class Done(msgspec.Struct, array_like=True, frozen=True, tag="done"):
    """outcome: as `told` writes it; read by whoever waits for it."""

    number: int
    outcome: msgspec.Raw


FromHub = Setup | Job
FromTransformer = Ready | Unable | Done


def frame(said: FromHub | FromTransformer) -> bytes:
    text = _encoder.encode(said)
    return _LENGTH.pack(len(text)) + text


class Frames:
    """Bytes in as they come, whole frames out."""

    def __init__(self) -> None:
        self._held = bytearray()

    def receive(self, data: bytes) -> Iterator[bytes]:
        self._held += data
        at = 0
        while len(self._held) - at >= _LENGTH.size:
            begin = at + _LENGTH.size
            end = begin + _LENGTH.unpack_from(self._held, at)[0]
            if len(self._held) < end:
                break
            yield bytes(self._held[begin:end])
            at = end
        del self._held[:at]


# --- what a message came to


class _Change(msgspec.Struct, array_like=True, frozen=True):
    kind: Kind
    type: str
    full_url: str | None
    key: tuple[str, ...]
    cleared: frozenset[str]
    rule: str | None
    resource: bytes | None
    prepared: Prepared | None


class _Transformed(msgspec.Struct, array_like=True, frozen=True, tag="transformed"):
    changes: list[_Change]
    diagnostics: tuple[Diagnostic, ...]


class _Unacceptable(msgspec.Struct, array_like=True, frozen=True, tag="unacceptable"):
    code: str
    diagnostics: tuple[Diagnostic, ...]


class _Poison(msgspec.Struct, array_like=True, frozen=True, tag="poison"):
    fault: str


_encoder: Final = msgspec.msgpack.Encoder()
_outcome: Final = msgspec.msgpack.Decoder(_Transformed | _Unacceptable | _Poison)


def told(outcome: Outcome) -> msgspec.Raw:
    """The outcome as it goes over."""
    match outcome:
        case Transformed(changes, diagnostics):
            return _raw(_Transformed([_told_change(each) for each in changes], diagnostics))
        case Unacceptable(code, diagnostics):
            return _raw(_Unacceptable(code.value, diagnostics))
        case Poison(fault):
            return _raw(_Poison(fault))


def _raw(said: _Transformed | _Unacceptable | _Poison) -> msgspec.Raw:
    return msgspec.Raw(_encoder.encode(said))


def outcome_of(said: msgspec.Raw) -> Outcome:
    known: _Transformed | _Unacceptable | _Poison = _outcome.decode(said)
    match known:
        case _Transformed(changes, diagnostics):
            return Transformed(tuple(map(_change_of, changes)), diagnostics)
        case _Unacceptable(code, diagnostics):
            return Unacceptable(AckCode(code), diagnostics)
        case _Poison(fault):
            return Poison(fault)


def _told_change(change: Change) -> _Change:
    """Of a map: without what only the API can say."""
    content = None if change.resource is None else render_json(change.resource)
    return _Change(change.kind, change.type, change.full_url, change.key, change.cleared, change.rule, content, change.prepared)


def _change_of(said: _Change) -> Change:
    content = None if said.resource is None else parse_json(said.resource)
    return Change(said.kind, said.type, content, None, said.full_url, said.key, said.cleared, rule=said.rule, prepared=said.prepared)
