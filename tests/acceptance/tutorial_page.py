"""A tutorial as a script: the files it shows are written, its commands run in a shell, and what it shows must come out.

    ```map mappings/local/airedale/zpi.map      a file: the language, then where it is kept
    ```map +mappings/local/airedale/zpi.map     lines that are added to it
    ```console                                  commands behind `$ `, then what they print (standard error too)

In what is shown, `…` stands for any text, and on a line of its own for any number of lines. Commands end with 0, or with the
number that the page shows as `exit 1` below them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

_FENCE = re.compile(r"^```(\S+)(?: +(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXIT = re.compile(r"^exit (\d+)$")


@dataclass(frozen=True, slots=True)
class PageFile:
    path: str
    text: str
    added: bool = False


@dataclass(frozen=True, slots=True)
class PageCommand:
    command: str
    shown: tuple[str, ...]
    exit: int
    line: int


def read_page(text: str) -> Iterator[PageFile | PageCommand]:
    for block in _FENCE.finditer(text):
        kind, path, body = block.groups()
        if kind == "console":
            yield from _commands(body, text[: block.start()].count("\n") + 2)
        elif path is not None:
            yield PageFile(path.removeprefix("+"), body, added=path.startswith("+"))


def _commands(body: str, first_line: int) -> Iterator[PageCommand]:
    lines = body.splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("$ ")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        shown = lines[start + 1 : end]
        code = _EXIT.match(shown[-1]) if shown else None
        yield PageCommand(lines[start][2:], tuple(shown[:-1] if code else shown), int(code.group(1)) if code else 0, first_line + start)


def agrees(shown: Sequence[str], printed: str) -> bool:
    """Blanks at the end of lines and empty lines at both ends do not count."""
    pieces = []
    for is_gap, lines in groupby("\n".join(shown).strip("\n").splitlines(), key=lambda line: line.strip() == "…"):
        pieces.append(r"(?:.*\n)*?" if is_gap else "".join(_line(line) for line in lines))
    text = "".join(f"{line.rstrip()}\n" for line in printed.strip("\n").splitlines())
    return re.fullmatch("".join(pieces), text) is not None


def _line(line: str) -> str:
    return ".*".join(map(re.escape, line.rstrip().split("…"))) + r"\n"
