"""What an analyst at the hub asks: where a value came from, and whether the books balance."""

from __future__ import annotations

from dataclasses import dataclass

from hub.app.operator import as_operator
from hub.app.running import Hub
from hub.codec.hl7v2 import Message, parse_message
from hub.mapping.origin import convert_with_trace, find_origin
from hub.store.rows import Ledger


@dataclass(frozen=True, slots=True)
class Analyst:
    hub: Hub

    async def explain(self, message_type: str, path: str) -> list[str]:
        """One line for each value at `path` in the newest message of a type: target <- source, rule, file and line."""
        store, eyes = self.hub.store, as_operator("demo")
        receipt = next(one for one in await store.receipts(eyes, source="mllp") if one.message_type == message_type)
        body = await store.archived(eyes, receipt.id)
        message = parse_message(body or b"")
        maps = self.hub.maps.of("mllp")
        conversion = convert_with_trace(maps, message) if isinstance(message, Message) else None
        if conversion is None:
            raise LookupError("the message is not in the archive, or no map takes it")
        steps = find_origin(maps, conversion, path).steps
        return [f"{step.target} <- {step.source}   {step.rule}, {step.file}:{step.line}" for step in steps]

    async def ledger(self) -> Ledger:
        return await self.hub.store.ledger(as_operator("demo"))
