"""Patient/$emergency-care: "is there a plan for this person?", answered at once and never ambiguously.

200 with a document (the plan, or a Composition coded no-plan), 404 nobody, 409 not one person, 503 the search could not be made.
A failure is never to be read as "no plan": everything unexpected here becomes 503.
"""

from __future__ import annotations

from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from hub.api.asking import Asking
from hub.api.operations.known import gather
from hub.api.operations.question import Question, find_person, read_question
from hub.api.replies import Refusal, reply
from hub.care.emergency_care import answer
from hub.core.json import Resource
from hub.engine.events import RequestFailed, emit
from hub.engine.transform import poison

OPERATION: Final = "$emergency-care"


async def emergency_care(request: Request, asking: Asking) -> Response:
    """What was answered stands in the audit before it is told; what cannot be audited is not told."""
    try:
        return await _respond(request, asking)
    except ClientDisconnect:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the crew must hear that the search could not be made
        emit(RequestFailed(poison(error).fault))
        raise _not_made() from None


async def _respond(request: Request, asking: Asking) -> Response:
    try:
        question = await read_question(request, asking)
        person, document = await _document(asking, question)
    except Refusal as refusal:
        await asking.refused()
        return refusal.response()
    asking.resource = f"Patient/{person}"
    await asking.looked([person])
    return reply(document)


async def _document(asking: Asking, question: Question) -> tuple[str, Resource]:
    person = await find_person(asking, question)
    patient = await asking.face.store.read(asking.visibility, "Patient", person)
    if patient is None or patient.deleted:
        raise Refusal(404, "not-found", "nobody in this record matches")
    known = await gather(asking, patient)
    return person, answer(known, now=asking.face.clock.now(), base=asking.face.base, narrate=asking.face.narrate)


def _not_made() -> Refusal:
    return Refusal(
        503,
        "transient",
        "the search could not be made: this does NOT mean that there is no plan; ask again",
        headers={"retry-after": "1"},
    )
