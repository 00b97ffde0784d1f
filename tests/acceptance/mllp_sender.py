"""A sender as hospitals run them: a plain blocking socket, one message at a time. It knows nothing of the hub's own client."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

START, END = b"\x0b", b"\x1c\r"


class HubGone(Exception):
    """The connection ended, or nothing came in time."""


@dataclass
class Ack:
    """An acknowledgement, taken apart the simplest way."""

    raw: bytes

    @property
    def segments(self) -> list[list[str]]:
        return [line.split("|") for line in self.raw.decode("latin-1").split("\r") if line]

    def _first(self, name: str) -> list[str]:
        return next((segment for segment in self.segments if segment[0] == name), [])

    @property
    def code(self) -> str:
        return self._first("MSA")[1]

    @property
    def control_id(self) -> str:
        return (*self._first("MSA"), "", "")[2]

    @property
    def errors(self) -> list[tuple[str, str]]:
        """(place, code of table 0357): ERR-2 and ERR-3 from 2.5 on, before that ERR-1 with both in one."""
        found = []
        for segment in self.segments:
            if segment[0] != "ERR":
                continue
            if len(segment) > 3:
                found.append((segment[2], segment[3].split("^")[0]))
            else:
                for one in segment[1].split("~"):
                    location, _, coded = one.rpartition("^")
                    found.append((location, coded.split("&")[0]))
        return found


class Sender:
    def __init__(self, address: tuple[str, int], timeout: float = 15.0) -> None:
        self.socket = socket.create_connection(address, timeout=timeout)
        self._held = b""

    def send(self, body: bytes) -> Ack:
        self.write(START + body + END)
        return self.read()

    def write(self, data: bytes) -> None:
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise HubGone from error

    def read(self) -> Ack:
        while END not in self._held:
            try:
                data = self.socket.recv(65536)
            except OSError as error:
                raise HubGone from error
            if not data:
                raise HubGone
            self._held += data
        frame, _, self._held = self._held.partition(END)
        assert frame.startswith(START)
        return Ack(frame[1:])

    def is_closed_by_hub(self) -> bool:
        """Whether the other side ends the connection, without another byte, before the timeout."""
        try:
            return self.socket.recv(1) == b""
        except TimeoutError:
            return False
        except OSError:
            return True

    def close(self) -> None:
        self.socket.close()


@contextmanager
def connected(address: tuple[str, int], timeout: float = 15.0) -> Iterator[Sender]:
    sender = Sender(address, timeout)
    try:
        yield sender
    finally:
        sender.close()


def tell(hub, body: bytes, timeout: float = 15.0) -> Ack:
    """One message on a connection of its own."""
    with connected(hub.mllp, timeout) as sender:
        return sender.send(body)
