"""A hub that owes plans to one destination: posted by a GP, written by a map of the tests' own, sent over a real socket."""

from contextlib import asynccontextmanager
from datetime import timedelta

from connectors.mllp import MllpDestination
from connectors.mllp.limits import Limits
from hub.core.caller import Caller
from hub.engine.change import Change, Kind
from hub.engine.configuration import DestinationConfig, Retry, RouteConfig
from hub.mapping.conversion import Written
from hub.mapping.functions import REGISTRY
from hub.mapping.mapset import load
from tests.acceptance.mllp_hub import EYE, running, until

ROUTES = (RouteConfig("CarePlan", "documents/plan", ("airedale",)),)
QUICK = Retry(initial=timedelta(milliseconds=20), maximum=timedelta(milliseconds=50), lasting=timedelta(seconds=20))
CONFIG = DestinationConfig("airedale", organisation="RCF", retry=QUICK)
GP = Caller("gp", organisation="B85999")
NO_MAPS = load({}, {}, REGISTRY)


class Writes:
    """A map set with one map, which writes a title and who was handed over; no title, no message."""

    digest, texts, program = NO_MAPS.digest, NO_MAPS.texts, NO_MAPS.program

    def get(self, name):
        return self if name == "plan" else None

    def find_message_map(self, message):
        return None

    def backward(self, resources, *, params, givens, version="2.4"):
        plan = resources[0]
        if "title" not in plan:
            return Written(None)
        if plan["title"] == "break":
            raise ValueError("Greenwood 9990000018")
        types = "^".join(resource["resourceType"] for resource in resources)
        msh = f"MSH|^~\\&|HUB|HUB|PAS|RCF|{givens['written_at']}||MDM^T02|{givens['control_id']}|P|{version}"
        return Written(f"{msh}\rTXA|1|{plan['title']}|{types}\r".encode())


@asynccontextmanager
async def owing(folder, port, config=CONFIG, answer=1.0):
    destination = MllpDestination(f"127.0.0.1:{port}", Limits(answer=answer))
    async with running(folder, maps=Writes(), destinations=(config,), routes=ROUTES, receivers={"airedale": destination}) as hub:
        yield hub


async def post_plan(hub, title="plan", id_=None, person="p1"):
    patient = {"resourceType": "Patient", "id": person, "identifier": [{"system": "urn:x", "value": person}]}
    plan = {"resourceType": "CarePlan", "status": "active", "intent": "plan", "subject": {"reference": f"Patient/{person}"}}
    plan |= {"title": title} if title else {}
    plan |= {"author": {"reference": "Practitioner/dr"}}
    kind = Kind.UPDATE if id_ else Kind.CREATE
    changes = [
        Change(Kind.UPDATE, "Patient", patient, id=person),
        Change(Kind.UPDATE, "Practitioner", {"resourceType": "Practitioner", "id": "dr"}, id="dr"),
        Change(kind, "CarePlan", plan, id=id_),
    ]
    return await hub.engine.apply(changes, caller=GP, interaction="transaction", body=title.encode())


async def states(hub):
    ledger = await hub.store.ledger(EYE)
    assert ledger.balanced
    return {state: number for state, number in ledger.destinations["airedale"].items() if number}


def settled(hub, **expected):
    async def holds():
        return await states(hub) == expected

    return until(holds)
