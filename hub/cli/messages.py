"""`calder messages`: where each message stands, and what a person does about it. The bytes are masked unless asked for."""

from __future__ import annotations

import asyncio
import getpass
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hub.app.operator import list_messages, read_message, unmask_message
from hub.cli.messages_mend import discard, release, resubmit
from hub.cli.messages_replay import replay
from hub.cli.places import store_url, usage
from hub.core.errors import CalderError, StoreError
from hub.core.json import Json, render_json
from hub.core.lifecycle import MessageState
from hub.store.rows import Receipt

__all__ = ["app"]

app = typer.Typer()
T = TypeVar("T")
_WIDTH = 160  # of the table where there is no terminal to ask

Data = Annotated[Path | None, typer.Option(help="Folder of the embedded store (default: data).")]
Store = Annotated[str | None, typer.Option(help="Store address instead of --data: sqlite:PATH or postgresql://…")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


@app.command("list", epilog="Example: calder messages list --state parked --source mllp")
def list_(
    *,
    data: Data = None,
    store: Store = None,
    state: Annotated[MessageState | None, typer.Option(help="Only those that stand so.")] = None,
    source: Annotated[str | None, typer.Option(help="Only those of this source.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many, newest first.")] = 100,
    before: Annotated[int | None, typer.Option(help="Only those before this number: the next page.")] = None,
    as_json: AsJson = False,
) -> None:
    """List messages, newest first: where they came from, where they stand and why. Nothing of their content."""
    found = _read(list_messages(store_url(data, store), state=state, source=source, limit=limit, before=before))
    if as_json:
        print(render_json({"messages": [_describe(receipt) for receipt in found]}).decode())
        return
    if not found:
        print("no such messages")
        return
    table = Table("message", "received", "source", "type", "control id", "state", "told", "why")
    for each in found:
        told = f"{each.ack_code or '-'} {each.ack_outcome}"
        cells = (str(each.id), f"{each.received:%Y-%m-%d %H:%M:%S}", each.source, each.message_type, each.control_id, each.state, told)
        table.add_row(*(Text(printable(cell or "-"), overflow="fold") for cell in (*cells, each.reason)))
    Console(width=None if sys.stdout.isatty() else _WIDTH).print(table)


@app.command("show", epilog="Example: calder messages show 42 --unmask")
def show(
    number: Annotated[int, typer.Argument(metavar="MESSAGE", help="Its number, from `calder messages list`.")],
    *,
    data: Data = None,
    store: Store = None,
    unmask: Annotated[bool, typer.Option("--unmask", help="Show its content, too; who saw it is written to the audit.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show where one message stands. Its content only with --unmask, which no hub may be running for: the hub alone writes the audit."""
    url = store_url(data, store)
    receipt = _read(read_message(url, number))
    if receipt is None:
        print(f"there is no message {number}", file=sys.stderr)
        raise SystemExit(1)
    body = _unmask(url, receipt) if unmask else None
    described = _describe(receipt)
    if as_json:
        print(render_json(described | ({"body": _text(body)} if body is not None else {})).decode())
        return
    for name, value in described.items():
        print(f"{name:<13} {printable(str(value)) if value is not None else '-'}")
    if body is not None:
        print()
        for line in _text(body).splitlines():
            print(printable(line))


app.command(epilog='Example: calder messages release 42 --reason "the table is mended"')(release)
app.command(epilog='Example: calder messages discard 42 --reason "sent in error"')(discard)
app.command(epilog='Example: calder messages resubmit 42 corrected.hl7 --reason "the unit was wrong"')(resubmit)
app.command(epilog="Example: calder messages replay 42 43 --pinned --dry-run")(replay)


def _unmask(url: str, receipt: Receipt) -> bytes:
    try:
        body = asyncio.run(unmask_message(url, receipt, user=getpass.getuser()))
    except StoreError as error:
        print(
            f"message {receipt.id} stays masked: showing it writes to the audit, and that could not be done ({error})",
            file=sys.stderr,
        )
        raise SystemExit(1) from None
    if body is None:
        print(f"the bytes of message {receipt.id} have been pruned", file=sys.stderr)
        raise SystemExit(1)
    return body


def _read(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except (CalderError, OSError) as error:
        usage("messages", str(error))


def _describe(receipt: Receipt) -> dict[str, Json]:
    """Facts about the message; none from inside it but its type and control id."""
    return {
        "id": receipt.id,
        "source": receipt.source,
        "received": receipt.received.isoformat(),
        "type": receipt.message_type,
        "control_id": receipt.control_id,
        "state": receipt.state.value,
        "reason": receipt.reason,
        "ack_code": receipt.ack_code,
        "ack_outcome": receipt.ack_outcome.value,
        "person": receipt.person,
        "lane": receipt.lane,
        "map_set": receipt.map_set,
        "media_type": receipt.media_type,
        "sha256": receipt.digest.hex(),
    }


def _text(body: bytes) -> str:
    """For reading: UTF-8, what is not that as escapes."""
    return body.decode("utf-8", errors="backslashreplace")


def printable(text: str) -> str:
    """Senders choose these bytes: nothing of them may steer the terminal."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)
