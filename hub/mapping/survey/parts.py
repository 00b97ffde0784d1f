"""How much of one value is read: all of it, its first leaf, or some of its components. HL7 v2 chapter 2, section 2.5."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

__all__ = ["Parts", "unread_parts"]

_SUBCOMPONENT: Final = 2  # the level at which a text is divided by `&`; nothing divides it further


@dataclass(slots=True)
class Parts:
    """whole: nothing of it is lost. leaf: its first leaf is read, as of a TS that is read as a time. below: by component, from 1."""

    whole: bool = False
    leaf: bool = False
    below: dict[int, Parts] = field(default_factory=dict)

    def part(self, *numbers: int | None) -> Parts:
        """A component, a subcomponent of it; None is the value itself."""
        here = self
        for number in numbers:
            if number is None:
                break
            here = here.below.setdefault(number, Parts())
        return here

    @property
    def is_read(self) -> bool:
        return self.whole or self.leaf or any(part.is_read for part in self.below.values())


_LEAF: Final = Parts(leaf=True)


def unread_parts(text: str, readers: Sequence[Parts], separators: Sequence[str], level: int = 1) -> Iterator[tuple[int, ...]]:
    """The populated components that no reader reads, (9, 2) for the second subcomponent of the ninth; () where there is no reader.

    separators: by level, as a Run has them.
    """
    readers = [reader for reader in readers if reader.is_read]
    if not readers:
        yield ()
        return
    if any(reader.whole for reader in readers):
        return
    leaf = any(reader.leaf for reader in readers)
    for number, piece in enumerate(text.split(separators[level]), 1):
        if not piece:
            continue
        below = [reader.below[number] for reader in readers if number in reader.below]
        if number == 1 and leaf:
            below.append(_LEAF)
        if level < _SUBCOMPONENT:
            yield from ((number, *rest) for rest in unread_parts(piece, below, separators, level + 1))
        elif not any(reader.is_read for reader in below):
            yield (number,)
