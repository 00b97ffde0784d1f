"""A batch that came as one transmission: each message a receipt of its own, in order; the envelope kept; a batch of answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Final

from hub.codec.hl7v2.envelope import Transmission, answer_batches
from hub.core.lifecycle import AckOutcome, MessageState
from hub.engine.preparing import Surroundings
from hub.engine.settlement import reason_of
from hub.sdk.message import Message, Outcome, Receipt
from hub.store.contract import Transaction
from hub.store.rows import Arrival

__all__ = ["MOST_MESSAGES", "take_batch"]

MOST_MESSAGES: Final = 10_000
_LONGEST_CONTROL_ID: Final = 20


async def take_batch(
    read: Transmission, message: Message, take: Callable[[Message], Awaitable[Receipt]], source: str, around: Surroundings
) -> Receipt:
    """When a message in it cannot be kept, there is no answer to the batch: those before it are known when it comes again."""
    receipts: list[list[Receipt]] = []
    for batch in read.batches:
        receipts.append([])
        for body in batch.messages:
            receipt = await take(replace(message, body=body))
            if receipt.outcome is Outcome.UNAVAILABLE:
                return receipt
            receipts[-1].append(receipt)
    kept = await around.store.submit(lambda tx: _keep_envelope(tx, read, message, source, around))
    every = [receipt for several in receipts for receipt in several]
    refused = any(receipt.outcome is Outcome.REFUSED for receipt in every)
    return replace(
        _answer(read, receipts, around, is_owed=not every),
        id=kept,
        outcome=Outcome.REFUSED if refused else Outcome.ACCEPTED,
        following=_following(read, receipts, around),
    )


def _keep_envelope(tx: Transaction, read: Transmission, message: Message, source: str, around: Surroundings) -> int:
    """A receipt of its own, without effect: with the messages, every byte that came is there."""
    kind = "FHS" if read.header is not None else "BHS"
    digest = sha256(read.envelope).digest()
    arrival = Arrival(
        source, read.envelope, digest, around.clock.now(), message_type=kind, peer=message.peer, media_type=message.media_type
    )
    receipt = tx.archive(arrival)
    tx.conclude(receipt, ack_outcome=AckOutcome.NOT_OWED)
    tx.move(receipt, MessageState.FILTERED, reason=reason_of(read.findings) or f"the envelope of {read.messages} messages")
    return receipt


def _answer(read: Transmission, receipts: Sequence[Sequence[Receipt]], around: Surroundings, *, is_owed: bool) -> Receipt:
    """is_owed: also where no message in it is answered."""
    answers = [[receipt.answer for receipt in several if receipt.answer is not None] for several in receipts]
    if not is_owed and not any(answers):
        return Receipt(Outcome.ACCEPTED)
    control_id = around.ids.new().replace("-", "")[:_LONGEST_CONTROL_ID]
    text = answer_batches(read, answers, control_id=control_id, at=around.clock.now())

    def told(written: bool) -> None:
        for several in receipts:
            for receipt in several:
                if receipt.told is not None and receipt.answer is not None:
                    receipt.told(written)

    return Receipt(Outcome.ACCEPTED, text, told=told)


def _following(read: Transmission, receipts: Sequence[Sequence[Receipt]], around: Surroundings) -> asyncio.Future[Receipt | None] | None:
    """The second answers, when all are there, as one batch."""
    if not any(receipt.following is not None for several in receipts for receipt in several):
        return None

    async def gather() -> Receipt | None:
        found = [await asyncio.gather(*(each.following for each in several if each.following is not None)) for several in receipts]
        answer = _answer(read, [[each for each in several if each is not None] for several in found], around, is_owed=False)
        return answer if answer.answer is not None else None

    return asyncio.ensure_future(gather())
