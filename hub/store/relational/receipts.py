"""Messages, as a caller reads them: their bytes, and where each stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from hub.core.lifecycle import AckOutcome, MessageState
from hub.core.visibility import Visibility
from hub.store.relational.connection import Connection
from hub.store.relational.instants import parse_instant
from hub.store.relational.limits import limits
from hub.store.relational.packing import unpack
from hub.store.rows import Receipt

__all__ = ["archived", "list_receipts", "receipt_of", "to_receipt", "unprocessed"]

_LAST: Final = 2**63 - 1


def receipt_of(connection: Connection, visibility: Visibility, receipt: int) -> Receipt | None:
    row = connection.execute(connection.queries["receipt"], {"receipt": receipt, **limits(visibility)}).fetchone()
    return None if row is None else to_receipt(row)


def list_receipts(
    connection: Connection,
    visibility: Visibility,
    *,
    state: MessageState | None,
    source: str | None,
    lane: str | None,
    limit: int,
    before: int | None,
) -> Sequence[Receipt]:
    # Committed messages are nearly all of them: going back from the newest finds a page at once, an index would have to sort them.
    name = "receipts" if state in (None, MessageState.COMMITTED) else "receipts_in_state"
    name = name if lane is None else "receipts_in_lane"
    given = {"state": state, "source": source, "lane": lane, "limit": limit, "before": _LAST if before is None else before}
    return [to_receipt(row) for row in connection.execute(connection.queries[name], given | limits(visibility))]


def archived(connection: Connection, visibility: Visibility, receipt: int) -> bytes | None:
    row = connection.execute(connection.queries["archived"], {"receipt": receipt, **limits(visibility)}).fetchone()
    return None if row is None else unpack(connection, *row)


def unprocessed(connection: Connection, visibility: Visibility, person: str) -> int:
    return int(connection.execute(connection.queries["unprocessed"], {"person": person, **limits(visibility)}).fetchone()[0])


def to_receipt(row: tuple[Any, ...]) -> Receipt:
    """The columns of @receipt_columns."""
    key, source, control_id, message_type, digest, received, state, reason, answer, ack_code, ack_outcome, *rest = row
    return Receipt(
        key,
        source,
        control_id,
        message_type,
        digest,
        parse_instant(received),
        MessageState(state),
        reason,
        answer,
        ack_code,
        AckOutcome(ack_outcome),
        *rest,
    )
