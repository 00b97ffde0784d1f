"""The value of a result: OBX-2, OBX-5 and OBX-6 (HL7 v2 chapter 7, section 7.4.2) and Quantity."""

from __future__ import annotations

import re
from typing import Any, Final

from hub.mapping.registry import Example, Function, Unreadable
from hub.mapping.values.primitives import Misread, to_number, v2_number

__all__ = ["FUNCTIONS"]

_MEASURED: Final = re.compile(r"\s*(<=|>=|<|>)?\s*(.*?)\s*", re.DOTALL)
_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)", re.ASCII)


def value_type(value: str, unit: str) -> str:
    """OBX-2 as it would have been: a number with a unit is NM, everything else ST."""
    found = _MEASURED.fullmatch(value)
    return "NM" if unit and found is not None and _NUMBER.fullmatch(found[2]) else "ST"


def measured_number(text: str) -> dict[str, Any] | None:
    """`<15` is 15 with the comparator `<`; the digits stay as they came."""
    if text.isdigit() and text.isascii():
        return {"value": int(text)}
    found = _MEASURED.fullmatch(text)
    if found is None or not found[2]:
        if found is not None and not found[1]:
            return None
        raise Unreadable("a comparator without a number")
    number = {"value": to_number(found[2])}
    return {"comparator": found[1], **number} if found[1] else number


def number_text(quantity: Any) -> tuple[str, ...]:
    if not isinstance(quantity, dict) or "value" not in quantity:
        return ("",)
    try:
        return (str(quantity.get("comparator", "")) + v2_number(quantity["value"]),)
    except Misread:
        raise Unreadable("not a number in JSON") from None


FUNCTIONS: Final = (
    Function(
        name="value_type",
        doc="What OBX-2 would have been where it is empty: `NM` when the value is a number and a unit stands beside it, else `ST`.",
        takes=("ST", "ST"),
        gives="code",
        forward=value_type,
        back=None,
        examples=(
            Example(("98", "%^^UCUM"), "NM"),
            Example(("<15", "MLMIN"), "NM"),
            Example(("98", ""), "ST"),
            Example(("Positive", "%"), "ST"),
        ),
    ),
    Function(
        name="measured_number",
        doc="A number as laboratories write it, with or without `<`, `<=`, `>=`, `>` before it, as Quantity.value and Quantity.comparator. "
        "The digits are kept: `98.00` stays 98.00.",
        takes=("ST",),
        gives="Quantity",
        forward=measured_number,
        back=number_text,
        examples=(
            Example(("71",), {"value": 71}),
            Example(("<15",), {"value": 15, "comparator": "<"}),
            Example((">=90.0",), {"value": to_number("90.0"), "comparator": ">="}),
            Example((" > 5 ",), {"value": 5, "comparator": ">"}, one_way=True),
            Example(("98.00",), {"value": to_number("98.00")}),
            Example(("positive",), fails=True),
        ),
        fills=("value", "comparator"),
    ),
    Function(
        name="lines",
        doc="The repetitions of a text field as the lines of one text.",
        takes=("ST*",),
        gives="string",
        forward=lambda *texts: "\n".join(texts) if any(texts) else None,
        back=lambda text: tuple(text.split("\n")),
        examples=(
            Example(("No fracture.", "Soft tissue swelling."), "No fracture.\nSoft tissue swelling."),
            Example(("Alert",), "Alert"),
        ),
    ),
)
