"""What an operator does to messages, each defined once: for the hub that runs, and for a command that has the store to itself."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Protocol

from hub.core.json import Json
from hub.engine.author import Author
from hub.engine.releasing import Correction, Mended
from hub.engine.supervisor import Engine

__all__ = ["OPERATIONS", "Given", "Operator", "WithinProcess"]

Given = Mapping[str, Json]


class Operator(Protocol):
    """Does an operation of this name: in this process, or over the door of the hub that runs (hub.app.door)."""

    async def do(self, operation: str, given: Given) -> Json:
        """Raises CalderError where it cannot be done."""
        ...


async def _release(engine: Engine, given: Given) -> Json:
    return _told(await engine.release(_number(given), _author(given)))


async def _discard(engine: Engine, given: Given) -> Json:
    return _told(await engine.discard(_number(given), _author(given)))


async def _resubmit(engine: Engine, given: Given) -> Json:
    body = b64decode(str(given["body"]))
    return _told(await engine.resubmit(Correction(_number(given), body, _author(given))))


OPERATIONS: Final[dict[str, Callable[[Engine, Given], Awaitable[Json]]]] = {
    "release": _release,
    "discard": _discard,
    "resubmit": _resubmit,
}


class WithinProcess:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def do(self, operation: str, given: Given) -> Json:
        return await OPERATIONS[operation](self._engine, given)


def _number(given: Given) -> int:
    return int(str(given["message"]))


def _author(given: Given) -> Author:
    return Author(str(given["author"]), str(given["reason"]))


def _told(mended: Mended) -> Json:
    return {
        "message": mended.message,
        "state": mended.state.value,
        "reason": mended.reason,
        "settled": mended.settled,
        "correction": mended.correction,
    }
