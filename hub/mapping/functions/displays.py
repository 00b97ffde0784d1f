"""Short texts for people: names, places and telephone numbers put together from their components, in NHS display style.

HL7 v2 chapter 2A (XCN, PL, XTN); https://service-manual.nhs.uk/content/how-to-write (names as `FAMILY, Given (Title)`).
"""

from __future__ import annotations

import re
from typing import Final

from hub.mapping.registry import Example, Function

__all__ = ["FUNCTIONS"]

_NAME: Final = re.compile(r"(?P<family>[^,()]+?)(?:, (?P<given>[^,()]+?))?(?: \((?P<prefix>[^()]+)\))?")
_PLACE: Final = re.compile(r"(?P<steps>[^()]*?)(?: ?\((?P<facility>[^()]+)\))?")


def person_name(family: str, given: str, prefix: str) -> str | None:
    name = ", ".join(part for part in (family, given) if part)
    return " ".join(part for part in (name, f"({prefix})" if prefix else "") if part) or None


def name_parts(display: str) -> tuple[str, ...]:
    """What is not built so is all family name."""
    found = _NAME.fullmatch(display)
    if found is None:
        return (display, "", "")
    return (found["family"], found["given"] or "", found["prefix"] or "")


def place(ward: str, room: str, bed: str, facility: str) -> str | None:
    steps = f"{ward} / {room} / {bed}".rstrip(" /") if any((ward, room, bed)) else ""
    return " ".join(part for part in (steps.replace("/  /", "/ /"), f"({facility})" if facility else "") if part) or None


def place_parts(display: str) -> tuple[str, ...]:
    found = _PLACE.fullmatch(display)
    if found is None:
        return (display, "", "", "")
    steps = [step.strip() for step in found["steps"].split("/")]
    if len(steps) > 3:
        return (display, "", "", "")
    return (*steps, *[""] * (3 - len(steps)), found["facility"] or "")


def telephone(country: str, area: str, local: str, extension: str) -> str | None:
    if not local:
        return None
    code = f"+{country.lstrip('+')}" if country else ""
    return " ".join(part for part in (code, area, local, f"ext. {extension}" if extension else "") if part)


FUNCTIONS: Final = (
    Function(
        name="person_name",
        doc="Family name, given name and title as one text for display: `Woolfson, Kathleen (Dr)`. Going back, a text that is not built so "
        "becomes the family name.",
        takes=("ST", "ST", "ST"),
        gives="string",
        forward=person_name,
        back=name_parts,
        examples=(
            Example(("Woolfson", "Kathleen", "Dr"), "Woolfson, Kathleen (Dr)"),
            Example(("Woolfson", "Kathleen", ""), "Woolfson, Kathleen"),
            Example(("Woolfson", "", "Dr"), "Woolfson (Dr)"),
            Example(("Woolfson", "", ""), "Woolfson"),
            Example(("The practice", "", ""), "The practice"),
            Example(("", "", ""), None, one_way=True),
        ),
    ),
    Function(
        name="place",
        doc="Ward, room, bed and facility as one text for display: `RenalWard / MainRoom / Bed 1 (Simulated Hospital)`.",
        takes=("ST", "ST", "ST", "ST"),
        gives="string",
        forward=place,
        back=place_parts,
        examples=(
            Example(("RenalWard", "MainRoom", "Bed 1", "Simulated Hospital"), "RenalWard / MainRoom / Bed 1 (Simulated Hospital)"),
            Example(("ED", "", "", "Simulated Hospital"), "ED (Simulated Hospital)"),
            Example(("ED", "", "Bed 3", ""), "ED / / Bed 3"),
            Example(("", "", "", "Simulated Hospital"), "(Simulated Hospital)"),
            Example(("", "", "", ""), None, one_way=True),
        ),
    ),
    Function(
        name="telephone",
        doc="Country code, area code, local number and extension (XTN.5 to XTN.8) as one number. Without a local number there is none.",
        takes=("ST", "ST", "ST", "ST"),
        gives="string",
        forward=telephone,
        back=None,
        examples=(
            Example(("44", "113", "4960000", ""), "+44 113 4960000"),
            Example(("", "0113", "4960000", "12"), "0113 4960000 ext. 12"),
            Example(("44", "", "", ""), None),
        ),
    ),
)
