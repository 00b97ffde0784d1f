"""The page about states: diagrams and tables made from the tables of hub.core.lifecycle. https://mermaid.js.org/syntax/stateDiagram.html"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

from hub.core.lifecycle import ANSWER_LIFE, DELIVERY_LIFE, MESSAGE_LIFE, AckOutcome, DeliveryState, Failure, MessageState, Move, settle

__all__ = ["lifecycle"]

S = TypeVar("S", bound=StrEnum)

_MESSAGE = {
    MessageState.PENDING: "archived, not yet processed",
    MessageState.COMMITTED: "its effect is in the record",
    MessageState.FILTERED: "a map or a policy says that there is nothing to do",
    MessageState.DUPLICATE: "the same source, control id and bytes again",
    MessageState.REFUSED: "the sender's fault, and the sender was told",
    MessageState.PARKED: "waits for a person, and holds its lane",
    MessageState.SKIPPED: "put aside for good, with a reason",
}
_ANSWER = {
    AckOutcome.PENDING: "not known to have been written",
    AckOutcome.DELIVERED: "written to the connection",
    AckOutcome.UNDELIVERED: "the connection went before it could be written",
    AckOutcome.NOT_OWED: "files, replays, corrections, the API",
}
_DELIVERY = {
    DeliveryState.DUE: "owed, not yet tried",
    DeliveryState.IN_FLIGHT: "on its way, in the hands of one hub",
    DeliveryState.DELIVERED: "accepted by the destination",
    DeliveryState.WAITING: "failed, tried again at its time",
    DeliveryState.DEAD: "a dead letter: waits for a person",
}


def lifecycle() -> Iterator[str]:
    yield "Three things are never mixed: what became of a message here, what its sender was told, and what each destination did with it."
    yield "The tables are those that the stores obey (hub/core/lifecycle.py); a move that is not here is refused."
    yield from _leg("A message", _MESSAGE, MESSAGE_LIFE, begins=MessageState.PENDING)
    yield from _leg("What its sender was told", _ANSWER, ANSWER_LIFE, begins=AckOutcome.PENDING)
    yield from _leg("A delivery", _DELIVERY, DELIVERY_LIFE, begins=DeliveryState.DUE)
    yield "\n## Where a failed delivery goes\n"
    yield "| failure | destination | in time | after retry.for |\n|---|---|---|---|"
    for failure in Failure:
        for idempotent in (True, False):
            ends = (settle(failure, expired=expired, idempotent=idempotent) for expired in (False, True))
            yield f"| {failure} | {'idempotent' if idempotent else 'not idempotent'} | {' | '.join(ends)} |"


def _leg(title: str, meaning: Mapping[S, str], life: Sequence[Move[S]], *, begins: S) -> Iterator[str]:
    yield f"\n## {title}\n"
    yield "| state | means |\n|---|---|"
    for state, text in meaning.items():
        yield f"| {state} | {text} |"
    yield "\n```mermaid\nstateDiagram-v2"
    for state in meaning:
        if _name(state) != state:
            yield f'    state "{state}" as {_name(state)}'
    yield f"    [*] --> {_name(begins)}"
    for move in life:
        yield f"    {_name(move.before)} --> {_name(move.after)}: {move.when} ({move.by})"
    for state in meaning:
        if not any(move.before is state for move in life):
            yield f"    {_name(state)} --> [*]"
    yield "```"


def _name(state: StrEnum) -> str:
    """A hyphen means something else in a diagram."""
    return state.replace("-", "_")
