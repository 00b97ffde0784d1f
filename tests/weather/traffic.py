"""Traffic that does not give up: senders and FHIR clients that repeat what was not answered, as real ones do, through every weather.

Each feed is one lane: its messages are numbered, and number n + 1 is not sent before n was answered. So what was answered is always the
first so many, and what the record and the destinations hold of a feed can be put in order.
"""

import threading
from dataclasses import dataclass, field
from itertools import cycle
from threading import Event

import httpx

from tests.acceptance.mllp_hub import registration, result
from tests.acceptance.mllp_sender import HubGone, connected

__all__ = ["FhirFeed", "MllpFeed", "Traffic"]

_PAUSE = 0.05  # seconds before a hub that is gone is tried again
_PATIENCE = 60.0  # seconds that a sender waits for an answer
REGISTERS, SAME_ORDER = 7, 10
FHIR = {"content-type": "application/fhir+json"}
NHS = "https://fhir.nhs.uk/Id/nhs-number"


@dataclass
class MllpFeed:
    """One person's results from one laboratory, and now and then a registration. addresses: of hubs, any of which may take it."""

    name: str
    answered_early: bool  # when the message is kept, before it is processed
    addresses: list[tuple[str, int]]
    sent: list[bytes] = field(default_factory=list)
    acknowledged: int = 0
    repeated: int = 0
    refused: list[str] = field(default_factory=list)

    def control_id(self, number: int) -> str:
        return f"{self.name}N{number}"

    def registers(self, number: int) -> bool:
        return number % REGISTERS == 0

    def body(self, number: int) -> bytes:
        """Each message changes the record: a value or a name that is its number."""
        control_id = self.control_id(number)
        if self.registers(number):
            return registration(control_id, nhs="", local=self.name, event="A31", name=f"Brook^N{number}")
        return result(control_id, f"{number}", order=f"{self.name}O{number // SAME_ORDER}", nhs="", local=self.name)

    def pour(self, stop: Event) -> None:
        for address in cycle(self.addresses):
            if stop.is_set():
                return
            try:
                with connected(address, _PATIENCE) as sender:
                    while not stop.is_set():
                        self._send(sender)
            except (HubGone, OSError):
                stop.wait(_PAUSE)

    def _send(self, sender) -> None:
        number = self.acknowledged
        if number < len(self.sent):
            self.repeated += 1
        else:
            self.sent.append(self.body(number))
        answer = sender.send(self.sent[number])
        if (answer.code, answer.control_id) != ("AA", self.control_id(number)):
            self.refused.append(f"{self.control_id(number)}: {answer.code}")
        self.acknowledged = number + 1


@dataclass
class FhirFeed:
    """One person's plans: made with If-None-Exist, then written anew some times. A request without an answer is sent again as it was."""

    name: str
    addresses: list[str]
    nhs: str
    sent: int = 0
    acknowledged: int = 0
    repeated: int = 0
    refused: list[str] = field(default_factory=list)
    person: str | None = None
    plan: str | None = None

    def title(self, number: int) -> str:
        return f"{self.name}N{number}"

    def creates(self, number: int) -> bool:
        return number % SAME_ORDER == 0

    def pour(self, stop: Event) -> None:
        for address in cycle(self.addresses):
            if stop.is_set():
                return
            try:
                with httpx.Client(base_url=address, headers=FHIR, timeout=_PATIENCE) as client:
                    while not stop.is_set() and self._send(client):
                        pass
            except httpx.ConnectError:
                pass
            except httpx.HTTPError:
                self.repeated += 1  # it may have been taken, and is sent again
            stop.wait(_PAUSE)

    def _send(self, client: httpx.Client) -> bool:
        """Whether the hub answers."""
        if self.person is None:
            return self._register(client)
        number = self.acknowledged
        self.sent = number + 1
        answer = self._create(client, number) if self.creates(number) else self._update(client, number)
        if answer.status_code == 503:
            return False
        if answer.status_code not in {200, 201}:
            self.refused.append(f"{self.title(number)}: {answer.status_code}")
        elif self.creates(number):
            self.plan = answer.json()["id"]
        self.acknowledged = number + 1
        return True

    def _register(self, client: httpx.Client) -> bool:
        person = {"resourceType": "Patient", "identifier": [{"system": NHS, "value": self.nhs}], "name": [{"family": self.name}]}
        answer = client.post("Patient", json=person, headers={"if-none-exist": f"identifier={NHS}|{self.nhs}"})
        if answer.status_code == 503:
            return False
        assert answer.status_code in {200, 201}, answer.text
        self.person = answer.json()["id"]
        return True

    def _create(self, client: httpx.Client, number: int) -> httpx.Response:
        return client.post("CarePlan", json=self._plan(number), headers={"if-none-exist": f"identifier=urn:weather|{self.title(number)}"})

    def _update(self, client: httpx.Client, number: int) -> httpx.Response:
        return client.put(f"CarePlan/{self.plan}", json=self._plan(number) | {"id": self.plan})

    def _plan(self, number: int) -> dict:
        first = number - number % SAME_ORDER
        return {
            "resourceType": "CarePlan",
            "identifier": [{"system": "urn:weather", "value": self.title(first)}],
            "status": "active",
            "intent": "plan",
            "title": self.title(number),
            "subject": {"reference": f"Patient/{self.person}"},
            "activity": [{"detail": {"status": "scheduled", "description": "Nebuliser first"}}],
        }


class Traffic:
    """All feeds, each on a thread of its own, until it is stopped."""

    def __init__(self, messages: list[MllpFeed], plans: list[FhirFeed]) -> None:
        self.messages = messages
        self.plans = plans
        self._stop = Event()
        self._failures: list[BaseException] = []
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        self._stop.clear()
        self._threads = [threading.Thread(target=self._pour, args=(feed,), name=feed.name) for feed in (*self.messages, *self.plans)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """When each has the answer that it waits for."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        if self._failures:
            raise self._failures[0]

    @property
    def acknowledged(self) -> int:
        return sum(feed.acknowledged for feed in (*self.messages, *self.plans))

    def _pour(self, feed: MllpFeed | FhirFeed) -> None:
        try:
            feed.pour(self._stop)
        except BaseException as failure:  # noqa: BLE001 -- raised where it is waited for
            self._failures.append(failure)
