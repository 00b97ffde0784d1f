"""Second answers to messages, as they are read."""

from __future__ import annotations

from typing import Any

from hub.core.lifecycle import AckOutcome
from hub.core.visibility import Visibility
from hub.store.relational.connection import Connection
from hub.store.relational.limits import limits
from hub.store.rows import ApplicationAnswer

__all__ = ["application_answer", "to_application_answer"]


def application_answer(connection: Connection, visibility: Visibility, receipt: int) -> ApplicationAnswer | None:
    row = connection.execute(connection.queries["application_answer"], {"receipt": receipt, **limits(visibility)}).fetchone()
    return None if row is None else to_application_answer(row)


def to_application_answer(row: tuple[Any, ...]) -> ApplicationAnswer:
    code, answer, outcome = row
    return ApplicationAnswer(code, answer, AckOutcome(outcome))
