"""What a test expects, written as YAML that reads back as the same: plain where a person would write it plain."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from hub.core.json import Json, render_json

__all__ = ["render_flow", "render_lines", "render_value"]

_PLAIN: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._/+()'-]|:(?! |$))*(?<! )")
_PLAIN_V2: Final = re.compile(r"[A-Za-z0-9](?:[\x21-\x7e\u00a1-\u1fff]| (?=[^#\s]))*")
_LOOKS_OTHERWISE: Final = re.compile(r"true|false|null|yes|no|on|off|y|n|[-+.\d][\d.eE_+-]*|0[xob][\da-fA-F]+", re.IGNORECASE)
_LONGEST: Final = 1_000


def render_value(value: Json, indent: int) -> str:
    """In block style. The first line stands where it is put; the others have the indentation."""
    margin = "\n" + " " * indent
    match value:
        case dict() if value:
            return margin.join(f"{_text(name)}:{_below(part, indent)}" for name, part in value.items())
        case list() if value:
            return margin.join(f"- {render_value(item, indent + 2)}" for item in value)
        case _:
            return render_flow(value)


def _below(value: Json, indent: int) -> str:
    if isinstance(value, dict | list) and value and not _is_short(value):
        return "\n" + " " * (indent + 2) + render_value(value, indent + 2)
    return " " + render_flow(value)


def _is_short(value: Json) -> bool:
    """A list of a few texts stands better on its line."""
    return isinstance(value, list) and all(not isinstance(item, dict | list) for item in value) and len(render_flow(value)) <= 60


def render_flow(value: Json) -> str:
    """In one line."""
    match value:
        case dict():
            return "{" + ", ".join(f"{_text(name)}: {render_flow(part)}" for name, part in value.items()) + "}"
        case list():
            return "[" + ", ".join(render_flow(item) for item in value) + "]"
        case str():
            return _text(value)
        case _:
            return render_json(value).decode()


def render_lines(lines: Sequence[str], indent: int) -> str:
    """HL7 v2: one line as it is, several as a block."""
    if len(lines) == 1 and _PLAIN_V2.fullmatch(lines[0]) and not re.search(r": |:$", lines[0]):
        return lines[0]
    if all(line and line[0] != " " and not line.endswith(" ") and all(map(_is_printable, line)) for line in lines):
        return "|" + "".join(f"\n{' ' * indent}{line}" for line in lines)
    return _quoted("\n".join(lines))


def _text(text: str) -> str:
    is_plain = len(text) <= _LONGEST and _PLAIN.fullmatch(text) and not _LOOKS_OTHERWISE.fullmatch(text)
    return text if is_plain else _quoted(text)


def _quoted(text: str) -> str:
    """The escapes of JSON are those of YAML; what YAML does not take as it is, is escaped too."""
    whole = render_json(text).decode()
    return "".join(sign if _is_printable(sign) else f"\\U{ord(sign):08x}" for sign in whole)


def _is_printable(sign: str) -> bool:
    return unicodedata.category(sign) not in {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
