"""The load of `calder bench ingest`, in a process of its own: many MLLP connections, each waiting for its answer before it sends again.

As little work as can be, since it takes its CPU from the same machine: the bytes are made before, and one loop over non-blocking sockets
sends them. Run as `python -m hub.cli.bench.sending HOST PORT CONNECTIONS FIRST MESSAGES PEOPLE`; prints the seconds that it took.
"""

from __future__ import annotations

import selectors
import socket
import sys
from collections.abc import Sequence
from time import perf_counter

from hub.cli.bench.samples import nhs_numbers, reading, registration

__all__ = ["main", "register_all", "send_all"]

_END = b"\x1c\r"


def frame(body: bytes) -> bytes:
    return b"\x0b" + body + _END


def send_all(address: tuple[str, int], queues: Sequence[list[bytes]]) -> float:
    """One connection for each queue; gives how long it took until the last answer. Raises AssertionError where one is not AA."""
    selector = selectors.DefaultSelector()
    for queue in queues:
        connection = socket.create_connection(address)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(connection, selectors.EVENT_READ, (queue[::-1], bytearray()))
    begun = perf_counter()
    for key in list(selector.get_map().values()):
        _send_next(selector, key)
    while selector.get_map():
        for key, _ in selector.select():
            _, answer = key.data
            answer += key.fileobj.recv(65536) or _lost()  # type: ignore[union-attr] -- we registered sockets
            if answer.endswith(_END):
                if b"\rMSA|AA|" not in answer:
                    raise AssertionError("the hub did not take a message of the benchmark: its figures would say nothing")
                answer.clear()
                _send_next(selector, key)
    return perf_counter() - begun


def _send_next(selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
    left, _ = key.data
    if left:
        key.fileobj.sendall(left.pop())  # type: ignore[union-attr] -- we registered sockets
    else:
        selector.unregister(key.fileobj)
        key.fileobj.close()  # type: ignore[union-attr]


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
