"""The steps of the demo, in the order of the morning. Each says what went, what came back, and whether it held."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import perf_counter

import httpx

from hub.cli.demo import messages
from hub.cli.demo.analyst import Analyst
from hub.cli.demo.parties import HospitalInbox
from hub.cli.demo.reading import cpr_words, plan_lines, readings
from hub.core.json import Resource, parse_json, render_json
from hub.sdk import Exchange

FHIR_JSON = {"content-type": "application/fhir+json"}


@dataclass(frozen=True, slots=True)
class Step:
    """name: for machines. title: for people. lines: what went and what came back, in words a nurse could follow."""

    name: str
    title: str
    ok: bool
    milliseconds: float
    lines: tuple[str, ...]


@dataclass(slots=True)
class Morning:
    """What the steps share: where the hub listens, how messages are sent, and the hospital's own port."""

    fhir: str
    send: Callable[[bytes], Awaitable[Exchange]]
    inbox: HospitalInbox
    http: httpx.AsyncClient
    analyst: Analyst
    told: list[str] = field(default_factory=list)

    def say(self, line: str) -> None:
        self.told.append(line)

    async def step(self, name: str, title: str, work: Callable[[Morning], Awaitable[bool]]) -> Step:
        """Run one step. A step that breaks is a step that did not hold."""
        self.told = []
        begun = perf_counter()
        try:
            ok = await asyncio.wait_for(work(self), timeout=30)
        except (OSError, httpx.HTTPError, TimeoutError, LookupError, ValueError) as error:
            self.say(f"did not hold: {type(error).__name__}: {error}")
            ok = False
        return Step(name, title, ok, (perf_counter() - begun) * 1000, tuple(self.told))


async def register(morning: Morning) -> bool:
    ok = True
    for text in messages.admission_feed():
        exchange = await morning.send(text.encode())
        event, name = text.split("|")[8].split("^")[1], text.split("PID|")[1].split("|")[4]
        morning.say(f"→ ADT {event} for {' '.join(reversed(name.split('^')[:2]))}")
        morning.say(f"← {exchange.code}: {'it is in the record' if exchange.code == 'AA' else 'refused'} ({exchange.milliseconds:.1f} ms)")
        ok &= exchange.code == "AA"
    found = await _search(morning, "Patient", {"identifier": f"{messages.NHS}|{messages.ADA}"})
    morning.say(f"  the record has {len(found)} person with NHS number {messages.ADA}")
    return ok and len(found) == 1


async def measure(morning: Morning) -> bool:
    exchange = await morning.send(messages.gateway_reading().encode())
    morning.say("→ the gateway in Ada's home sends a blood pressure, a mean pressure, a saturation and a pulse (IHE PCD-01)")
    morning.say(f"← {exchange.code} ({exchange.milliseconds:.1f} ms)")
    found = await _search(morning, "Observation", {"code": "http://loinc.org|85354-9"})
    shown = readings(found)
    morning.say(f"  in the record: {'; '.join(shown) or 'nothing'}")
    return exchange.code == "AA" and len(found) == 1


async def plan(morning: Morning) -> bool:
    answer = await morning.http.post(f"{morning.fhir}/", content=render_json(messages.emergency_plan()), headers=FHIR_JSON)
    morning.say("→ the GP's system posts Ada's emergency care plan (a FHIR transaction: plan, author, daughter, CPR decision)")
    entries = parse_json(answer.content).get("entry", []) if answer.status_code == 200 else []
    created = sum(entry["response"]["status"].startswith("201") for entry in entries)
    morning.say(f"← {answer.status_code}: {created} made, {len(entries) - created} found in the record already")
    patients = await _search(morning, "Patient", {"identifier": f"{messages.NHS}|{messages.ADA}"})
    morning.say(f"  still {len(patients)} Ada Brook: the GP's and the hospital's are one person")
    return answer.status_code == 200 and len(patients) == 1


async def document(morning: Morning) -> bool:
    await asyncio.wait_for(morning.inbox.arrived.wait(), timeout=15)
    message = morning.inbox.received[0]
    morning.say(f"← the hospital's document system receives {message.message_code}^{message.trigger_event} on its own port, and answers AA")
    page = plan_lines(message)
    for line in page.lines:
        morning.say(f"  {line}")
    said = ("Nebuliser", "FOR cardiopulmonary resuscitation", "07700 900 001")
    return message.message_code == "MDM" and messages.ADA in page.text.replace(" ", "") and all(words in page.text for words in said)


async def ask(morning: Morning) -> bool:
    status, bundle, ms = await _emergency(morning, messages.ADA)
    morning.say(f"→ an ambulance crew asks: is there a plan for {messages.ADA}?")
    kinds = [entry["resource"]["resourceType"] for entry in bundle.get("entry", ())]
    composition = bundle["entry"][0]["resource"] if kinds else {}
    resources = [entry["resource"] for entry in bundle.get("entry", ())]
    morning.say(f"← {status} in {ms:.0f} ms: {composition.get('title', 'nothing')}")
    morning.say(f"  {cpr_words(resources)}")
    for resource in resources:
        for activity in resource.get("activity", ()) if resource["resourceType"] == "CarePlan" else ():
            detail = activity["detail"]
            morning.say(f"  when: {detail['reasonCode'][0]['text']} → {detail['description']}")
    contacts = [who for who in resources if who["resourceType"] in ("Practitioner", "RelatedPerson")]
    morning.say(
        "  ring: " + "; ".join(f"{who['name'][0]['given'][0]} {who['name'][0]['family']} {who['telecom'][0]['value']}" for who in contacts)
    )
    shown = readings([resource for resource in resources if resource["resourceType"] == "Observation"])
    morning.say(f"  latest readings: {'; '.join(shown)}")
    return status == 200 and "CarePlan" in kinds and len(contacts) == 2 and len(shown) >= 3


async def ask_others(morning: Morning) -> bool:
    known, bundle, _ = await _emergency(morning, messages.BEN)
    title = bundle["entry"][0]["resource"]["title"] if known == 200 else ""
    morning.say(f"→ and for {messages.BEN}?  ← {known}: {title}")
    unknown, _, _ = await _emergency(morning, messages.NOBODY)
    morning.say(f"→ and for {messages.NOBODY}?  ← {unknown}: nobody in this record has that number")
    slip, _, _ = await _emergency(morning, messages.ADA[:-1] + "9")
    morning.say(f"→ and with a slip of the pen?  ← {slip}: its check digit is wrong")
    return (known, unknown, slip) == (200, 404, 400) and "No emergency care plan" in title


async def explain(morning: Morning) -> bool:
    path = "Observation.valueQuantity.value"
    lines = await morning.analyst.explain("ORU^R01", path)
    morning.say(f"→ where did the readings' values come from? (calder map explain, {path})")
    for line in lines:
        morning.say(f"← {line}")
    return any("OBX[7]-5" in line for line in lines)


async def balance(morning: Morning) -> bool:
    ledger = await morning.analyst.ledger()
    for name, counts in ledger.sources.items():
        morning.say(f"  {name}: received {counts['received']} = {_sum(counts, 'received')}")
    for name, counts in ledger.destinations.items():
        morning.say(f"  {name}: owed {counts['owed']} = {_sum(counts, 'owed')}")
    morning.say("  it balances" if ledger.balanced else "  it does NOT balance")
    return ledger.balanced


def _sum(counts: dict[str, int], whole: str) -> str:
    return " + ".join(f"{count} {state}" for state, count in counts.items() if state != whole and count) or "0"


STEPS: tuple[tuple[str, str, Callable[[Morning], Awaitable[bool]]], ...] = (
    ("register", "07:05  The hospital's ADT feed registers people", register),
    ("measure", "08:10  A home gateway sends readings", measure),
    ("plan", "08:45  The GP posts an emergency care plan", plan),
    ("document", "08:45  The hospital receives it as a document", document),
    ("ask", "09:30  An ambulance crew asks", ask),
    ("ask-others", "09:31  It asks for others", ask_others),
    ("explain", "09:40  An analyst asks where a value came from", explain),
    ("balance", "09:45  The ledger", balance),
)


async def _search(morning: Morning, type_: str, params: dict[str, str]) -> list[Resource]:
    answer = await morning.http.post(f"{morning.fhir}/{type_}/_search", data=params)
    answer.raise_for_status()
    return [entry["resource"] for entry in parse_json(answer.content).get("entry", ())]


async def _emergency(morning: Morning, nhs_number: str) -> tuple[int, Resource, float]:
    identifier = {"name": "identifier", "valueIdentifier": {"system": messages.NHS, "value": nhs_number}}
    question = {"resourceType": "Parameters", "parameter": [identifier]}
    begun = perf_counter()
    answer = await morning.http.post(f"{morning.fhir}/Patient/$emergency-care", content=render_json(question), headers=FHIR_JSON)
    return answer.status_code, parse_json(answer.content), (perf_counter() - begun) * 1000
