"""One transformer as the hub sees it: a process, the socket to it, and the jobs that it has in hand, in their order."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from hub.engine.transformers.frames import Done, Frames, FromTransformer, Job, Ready, Setup, Unable, frame

__all__ = ["Transformer"]

_LONGEST_END = 5.0  # seconds for one that was told to end
_said: Final = msgspec.msgpack.Decoder(FromTransformer)


class Transformer(asyncio.Protocol):
    """command: what to run; the number of its socket is added to it. done: takes what comes of each job. lost: called once, when it ends.

    jobs: the numbers of those in hand; the first is the one that it is at. since: when it began that one.
    """

    def __init__(self, command: Sequence[str], done: Callable[[Done], None], lost: Callable[[Transformer], None]) -> None:
        self._done = done
        self._lost = lost
        self._frames = Frames()
        self._loop = asyncio.get_running_loop()
        self.jobs: deque[int] = deque()
        self.since = 0.0
        self.is_fresh = True
        self.cause: str | None = None  # of its end, where it is known before
        self.ready: asyncio.Future[None] = self._loop.create_future()
        self.ended: asyncio.Future[str] = self._loop.create_future()
        self._ending: asyncio.Task[None] | None = None
        self._process, self._socket = _run(command)

    async def start(self, setup: Setup) -> None:
        """Until it is ready. Where it cannot be, `ready` is done too, and `cause` says why."""
        self._transport, _ = await self._loop.create_unix_connection(lambda: self, sock=self._socket)
        self._transport.write(frame(setup))
        await self.ready

    @property
    def is_gone(self) -> bool:
        """Its socket is closed: it takes no job any more, and `lost` is called as soon as its process has ended."""
        return self._transport.is_closing()

    def give(self, job: Job) -> None:
        if not self.jobs:
            self.since = self._loop.time()
        self.jobs.append(job.number)
        self.is_fresh = False
        self._transport.write(frame(job))

    def kill(self, cause: str) -> None:
        """At once, whatever it is at."""
        self.cause = self.cause or cause
        self._process.kill()

    async def stop(self) -> None:
        """It ends when its socket is closed; where it does not, it is killed."""
        self.cause = self.cause or "stopped"
        self._transport.close()
        await self.ended

    # --- asyncio.Protocol

    def data_received(self, data: bytes) -> None:
        for text in self._frames.receive(data):
            said: FromTransformer = _said.decode(text)
            match said:
                case Done() as done:
                    self.jobs.popleft()
                    self.since = self._loop.time()
                    self._done(done)
                case Ready():
                    self.ready.set_result(None)
                case Unable(fault):
                    self.cause = fault

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 -- its end is what counts
        self._ending = self._loop.create_task(self._end())

    async def _end(self) -> None:
        """The socket is gone: so is the process, or it soon is."""
        try:
            code = await asyncio.to_thread(self._process.wait, _LONGEST_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = await asyncio.to_thread(self._process.wait)
        self.cause = self.cause or _named(code)
        if not self.ready.done():
            self.ready.set_result(None)
        self.ended.set_result(self.cause)
        self._lost(self)

    @property
    def pid(self) -> int:
        return self._process.pid


def _run(command: Sequence[str]) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """A process, and our end of the pair of sockets."""
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            process = subprocess.Popen(  # noqa: S603 -- this interpreter, and a module of ours
                (*command, str(theirs.fileno())),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # what it would say might hold a patient
                pass_fds=(theirs.fileno(),),
                process_group=0,
            )
        except OSError:
            ours.close()
            raise
    return process, ours


def _named(code: int) -> str:
    """SIGSEGV, or the exit status."""
    if code >= 0:
        return f"exit status {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
