"""The load of `calder bench ingest`, in a process of its own: many MLLP connections, each waiting for its answer before it sends again.

As little work as can be, since it takes its CPU from the same machine: the bytes are made before, and one loop over non-blocking sockets
sends them. Run as `python -m hub.cli.bench.sending HOST PORT CONNECTIONS FIRST MESSAGES PEOPLE`; prints the seconds that it took.
"""

from __future__ import annotations

import selectors
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

from hub.cli.bench.samples import nhs_numbers, reading, registration

__all__ = ["main", "register_all", "send_all"]

_END = b"\x1c\r"


def frame(body: bytes) -> bytes:
    return b"\x0b" + body + _END


@dataclass(slots=True)
class _Sender:
    """left: what it still has to send, the next one last."""

    socket: socket.socket
    left: list[bytes]
    answer: bytearray = field(default_factory=bytearray)

    def send(self) -> None:
        """The next one; the end, where there is none."""
        if self.left:
            self.socket.sendall(self.left.pop())
        else:
            self.socket.close()

    def is_answered(self) -> bool:
        """Raises AssertionError for an answer that is not AA: a quick refusal is not a quick hub."""
        self.answer += self.socket.recv(65536) or _lost()
        if not self.answer.endswith(_END):
            return False
        if b"\rMSA|AA|" not in self.answer:
            raise AssertionError("the hub did not take a message of the benchmark: its figures would say nothing")
        self.answer.clear()
        return True


def send_all(address: tuple[str, int], queues: Sequence[list[bytes]]) -> float:
    """One connection for each queue, none empty; gives how long it took until the last answer."""
    selector = selectors.DefaultSelector()
    senders = [_Sender(socket.create_connection(address), queue[::-1]) for queue in queues if queue]
    for sender in senders:
        sender.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(sender.socket, selectors.EVENT_READ, sender)
    begun = perf_counter()
    for sender in senders:
        sender.send()
    while selector.get_map():
        for key, _ in selector.select():
            sender = key.data
            if sender.is_answered():
                if not sender.left:
                    selector.unregister(sender.socket)
                sender.send()
    return perf_counter() - begun


def _lost() -> bytes:
    raise AssertionError("the hub closed a connection of the benchmark")


def register_all(address: tuple[str, int], people: int) -> None:
    send_all(address, [[frame(registration(number, person)) for number, person in enumerate(nhs_numbers(people))]])


def main(host: str, port: str, *numbers: str) -> None:
    connections, first, messages, people = map(int, numbers)
    known = nhs_numbers(people)
    bodies = [frame(reading(number, known[number % people])) for number in range(first, first + messages)]
    print(send_all((host, int(port)), [bodies[begin::connections] for begin in range(connections)]))


if __name__ == "__main__":
    main(*sys.argv[1:])
