"""A hub's engine on a real store with the packaged maps, for the MLLP tests; and messages of synthetic people."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache
from itertools import count

from hub.app.installed import load_maps
from hub.core.json import parse_json
from hub.core.visibility import Visibility
from hub.engine.author import Author
from hub.engine.configuration import SourceConfig
from hub.engine.supervisor import Engine
from hub.fhir.search.query import Query
from hub.sdk import Message
from hub.store.sqlite import open_store

EYE = Visibility.system("test")
OPERATOR = Author("J Singh", "sent in error")
ELSIE, ANNA = "9990000018", "9990000026"
SOURCE = SourceConfig("airedale", organisation="RCF", parameters={"timezone": "Europe/London"})


class Now:
    def now(self):
        return datetime.now(UTC)


class Numbers:
    """Ids that a test can read."""

    def __init__(self):
        self._numbers = count(1)

    def new(self):
        return f"new-{next(self._numbers)}"


@cache
def packaged_maps():
    return load_maps()


class Breaking:
    """The packaged maps, and a fault in them that can be mended: they break on messages whose control id begins with BREAK."""

    def __init__(self):
        self.broken = True
        self.digest, self.texts, self.program = packaged_maps().digest, packaged_maps().texts, packaged_maps().program

    def get(self, name):
        return packaged_maps().get(name)

    def find_message_map(self, message):
        if self.broken and message.control_id.startswith("BREAK"):
            raise KeyError("Greenwood 9990000018")  # what a careless map might put into its exception
        return packaged_maps().find_message_map(message)


class Running:
    def __init__(self, store, engine):
        self.store = store
        self.engine = engine

    async def tell(self, body, source="airedale"):
        """Hand a message to the engine; gives the acknowledgement's MSA-1 and the receipt of the sdk."""
        receipt = await self.engine.intake(source)(Message(body, peer="127.0.0.1:1"))
        return code_of(receipt.answer), receipt

    async def all(self, type_):
        page = await self.store.search(EYE, Query(type_, count=100))
        return [parse_json(version.body) for version in page.matches]

    async def versions(self, type_):
        page = await self.store.search(EYE, Query(type_, count=100))
        return list(page.matches)

    async def receipt(self, number):
        return await self.store.receipt(EYE, number)

    async def states(self, source="airedale"):
        ledger = await self.store.ledger(EYE)
        assert ledger.balanced
        return {state: number for state, number in ledger.sources[source].items() if number}


@asynccontextmanager
async def running(folder, *, sources=(SOURCE,), destinations=(), routes=(), maps=None, listeners=None, receivers=None):
    store = open_store(folder / "hub.db")
    engine = Engine(
        store=store,
        maps=maps or packaged_maps(),
        clock=Now(),
        ids=Numbers(),
        sources=sources,
        destinations=destinations,
        routes=routes,
    )
    try:
        await engine.start(listeners or {}, receivers or {})
        yield Running(store, engine)
    finally:
        await engine.stop()
        await store.close()


async def until(holds, seconds=15):
    """Look now and then until it holds. `holds` may be a plain function or a coroutine function."""
    for _ in range(int(seconds / 0.02)):
        found = holds()
        if (await found) if asyncio.iscoroutine(found) else found:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never came to hold")


def code_of(answer):
    if answer is None:
        return None
    return next(line for line in answer.decode().split("\r") if line.startswith("MSA")).split("|")[1]


def errors_of(answer):
    """The codes of table 0357 in an answer: ERR-3 from version 2.5 on, inside ERR-1 before."""
    lines = [line.split("|") for line in answer.decode().split("\r") if line.startswith("ERR")]
    new = [fields[3].split("^")[0] for fields in lines if len(fields) > 3]
    return new or [part.split("^")[3].split("&")[0] for fields in lines for part in fields[1].split("~")]


def msh(kind, control_id, *, processing="P", version="2.4", charset=""):
    return f"MSH|^~\\&|PAS|RCF|CALDER|HUB|20260501140643||{kind}|{control_id}|{processing}|{version}" + (
        f"||||||{charset}" if charset else ""
    )


def pid(nhs=ELSIE, local="A1001", name="Ramsbottom^Elsie"):
    numbers = "~".join(filter(None, (f"{local}^^^RCF^MR" if local else "", f"{nhs}^^^NHS^NH" if nhs else "")))
    return f"PID|1||{numbers}||{name}||19401207|F"


def wire(*segments):
    return ("\r".join(segments) + "\r").encode()


def registration(control_id, *, event="A28", **person):
    return wire(msh(f"ADT^{event}", control_id), f"EVN|{event}|20260501140643", pid(**person), "PV1|1|N")


def result(control_id, value="98.00", *, order="4262718364", status="F", code="tt-0003-01^Creatinine^WinPath", **person):
    return wire(
        msh("ORU^R01", control_id),
        pid(**person),
        f"OBR|1||{order}^LAB|us-0003^UREA AND ELECTROLYTES^WinPath|||20260501140643||||||||||||||||||F",
        f"OBX|1|NM|{code}||{value}|UMOLL|||||{status}|||20260501140643",
    )


def run(coroutine, seconds=30):
    """Every test ends, also when something waits for ever."""

    async def bounded():
        return await asyncio.wait_for(coroutine, seconds)

    return asyncio.run(bounded())
