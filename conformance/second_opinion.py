"""What others say of what the hub says: FHIR by `fhir.resources`, HL7 v2 by `hl7apy`'s strict parser. Never the hub's own tables.

`fhir.resources` has no R4 (4.0.1) with a maintained pydantic; its R4B models are the same in every type of a care record but for
choices of Extension.value[x], which are guarded here: valueMeta is R4 and unknown to R4B, valueCodeableReference and valueRatioRange
are R4B only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from fhir.resources.R4B import get_fhir_model_class
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.exceptions import HL7apyException
from hl7apy.parser import parse_message
from pydantic import ValidationError

__all__ = ["fhir_faults", "hl7_faults"]

_ONLY_R4 = "valueMeta"
_ONLY_R4B = frozenset({"valueCodeableReference", "valueRatioRange"})
_LONGEST_ID = 64
_ENCAPSULATED = re.compile(r"(\^Base64\^)[A-Za-z0-9+/=]*")


def fhir_faults(resource: dict[str, Any]) -> list[str]:
    """Places and kinds of what is wrong, without values. Empty: no objection."""
    try:
        model = get_fhir_model_class(str(resource.get("resourceType")))
    except ValueError:
        return ["resourceType: unknown"]
    faults = [f"{place}: not in R4" for place, name in _keys(resource, "") if name in _ONLY_R4B]
    if len(str(resource.get("id", ""))) > _LONGEST_ID:
        faults.append("id: longer than 64")
    try:
        model.model_validate(_without(resource, _ONLY_R4))
    except ValidationError as error:
        faults += [f"{'.'.join(map(str, one['loc']))}: {one['type']}" for one in error.errors(include_input=False, include_url=False)]
    return faults


def hl7_faults(message: bytes) -> list[str]:
    """The kinds of what hl7apy's strict parser and validator object to. The message's segments end in CR, its text is UTF-8.

    The data of an ED is cut short before: hl7apy holds it to the 199 characters of an ST.
    """
    try:
        text = _ENCAPSULATED.sub(r"\1QQ==", message.decode())
        parsed = parse_message(text, validation_level=VALIDATION_LEVEL.STRICT, find_groups=True)
        parsed.validate()
    except (HL7apyException, ValueError) as error:
        return [type(error).__name__]
    return []


def _keys(node: Any, place: str) -> Iterator[tuple[str, str]]:  # JSON as it comes
    if isinstance(node, dict):
        for name, value in node.items():
            yield f"{place}.{name}", name
            yield from _keys(value, f"{place}.{name}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _keys(value, f"{place}[{index}]")


def _without(node: Any, name: str) -> Any:  # JSON as it comes
    if isinstance(node, dict):
        return {key: _without(value, name) for key, value in node.items() if key != name}
    return [_without(item, name) for item in node] if isinstance(node, list) else node
