"""The reviewed list of what is lost: accepted_losses.yaml, and the page that is made of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from hub.mapping.values.primitives import Misread, reader_of
from tests.property.mapping.round_trip_checks import Loss

__all__ = ["FORMS", "Accepted", "accepted_losses", "covers", "is_accepted", "render_page"]

FILE = Path(__file__).with_name("accepted_losses.yaml")


@dataclass(frozen=True)
class Accepted:
    """map, place: as in Loss; map "*" is every map, and the place is then one of FORMS. comes_back: the example, there and back.

    of: the map of the example, where the loss is not its own. before, after: only this loss, where they are said.
    """

    map: str
    place: str
    direction: str  # "v2" or "fhir": where it began
    reason: str
    example: object
    comes_back: object
    of: str = ""
    before: str | None = None
    after: str | None = None


def _read(kind: str, text: str) -> object:
    try:
        return reader_of(kind)(text, "Europe/London")[0]
    except Misread:
        return None


def _same_time(before: str, after: str) -> bool:
    """Read as a time, both are the same."""
    return any(_read(kind, before) == _read(kind, after) is not None for kind in ("dateTime", "time")) or (
        before.endswith("Z") and after == before.removesuffix("Z") + "+00:00"
    )


def _only_the_day(before: str, after: str) -> bool:
    days = (after, after.replace("-", ""))
    return len(after) in {4, 6, 7, 8, 10} and any(day and before.replace("-", "").startswith(day.replace("-", "")) for day in days)


FORMS: dict[str, Callable[[str, str], bool]] = {
    "a time": _same_time,
    "a time where HL7 has a date": _only_the_day,
    "a number": lambda before, after: _read("decimal", before) == _read("decimal", after) is not None,
    "a code": lambda before, after: bool(before and after),
}


@cache
def accepted_losses() -> tuple[Accepted, ...]:
    return tuple(Accepted(**each) for each in yaml.safe_load(FILE.read_text(encoding="utf-8")))


def is_accepted(loss: Loss) -> bool:
    return any(covers(each, loss) for each in accepted_losses())


def covers(accepted: Accepted, loss: Loss) -> bool:
    if accepted.map == "*":
        is_code = accepted.place == "a code"
        return (loss.is_coded if is_code else True) and FORMS[accepted.place](loss.before, loss.after)
    if (accepted.map, accepted.place) != (loss.map, loss.place):
        return False
    return accepted.before in {None, loss.before} and accepted.after in {None, loss.after}


def render_page() -> str:
    lines = [
        "# Accepted losses",
        "",
        "What does not come back the same when it goes from HL7 v2 to FHIR and back, or from FHIR to v2 and back, with the reason.",
        "Made from `tests/property/mapping/accepted_losses.yaml`; the generated round trips fail on any other loss, and each example is run.",
        "What maps drop, keep or read one way is not here: with the archived message it comes back as it came (`docs/mapping-language.md`, Residue).",
        "",
        "| map | place | begins as | example | comes back as | why |",
        "|---|---|---|---|---|---|",
    ]
    for each in accepted_losses():
        cells = (
            "every map" if each.map == "*" else each.map,
            each.place,
            each.direction,
            _code(each.example),
            _code(each.comes_back),
            each.reason,
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _code(value: object) -> str:
    text = value if isinstance(value, str) else yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=1000).strip()
    return "`" + text.replace("|", "\\|") + "`" if text else ""
