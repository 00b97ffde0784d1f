"""`calder send`: HL7 v2 messages from files to a listener, by the client of the MLLP connector."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import Annotated

import typer

from hub.app.installed import connectors
from hub.cli.places import usage
from hub.codec.hl7v2 import split_batch
from hub.core.json import render_json
from hub.sdk import Client, Exchange

_CODES = ("AA", "AE", "AR", "CA", "CE", "CR")


@dataclass(slots=True)
class Tally:
    """What was heard."""

    exchanges: list[Exchange] = field(default_factory=list)
    seconds: float = 0.0

    def summary(self) -> dict[str, int | float]:
        heard = Counter(exchange.code for exchange in self.exchanges)
        times = sorted(exchange.milliseconds for exchange in self.exchanges if exchange.code is not None)
        cuts = quantiles(times, n=100, method="inclusive") if len(times) > 1 else times * 99
        return {
            "sent": len(self.exchanges),
            **{code.lower(): heard[code] for code in _CODES},
            "no_answer": heard[None],
            "per_second": round(len(self.exchanges) / self.seconds, 1) if self.seconds else 0.0,
            "p50_ms": round(cuts[49], 2) if cuts else 0.0,
            "p99_ms": round(cuts[98], 2) if cuts else 0.0,
        }


def send(
    address: Annotated[str, typer.Argument(metavar="HOST:PORT", help="Where the listener is.")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Files of one message or many.")],
    *,
    rate: Annotated[float | None, typer.Option(help="At most so many messages a second.")] = None,
    connections: Annotated[int, typer.Option(min=1, max=1000, help="Connections at once; only one keeps the order of the file.")] = 1,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for an answer.")] = 30.0,
    as_json: Annotated[bool, typer.Option("--json", help="End with one JSON object instead of printing each ACK.")] = False,
) -> None:
    """Send messages over MLLP and print each ACK. Exit 0 when every message was answered (also with AE or AR), 1 when not."""
    make = connectors()["mllp"].client
    if make is None:
        usage("send", "the MLLP connector that is installed cannot send by hand")
    messages = list(_messages(files))
    clients = [make(address, timeout) for _ in range(min(connections, max(len(messages), 1)))]
    try:
        tally = asyncio.run(_send_all(clients, messages, rate, quiet=as_json))
    except OSError as error:
        usage("send", f"{address}: {error.strerror or type(error).__name__}")
    summary = tally.summary()
    print(render_json(summary).decode() if as_json else _words(summary))
    raise SystemExit(1 if summary["no_answer"] else 0)


async def _send_all(clients: Sequence[Client], messages: Sequence[bytes], rate: float | None, *, quiet: bool) -> Tally:
    tally = Tally()
    queue = iter(enumerate(messages))
    begun = perf_counter()

    async def work(client: Client) -> None:
        for index, body in queue:
            if rate:
                await asyncio.sleep(max(0.0, begun + index / rate - perf_counter()))
            exchange = await client.exchange(body)
            tally.exchanges.append(exchange)
            if not quiet:
                print(_line(index, exchange), flush=True)

    try:
        await asyncio.gather(*(work(client) for client in clients))
    finally:
        tally.seconds = perf_counter() - begun
        for client in clients:
            await client.close()
    return tally


def _messages(files: Sequence[Path]) -> Iterator[bytes]:
    for file in files:
        try:
            data = file.read_bytes()
        except OSError as error:
            usage("send", f"{file}: {error.strerror}")
        found = [body for _, body in split_batch(data)]
        if not found:
            print(f"{file}: no message in it (a message begins with MSH)", file=sys.stderr)
        yield from found


def _line(index: int, exchange: Exchange) -> str:
    """One ACK as its segments: MSA and what follows say what matters."""
    if exchange.answer is None:
        return f"{index + 1}: no answer ({exchange.milliseconds:.0f} ms)"
    segments = [segment for segment in exchange.answer.decode("utf-8", "replace").split("\r") if segment[:3] in ("MSA", "ERR")]
    return f"{index + 1}: {' '.join(segments)} ({exchange.milliseconds:.1f} ms)"


def _words(summary: dict[str, int | float]) -> str:
    answers = ", ".join(f"{summary[code.lower()]} {code}" for code in _CODES if summary[code.lower()])
    silent = f", {summary['no_answer']} without answer" if summary["no_answer"] else ""
    speed = f"{summary['per_second']}/s, p50 {summary['p50_ms']} ms, p99 {summary['p99_ms']} ms"
    return f"{summary['sent']} sent: {answers or 'nothing'}{silent}; {speed}"
