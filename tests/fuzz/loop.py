"""The loop: an input that takes a new way through the code is kept, and others are made from it, until nothing new comes for a while."""

from __future__ import annotations

import random
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field

from arcs import take_arcs
from targets import Broken, Target

LONGEST = 10.0  # seconds of work for one input, however busy the machine is: beyond that it does not end


class Endless(BaseException):
    """Not an Exception: what is run must not catch it."""


@dataclass
class Finding:
    """place: where in the code, which makes two findings the same."""

    target: str
    place: str
    what: str
    text: str


@dataclass
class Report:
    target: str
    executions: int = 0
    arcs: int = 0
    corpus: int = 0
    seconds: float = 0.0
    plateau: bool = False
    findings: list[Finding] = field(default_factory=list)

    def __str__(self) -> str:
        end = "plateau" if self.plateau else "stopped"
        return f"{self.target:<10}{self.executions:>9,} executions {self.arcs:>7,} arcs {self.corpus:>6,} inputs kept  {self.seconds:>6.0f} s  {len(self.findings)} findings  {end}"


def run_once(target: Target, text: str) -> Finding | None:
    """None when every promise was kept."""
    signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST)
    try:
        target.run(text)
    except Broken as broken:
        return Finding(target.name, str(broken).split(":")[0], str(broken), text)
    except Endless:
        return Finding(target.name, "endless", f"no end after {LONGEST:.0f} s", text)
    except Exception as error:  # noqa: BLE001 -- that is what is looked for
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/hub/" in frame.filename]
        place = f"{frames[-1].filename.partition('/hub/')[2]}:{frames[-1].lineno}" if frames else "?"
        return Finding(target.name, f"{type(error).__name__} at {place}", f"{type(error).__name__}: {error}"[:200], text)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return None


def _ring(_number: int, _frame: object) -> None:
    raise Endless


def fuzz(target: Target, seed: int, *, plateau: int, seconds: float, most: int = 10**9, tell: Callable[[str], None] = print) -> Report:
    """plateau: how many inputs without a new arc end it."""
    signal.signal(signal.SIGVTALRM, _ring)
    chance = random.Random(f"{target.name} {seed}")
    report = Report(target.name)
    known: set[tuple[int, int]] = set()
    corpus: list[str] = []
    places: set[str] = set()
    began, last = time.monotonic(), 0

    def execute(text: str) -> bool:
        nonlocal last
        take_arcs()
        found = run_once(target, text)
        arcs = take_arcs()
        report.executions += 1
        if found is not None and found.place not in places:
            places.add(found.place)
            report.findings.append(shrink(target, found))
            take_arcs()
            tell(f"{target.name}: {found.place}: {found.what}")
        if arcs <= known:
            return False
        known.update(arcs)
        last = report.executions
        return True

    for text in target.seeds:
        execute(text)
        corpus.append(text)
    while report.executions < most and time.monotonic() - began < seconds:
        if report.executions - last >= plateau:
            report.plateau = True
            break
        # half from what was found lately: it leads on
        text = chance.choice(corpus[-20:] if chance.random() < 0.5 else corpus)
        changed = target.mutate(chance, text, chance.choice(corpus), target.words)
        if execute(changed):
            corpus.append(changed)
    report.arcs, report.corpus, report.seconds = len(known), len(corpus), time.monotonic() - began
    return report


def shrink(target: Target, found: Finding, most: int = 300) -> Finding:
    """The same fault with less text: pieces are taken out, large ones first."""
    text, tries = found.text, 0
    size = len(text) // 2
    while size and tries < most and found.place != "endless":
        at = 0
        while at < len(text) and tries < most:
            tries += 1
            shorter = text[:at] + text[at + size :]
            again = run_once(target, shorter)
            if again is not None and again.place == found.place:
                text, found = shorter, again
            else:
                at += size
        size //= 2
    return found
