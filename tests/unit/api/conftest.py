"""The FHIR face in this process, over a real store: requests go through the ASGI application, without a socket."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from hub.access.doors import DevelopmentDoor
from hub.api.face import Face, Limits
from hub.api.server import build_server
from hub.care.sharing import permit_all
from hub.core.caller import Caller
from hub.core.errors import StoreError
from hub.core.visibility import Visibility
from hub.documents.narrative import narrate
from hub.engine.supervisor import Engine
from hub.mapping.functions import REGISTRY
from hub.mapping.mapset import load
from hub.store.rows import AuditRow
from hub.store.sqlite import SqliteStore, open_store

BASE = "http://localhost/fhir"
EYE = Visibility.system("test")
NHS = "https://fhir.nhs.uk/Id/nhs-number"
ADA, BEN = "9990000018", "9990000026"
FHIR = {"content-type": "application/fhir+json"}


class Ticking:
    """A second between any two questions."""

    def __init__(self) -> None:
        self._seconds = count()

    def now(self) -> datetime:
        return datetime(2026, 11, 23, 9, 30, tzinfo=UTC) + timedelta(seconds=next(self._seconds))


class Numbered:
    def __init__(self) -> None:
        self._numbers = count(1)

    def new(self) -> str:
        return f"new-{next(self._numbers)}"


class Failing:
    """A store of which some methods fail."""

    def __init__(self, store: SqliteStore, methods: set[str], error: Exception) -> None:
        self._store, self._methods, self._error = store, methods, error

    def __getattr__(self, name: str) -> object:
        if name not in self._methods:
            return getattr(self._store, name)

        async def fail(*_: object, **__: object) -> None:
            raise self._error

        return fail


@dataclass
class Api:
    """A hub's face and a client of it. Everything runs on one event loop."""

    runner: asyncio.Runner
    face: Face
    server: Starlette

    def request(self, method: str, path: str, **more: object) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self.server, raise_app_exceptions=False)) as client:
                return await client.request(method, path if path.startswith("http") else BASE + path, **more)

        return self.runner.run(ask())

    def get(self, path: str, **more: object) -> httpx.Response:
        return self.request("GET", path, **more)

    def post(self, path: str, **more: object) -> httpx.Response:
        return self.request("POST", path, **{"headers": FHIR, **more})

    def put(self, path: str, body: dict, **headers: str) -> httpx.Response:
        return self.request("PUT", path, json=body, headers={**FHIR, **headers})

    def make(self, resource: dict) -> str:
        """Create it; its id."""
        answer = self.post(f"/{resource['resourceType']}", json=resource)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def audit(self) -> list[AuditRow]:
        """Oldest first."""
        return list(self.runner.run(self.face.store.audit_rows(EYE, limit=1000)))[::-1]

    def traces(self) -> list[tuple[str, str, str, str | None]]:
        return [(row.interaction, row.action, row.outcome, row.resource) for row in self.audit()]

    def permitting(self, permit: Callable[[Caller], Visibility]) -> "Api":
        return self.seen_by(replace(self.face, permit=permit))

    def limited(self, **limits: int) -> "Api":
        return self.seen_by(replace(self.face, limits=replace(Limits(), **limits)))

    def failing(self, *methods: str, error: Exception | None = None) -> "Api":
        return self.seen_by(replace(self.face, store=Failing(self.face.store, set(methods), error or StoreError("planted"))))

    def seen_by(self, face: Face) -> "Api":
        return Api(self.runner, face, build_server(face))


async def no_metrics() -> bytes:
    return b""


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    with asyncio.Runner() as runner:
        store = open_store(tmp_path / "hub.db", synchronous="OFF")
        clock = Ticking()
        face = Face(
            base=BASE,
            store=store,
            engine=Engine(store=store, maps=load({}, {}, REGISTRY), clock=clock, ids=Numbered()),
            clock=clock,
            door=DevelopmentDoor(),
            permit=permit_all,
            narrate=narrate,
            page_key=b"k" * 32,
            software_version="0",
            metrics=no_metrics,
        )
        yield Api(runner, face, build_server(face))
        runner.run(store.close())


def patient(number: str | None = ADA, **more: object) -> dict:
    identifier = {"identifier": [{"system": NHS, "value": number}]} if number else {}
    return {"resourceType": "Patient", **identifier, "name": [{"family": "Brook", "given": ["Ada"]}], "birthDate": "1941-03-07", **more}


def observation(
    person: str | None = None, value: float | str = 98, when: str = "2026-11-22T10:00:00Z", code: str = "8867-4", **more: object
) -> dict:
    subject = {"subject": {"reference": f"Patient/{person}"}} if person else {}
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        **subject,
        "effectiveDateTime": when,
        "valueQuantity": {"value": value, "unit": "/min"},
        **more,
    }
