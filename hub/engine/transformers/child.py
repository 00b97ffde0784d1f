"""The transformer's own side: it takes jobs from its socket, runs the maps, and answers; nothing else.

It never prints and never logs: what a map or a registered function says might hold a value of the message. It ends when the hub's end
of the socket closes, and, where the system can do that (Linux), with the hub's process even in the middle of a map.
"""

from __future__ import annotations

import ctypes
import gc
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import msgspec

from hub.codec.hl7v2 import Message, parse_message
from hub.core.errors import CalderError
from hub.engine.configuration import SourceConfig
from hub.engine.transform import Outcome, poison, transform
from hub.engine.transformers.frames import Done, Frames, FromHub, Job, Ready, Setup, Unable, frame, told
from hub.mapping.mapset import MapSet, load
from hub.mapping.registry import Registry

__all__ = ["Run", "serve"]

Run = Callable[[Message, MapSet, SourceConfig, bytes], Outcome]

_READ: Final = 1 << 18
_ROOM: Final = 512 << 20  # bytes that maps may take beyond what the process has at its start: then Python raises MemoryError
_PR_SET_PDEATHSIG: Final = 1
_said: Final = msgspec.msgpack.Decoder(FromHub)


def serve(connection: socket.socket, functions: Callable[[], Registry], software: str, run: Run = transform) -> None:
    """Until the hub closes its end. functions: those that maps may name."""
    _leave_the_keyboard()
    said = _frames(connection)
    setup = next(said, None)
    if not isinstance(setup, Setup):
        return
    try:
        work = _prepare(setup, functions, software)
    except Exception as error:  # noqa: BLE001 -- whatever it is, the hub is told before it wonders
        connection.sendall(frame(Unable(str(error) if isinstance(error, CalderError) else poison(error).fault)))
        return
    _be_bounded(setup.parent)
    gc.freeze()  # maps live as long as the process: not to be looked at again
    connection.sendall(frame(Ready()))
    for job in said:
        if isinstance(job, Job):
            connection.sendall(frame(Done(job.number, told(work.run(job, run)))))


@dataclass(frozen=True, slots=True)
class _Work:
    """Each source, and its maps."""

    sources: dict[str, tuple[SourceConfig, MapSet]]

    def run(self, job: Job, run: Run) -> Outcome:
        try:
            source, maps = self.sources[job.source]
            message = parse_message(job.body)
            if not isinstance(message, Message):
                raise TypeError("the hub has read it already")  # noqa: TRY301 -- told like any fault
            return run(message, maps, source, job.digest)
        except Exception as error:  # noqa: BLE001 -- the hub's failure; the source's policy says what follows
            return poison(error)


def _prepare(setup: Setup, functions: Callable[[], Registry], software: str) -> _Work:
    if setup.software != software:
        raise CalderError(f"the hub runs version {setup.software} and {software} is installed: start the hub again")
    known = functions()
    sets = {digest: load(texts.maps, texts.tables, known) for digest, texts in setup.sets.items()}
    if any(maps.digest != digest for digest, maps in sets.items()):
        raise CalderError("the functions that maps name are not those that the hub began with: start the hub again")
    return _Work({source.name: (source, sets[digest]) for source, digest in setup.sources})


def _frames(connection: socket.socket) -> Iterator[Setup | Job]:
    frames = Frames()
    while data := connection.recv(_READ):
        yield from map(_said.decode, frames.receive(data))


def _leave_the_keyboard() -> None:
    """Ctrl-C, and a service manager that tells every process to end, are for the hub: what it has begun, it finishes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _be_bounded(parent: int) -> None:
    """No core files, which would hold a patient; memory that has an end; and an end with the hub."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform != "linux":
        return
    with open("/proc/self/statm") as pages:  # noqa: PTH123 -- no path of ours
        taken = int(pages.read().split()[0]) * resource.getpagesize()
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    limit = taken + _ROOM
    if most == resource.RLIM_INFINITY or limit < most:
        resource.setrlimit(resource.RLIMIT_AS, (limit, most))
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise SystemExit(1)
