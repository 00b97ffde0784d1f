"""Destinations in bad weather: a hospital that keeps what it got, and now and then does not answer, closes, or is not there."""

from dataclasses import dataclass
from hashlib import sha256
from random import Random

from tests.acceptance.hospital import Hospital, segments

__all__ = ["Arrival", "Ward"]


@dataclass(frozen=True, slots=True)
class Arrival:
    title: str
    control_id: str
    digest: bytes


class _Arrivals(list[Arrival]):
    """Of each message what the account asks for, so that a long storm fits into memory."""

    def append(self, body: bytes) -> None:
        found = segments(body)
        super().append(Arrival(found["OBX"][3].split("^")[1], found["MSH"][10], sha256(body).digest()))


class Ward(Hospital):
    """idempotent: whether the hub may send it the same message twice. moods: how often in a hundred it ends the connection instead of
    answering, and how often it answers for another message."""

    def __init__(self, name: str, *, idempotent: bool, moods: int = 2, seed: int = 0) -> None:
        super().__init__()
        self.name = name
        self.idempotent = idempotent
        self.received = _Arrivals()
        self._moods = moods
        self._chance = Random(seed)

    def next_way(self) -> str:
        return self._chance.choices(("close", "late", "AA"), (self._moods, self._moods, 100))[0]
