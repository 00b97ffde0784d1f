"""Conditions and values as the map has them, for a trace of what was not made. They are texts of the map, never of a message."""

from __future__ import annotations

import re
from typing import Final

from hub.mapping.syntax import Atom, Call, Condition, Constant, Expression, FhirPath, Name, V2Path
from hub.mapping.types.fhir import spelling

__all__ = ["spell_condition", "spell_expression"]

_BARE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


def spell_expression(expression: Expression) -> str:
    return " or ".join(_spell_atom(each.atom) for each in expression.alternatives)


def spell_condition(condition: Condition) -> str:
    subject = _spell_atom(condition.subject)
    values = [_spell_text(text) for text in condition.values]
    match condition.test:
        case "present" | "absent":
            return f"{subject} {condition.test}"
        case "=" | "!=":
            return f"{subject} {condition.test} {values[0]}"
        case "in" | "not in":
            return f"{subject} {condition.test} ({', '.join(values)})"


def _spell_atom(atom: Atom) -> str:
    match atom:
        case V2Path():
            return _spell_path(atom)
        case FhirPath():
            return spelling(atom)
        case Name():
            return f"${atom.name}"
        case Constant():
            return _spell_text(atom.text)
        case Call():
            return f"{atom.function}({', '.join(spell_expression(argument) for argument in atom.arguments)})"


def _spell_path(path: V2Path) -> str:
    steps = [step.name + (f"[{spell_condition(step.where)}]" if step.where is not None else "") for step in path.groups]
    text = ".".join([*steps, *([path.segment] if path.segment else [])])
    if path.field is not None:
        text += f"-{path.field}"
    if path.repetition is not None:
        text += f"[{path.repetition}]"
    return text + "".join(f".{number}" for number in (path.component, path.subcomponent) if number is not None)


def _spell_text(text: str) -> str:
    if _BARE.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
