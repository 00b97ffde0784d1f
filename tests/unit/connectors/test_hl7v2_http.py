"""HL7 v2 over HTTP: what is taken, and how each outcome is said."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from connectors.hl7v2_http import SPEC
from hub.sdk import Message, Outcome, Receipt

ER7 = {"content-type": "application/hl7-v2+er7"}
LIMIT = 100


class Engine:
    """Takes what comes; remembers it, and what it was told of its answer."""

    def __init__(self, outcome: Outcome = Outcome.ACCEPTED, answer: bytes | None = b"MSA|AA|1\r") -> None:
        self.outcome, self.answer = outcome, answer
        self.taken: list[Message] = []
        self.told: list[bool] = []

    async def __call__(self, message: Message) -> Receipt:
        self.taken.append(message)
        return Receipt(self.outcome, self.answer, 1, self.told.append)


def send(engine: Engine, method: str = "POST", **more: object) -> httpx.Response:
    async def ask() -> httpx.Response:
        app = SPEC.mount({"limit": LIMIT}).asgi(engine)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
            return await client.request(method, "http://hub/hl7v2", **{"content": b"MSH|1", "headers": ER7, **more})

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("outcome", "answer", "status"),
    [
        (Outcome.ACCEPTED, b"MSA|AA|1\r", 200),
        (Outcome.ACCEPTED, b"MSA|AE|1\r", 200),
        (Outcome.REFUSED, b"MSA|AE|1\r", 400),
        (Outcome.ACCEPTED, None, 204),
    ],
)
def test_the_answer_and_its_status(outcome: Outcome, answer: bytes | None, status: int) -> None:
    engine = Engine(outcome, answer)
    got = send(engine)
    assert (got.status_code, got.content) == (status, answer or b"")
    assert engine.told == ([True] if answer else [])
    assert engine.taken[0].body == b"MSH|1"


def test_what_was_not_kept_is_503() -> None:
    engine = Engine(Outcome.UNAVAILABLE, None)
    got = send(engine)
    assert (got.status_code, got.headers["retry-after"]) == (503, "1")
    assert not got.headers["content-type"].startswith("application/hl7-v2")  # not to be read as an ACK


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"headers": {"content-type": "application/hl7-v2"}}, 200),
        ({"headers": {"content-type": "Application/HL7-V2+ER7; charset=utf-8"}}, 200),
        ({"headers": {"content-type": "text/plain"}}, 415),
        ({"headers": {}}, 415),
        ({"headers": {**ER7, "content-encoding": "gzip"}}, 415),
        ({"content": b"x" * LIMIT}, 200),
        ({"content": b"x" * (LIMIT + 1)}, 413),
        ({"headers": {**ER7, "content-length": "9" * 30}}, 413),
        ({"method": "GET"}, 405),
        ({"method": "PUT"}, 405),
    ],
)
def test_what_is_taken(more: dict, status: int) -> None:
    engine = Engine()
    got = send(engine, **more)
    assert got.status_code == status
    assert len(engine.taken) == (status == 200)
    assert status != 405 or got.headers["allow"] == "POST"


def test_a_body_in_pieces_is_bounded_too() -> None:
    async def pieces():
        for _ in range(LIMIT):
            yield b"xx"

    engine = Engine()
    assert send(engine, content=pieces()).status_code == 413
    assert engine.taken == []


def scope() -> dict:
    return {
        "type": "http",
        "method": "POST",
        "path": "/hl7v2",
        "headers": [(b"content-type", b"application/hl7-v2")],
        "client": None,
        "query_string": b"",
    }


def test_a_sender_that_goes_away_halfway_leaves_nothing() -> None:
    engine = Engine()

    async def gone() -> dict:
        return {"type": "http.disconnect"}

    async def send_nothing(_: dict) -> None:
        raise AssertionError("nobody is there")

    asyncio.run(SPEC.mount({}).asgi(engine)(scope(), gone, send_nothing))
    assert engine.taken == []


def test_an_answer_that_could_not_be_written_is_noted_as_such() -> None:
    engine = Engine()

    async def whole() -> dict:
        return {"type": "http.request", "body": b"MSH|1", "more_body": False}

    async def broken(_: dict) -> None:
        raise OSError("planted")

    with pytest.raises(OSError, match="planted"):
        asyncio.run(SPEC.mount({}).asgi(engine)(scope(), whole, broken))
    assert engine.told == [False]


def test_a_body_that_comes_too_slowly_is_not_waited_for() -> None:
    engine, answered = Engine(), []

    async def never() -> dict:
        await asyncio.Event().wait()
        return {}

    async def send_(message: dict) -> None:
        answered.append(message)

    async def ask() -> None:
        app = SPEC.mount({"limit": LIMIT, "within": timedelta(milliseconds=20)}).asgi(engine)
        headers = [(b"content-type", b"application/hl7-v2")]
        await app({"type": "http", "method": "POST", "path": "/hl7v2", "headers": headers, "query_string": b""}, never, send_)

    asyncio.run(ask())
    assert answered[0]["status"] == 408
    assert engine.taken == []
