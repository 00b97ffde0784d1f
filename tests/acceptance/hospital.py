"""A hospital's document port, in a thread of its own: takes MLLP frames, keeps them, and answers as it is told to."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

END = b"\x1c\r"
WAIT = 15.0


class Hospital:
    """ways: how it answers each message in turn, the last one for ever.

    AA AE AR …: that code. silent: nothing. close: ends the connection instead. other: AA for another message, and nothing more.
    late: AE for another message, then AA for this one.
    """

    def __init__(self, *ways: str, port: int = 0) -> None:
        self.ways = list(ways) or ["AA"]
        self.received: list[bytes] = []
        self.port = port
        self._loop = asyncio.new_event_loop()
        self._open: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def control_ids(self) -> list[str]:
        return [segments(body)["MSH"][10] for body in self.received]

    def start(self) -> "Hospital":
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._serve, "127.0.0.1", self.port), self._loop).result(5)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def wait_for(self, number: int, seconds: float = WAIT) -> None:
        wait_until(lambda: len(self.received) >= number, seconds)

    def next_way(self) -> str:
        return self.ways.pop(0) if len(self.ways) > 1 else self.ways[0]

    async def _stop(self) -> None:
        self._server.close()
        serving = list(self._open.values())
        for writer in self._open:
            writer.close()
        await self._server.wait_closed()
        await asyncio.gather(*serving)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open[writer] = asyncio.current_task()
        try:
            while True:
                body = (await reader.readuntil(END))[1:-2]
                self.received.append(body)
                way = self.next_way()
                if way == "close":
                    break
                for code, control_id in _answers(way, segments(body)["MSH"][10]):
                    writer.write(b"\x0b" + f"MSH|^~\\&|EDMS|RCF|CALDER|HUB|20260501||ACK|9|P|2.4\rMSA|{code}|{control_id}\r".encode() + END)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            del self._open[writer]


def _answers(way: str, control_id: str) -> list[tuple[str, str]]:
    match way:
        case "silent":
            return []
        case "other":
            return [("AA", "ANOTHER")]
        case "late":
            return [("AE", "ANOTHER"), ("AA", control_id)]
        case code:
            return [(code, control_id)]


def segments(body: bytes) -> dict[str, list[str]]:
    """The first segment of each name, with [3] for field 3 (MSH-1 is the separator itself, so MSH-10 is ["MSH"][10])."""
    found: dict[str, list[str]] = {}
    for line in filter(None, body.decode().split("\r")):
        name, *fields = line.split("|")
        found.setdefault(name, [name, "|", *fields] if name == "MSH" else [name, *fields])
    return found


@contextmanager
def hospital(*ways: str, port: int = 0) -> Iterator[Hospital]:
    running = Hospital(*ways, port=port).start()
    try:
        yield running
    finally:
        running.stop()


def wait_until(holds: Callable[[], bool], seconds: float = WAIT) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


HUB_YAML = """\
destinations:
  - name: documents
    connector: mllp
    connect: 127.0.0.1:{port}
    organisation: RCF
    answer: {answer}
    retry: {{initial: 100ms, maximum: 300ms, for: {lasting}}}
    idempotent: {idempotent}
    parameters: {{receiving_application: EDMS, receiving_facility: RCF}}
routes:
  - {{when: CarePlan, map: documents/mdm_t02, to: [documents]}}
"""


def configured(folder, port: int, *, answer: str = "1s", lasting: str = "1h", idempotent: str = "true") -> tuple[str, str]:
    """The options of `calder serve` for a hub that sends every plan there."""
    file = folder / "hub.yaml"
    file.write_text(HUB_YAML.format(port=port, answer=answer, lasting=lasting, idempotent=idempotent))
    return ("--config", str(file))
