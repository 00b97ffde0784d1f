"""What no row writes of the header: MSH-7, 9, 10, 11 and 12. HL7 v2 chapter 2, section 2.14.9."""

from __future__ import annotations

from collections.abc import Mapping

from hub.codec.hl7v2 import Message, dictionary
from hub.mapping.backward.instances import Instance
from hub.mapping.syntax import Condition, V2Path

__all__ = ["complete_header", "fit_header", "hand_over"]


def complete_header(root: Instance, structure: str, when: tuple[Condition, ...], names: Mapping[str, str], version: str) -> None:
    """What stands there already stays. names: `written_at` and `control_id`, where they are handed over."""
    header = root.segment("MSH")
    if header.as_it_came:
        return
    code, _, event = structure.partition("_")
    event = next((each.values[0] for each in when if _is_event(each)), event)
    for number, raw in (
        (7, names.get("written_at", "")),
        (9, f"{code}^{event}^{structure}"),
        (10, names.get("control_id", "")),
        (11, "P"),
        (12, version),
    ):
        if raw and number not in header.by_number:
            header.by_number[number] = [raw.split("^")]


def hand_over(root: Instance, givens: Mapping[str, str], archived: Message | None) -> None:
    """What the engine hands over goes before the archived header; the character set of the archived message is the one it is written in."""
    header = root.segment("MSH")
    for number, name in ((7, "written_at"), (10, "control_id")):
        if givens.get(name):
            header.by_number.setdefault(number, [[givens[name]]])
    if archived is not None and archived.msh.field(18):
        header.by_number.setdefault(18, [[archived.msh.field(18)]])


def fit_header(root: Instance, version: str) -> None:
    """The structure (MSH-9.3) is there from 2.3.1 on: an older receiver refuses it."""
    definition = dictionary.segment(version, "MSH")
    field = definition.field(9) if definition else None
    datatype = dictionary.datatype(version, field.datatype) if field else None
    most = len(datatype.components) if datatype else 0
    for parts in root.segment("MSH").by_number.get(9, []) if most else ():
        del parts[most:]


def _is_event(condition: Condition) -> bool:
    subject = condition.subject
    return isinstance(subject, V2Path) and subject.segment == "MSH" and subject.field == 9 and condition.test in {"=", "in"}
