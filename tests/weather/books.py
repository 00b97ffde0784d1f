"""The form of an account: a line for each door in and out, what is counted and what must be nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from hub.store.rows import Ledger

__all__ = ["Account", "Line"]

_SHOWN = 5


@dataclass
class Line:
    """counted: what is printed. The others name what is wrong; false: what nobody sent, was refused, or says something else."""

    name: str
    counted: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> dict[str, list[str]]:
        return {"lost": self.lost, "doubled": self.doubled, "out of order": self.disordered, "false": self.false}

    @property
    def faults(self) -> list[str]:
        return [
            f"{self.name}: {what}: {', '.join(each[:_SHOWN])}{' …' if len(each) > _SHOWN else ''}"
            for what, each in self.wrong.items()
            if each
        ]

    def __str__(self) -> str:
        counts = "  ".join(f"{name} {number:,}" for name, number in self.counted.items())
        return f"{self.name:<10} {counts}  |  " + "  ".join(f"{what} {len(each)}" for what, each in self.wrong.items())


@dataclass
class Account:
    lines: list[Line]
    ledger: Ledger

    @property
    def faults(self) -> list[str]:
        found = [fault for line in self.lines for fault in line.faults]
        return found if self.ledger.balanced else [*found, f"the ledger does not balance: {self.ledger}"]

    def check(self) -> None:
        assert not self.faults, "\n".join([str(self), *self.faults])

    def __str__(self) -> str:
        return "\n".join([*map(str, self.lines), f"{'ledger':<10} {'balanced' if self.ledger.balanced else 'NOT BALANCED'}"])
