"""The system calls of a hub, as strace saw them: what was written where, when the log was synced, what left through a socket.

A line's number is its place in time: strace holds a thread at the start and at the end of each call, so what a thread does because a
call has ended stands below that call's end. A call that another thread interrupts stands on two lines ("unfinished", "resumed").
"""

import re
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

CALLS = "write,pwrite64,writev,pwritev,pwritev2,sendto,sendmsg,sendfile,fsync,fdatasync,sync_file_range"
"""Whatever puts bytes into a file or a socket, and whatever syncs a file."""

_BEGUN = re.compile(r"^(\d+) +(\w+)\(\d+<([\w-]+:\[[^\]]*\]|[^>]*)>(.*)$")
_RESUMED = re.compile(r"^(\d+) +<\.\.\. (\w+) resumed>(.*)$")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_HEADER = 24  # a frame of the write-ahead log: header, then page (https://www.sqlite.org/fileformat.html#the_write_ahead_log)


def traced(log: Path) -> tuple[str, ...]:
    """The `prefix` of fixture `serve`. -D: the hub is our child, and strace its; -yy: the names of files and sockets; -xx: bytes as hex."""
    return ("strace", "-D", "-f", "-yy", "-xx", "-s", "70000", "-e", f"trace={CALLS}", "-e", "signal=none", "-o", str(log))


@dataclass(frozen=True)
class Call:
    name: str
    target: str
    data: bytes
    began: int
    ended: int


@dataclass(frozen=True)
class Frame:
    """One page in the write-ahead log. ends: it is the last of its transaction."""

    page: bytes
    ends: bool
    written: int


@dataclass
class Trace:
    """frames and syncs: of the write-ahead log. sent: through TCP."""

    frames: list[Frame] = field(default_factory=list)
    syncs: list[Call] = field(default_factory=list)
    sent: list[Call] = field(default_factory=list)

    def answers(self, pattern: bytes) -> list[Call]:
        return [call for call in self.sent if re.search(pattern, call.data)]

    def is_durable_before(self, body: bytes, moment: int) -> bool:
        """Whether its receipt was written into the log, then the rest of its transaction, then the log was synced: all before the moment.

        The receipt names the body by its digest; the body itself, in the same transaction, is packed.
        """
        digest = sha256(body).digest()
        place = next((place for place, frame in enumerate(self.frames) if digest in frame.page), None)
        last = next((frame.written for frame in self.frames[place:] if frame.ends), None) if place is not None else None
        return last is not None and any(last < call.began and call.ended < moment for call in self.syncs)


def read_trace(log: Path) -> Trace:
    trace = Trace()
    header = b""
    for call in _calls(log):
        if call.target.startswith("TCP"):
            trace.sent.append(call)
        elif not call.target.endswith("hub.db-wal"):
            continue
        elif "sync" in call.name:
            trace.syncs.append(call)
        elif len(call.data) == _HEADER:
            header = call.data
        elif header:
            trace.frames.append(Frame(call.data, any(header[4:8]), call.ended))  # "size of the database after the commit", else 0
            header = b""
    return trace


def _calls(log: Path) -> list[Call]:
    calls: list[Call] = []
    open_calls: dict[str, tuple[str, str, bytes, int]] = {}
    with log.open() as lines:
        for number, line in enumerate(lines):
            begun = _BEGUN.match(line)
            if begun is not None:
                thread, name, target, rest = begun.groups()
                call = (name, _bytes(target).decode() if "\\x" in target else target, b"".join(map(_bytes, _TEXT.findall(rest))), number)
                if rest.rstrip().endswith("<unfinished ...>"):
                    open_calls[thread] = call
                elif not rest.rstrip().rpartition(" = ")[2].startswith("-1"):
                    calls.append(Call(*call, number))
                continue
            resumed = _RESUMED.match(line)
            if resumed is not None and resumed[1] in open_calls:
                call = open_calls.pop(resumed[1])
                if not resumed[3].rstrip().rpartition(" = ")[2].startswith("-1"):
                    calls.append(Call(*call, number))
    return sorted(calls, key=lambda call: call.began)


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))
