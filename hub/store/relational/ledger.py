"""The books: what came in and what was owed, against where it stands now."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from hub.core.lifecycle import DeliveryState, MessageState
from hub.core.visibility import Visibility
from hub.store.relational.connection import Connection
from hub.store.rows import Ledger

__all__ = ["ledger"]

_Account = dict[str, dict[str, int]]


def ledger(connection: Connection, visibility: Visibility) -> Ledger:
    """One snapshot of both sides. It cannot be cut by person or type: a limited caller gets an empty one."""
    if visibility.people is not None or visibility.types is not None:
        return Ledger()
    sources = _account(connection, "received", MessageState)
    destinations = _account(connection, "owed", DeliveryState)
    return Ledger(sources, destinations, balanced=_balances(sources, "received") and _balances(destinations, "owed"))


def _account(connection: Connection, counted: str, states: type[StrEnum]) -> _Account:
    account = {
        name: {counted: number} | dict.fromkeys(states, 0) for name, number in connection.execute(connection.queries[f"ledger_{counted}"])
    }
    for name, state, number in connection.execute(connection.queries["ledger_receipts" if counted == "received" else "ledger_deliveries"]):
        account[name][state] = number
    return {name: {str(key): number for key, number in line.items()} for name, line in account.items()}


def _balances(account: _Account, counted: str) -> bool:
    def states(line: dict[str, int]) -> Iterable[int]:
        return (number for key, number in line.items() if key != counted)

    return all(line[counted] == sum(states(line)) for line in account.values())
