"""The three shapes of a connector, and the spec from which settings, `connectors list` and docs are made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from hub.sdk.message import Exchange, Message, Outbound, Receipt, Taken

Intake = Callable[[Message], Awaitable[Receipt]]
"""Give the engine a message; when it returns, the answer may be sent."""


class Source(Protocol):
    """Brings messages."""

    async def start(self, intake: Intake) -> str:
        """Begin; gives the address it is bound to ("127.0.0.1:2575", a folder). Raises OSError if it cannot."""
        ...

    async def stop(self) -> None:
        """Take nothing new, finish what is being answered, then return."""
        ...


class Destination(Protocol):
    """Takes messages. The engine may call `send` again before it has returned: then several are on their way at once."""

    async def send(self, outbound: Outbound) -> Taken:
        """Return when the other side has said yes to this message; else raise NotSent, Unanswered or Rejected."""
        ...

    async def reach(self) -> None:
        """Whether anybody is there, without sending a message. Raise NotSent where nobody is."""
        ...

    async def close(self) -> None: ...


class Client(Protocol):
    """Sends by hand: what `calder send` and the demo use."""

    async def exchange(self, body: bytes) -> Exchange:
        """Send the bytes as they are and wait for the answer to them. Raises OSError when there is no connection."""
        ...

    async def close(self) -> None: ...


class HttpMount(Protocol):
    """An ASGI application that the hub hangs under a path on its own HTTP server."""

    path: str

    def asgi(self, intake: Intake) -> Callable[..., Awaitable[None]]: ...


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of a connector's block in hub.yaml."""

    name: str
    doc: str
    type: str = "text"  # text | integer | boolean | duration | size | address | path
    default: Any = None
    required: bool = False
    secret: bool = False


@dataclass(frozen=True, slots=True)
class ConnectorSpec:
    """Declared once by each connector. The factories take the checked settings of one block of hub.yaml."""

    name: str
    summary: str
    settings: tuple[Setting, ...] = ()
    source: Callable[[Mapping[str, Any]], Source] | None = None
    destination: Callable[[Mapping[str, Any]], Destination] | None = None
    mount: Callable[[Mapping[str, Any]], HttpMount] | None = None
    client: Callable[[str, float], Client] | None = None  # address, seconds to wait for an answer
