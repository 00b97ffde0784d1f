"""Writing a message: places filled one by one, in any order, rendered once.

HL7 v2 chapter 2, section 2.5.3: segments end with CR, and empty fields at the end of a segment are left out. Nothing is added that was
not set, except MSH-1 and MSH-2.
"""

from __future__ import annotations

from hub.codec.codes import UNWRITABLE
from hub.codec.hl7v2.encoding import DEFAULT_ENCODING, EncodingCharacters
from hub.codec.hl7v2.escape import escape
from hub.core.diagnostics import Diagnostic

__all__ = ["MessageBuilder", "SegmentBuilder"]

# A field, then repetitions, components and subcomponents; a field set as a whole is one raw text.
_Components = dict[int, dict[int, str]]
_Field = str | dict[int, _Components]
_ENCODING_FIELDS = {"MSH", "FHS", "BHS"}


class SegmentBuilder:
    """One segment. Every number counts from 1. What is set twice holds what was set last."""

    def __init__(self, name: str, encoding: EncodingCharacters) -> None:
        self.name = name
        self._encoding = encoding
        self._fields: dict[int, _Field] = {}

    def set(self, field: int, repetition: int, component: int, subcomponent: int, text: str) -> SegmentBuilder:
        """Text as it is meant: delimiters in it are escaped. HL7_NULL stays as it is."""
        return self.set_raw(field, repetition, component, subcomponent, escape(text, self._encoding))

    def set_raw(self, field: int, repetition: int, component: int, subcomponent: int, raw: str) -> SegmentBuilder:
        """Text that is escaped already, such as one taken from another message with the same encoding characters."""
        self._refuse_encoding_fields(field)
        repetitions = self._fields.get(field)
        if not isinstance(repetitions, dict):
            repetitions = self._fields[field] = {}
        repetitions.setdefault(repetition, {}).setdefault(component, {})[subcomponent] = raw
        return self

    def set_field(self, field: int, raw: str) -> SegmentBuilder:
        """A whole field, escaped and divided already."""
        self._refuse_encoding_fields(field)
        self._fields[field] = raw
        return self

    def render(self) -> str:
        start = 3 if self.name in _ENCODING_FIELDS else 1
        last = max(self._fields, default=0)
        fields = [self._render_field(number) for number in range(start, last + 1)]
        while fields and not fields[-1]:
            fields.pop()
        head = [self.name] if start == 1 else [self.name, self._encoding.msh2]
        return self._encoding.field.join(head + fields)

    def _render_field(self, number: int) -> str:
        field = self._fields.get(number, "")
        if isinstance(field, str):
            return field
        return _join(self._encoding.repetition, {at: self._render_components(components) for at, components in field.items()})

    def _render_components(self, components: _Components) -> str:
        joined = {at: _join(self._encoding.subcomponent, subcomponents) for at, subcomponents in components.items()}
        return _join(self._encoding.component, joined)

    def _refuse_encoding_fields(self, field: int) -> None:
        if field < 1 or (self.name in _ENCODING_FIELDS and field <= 2):
            raise ValueError(f"{self.name}-{field} cannot be set")


class MessageBuilder:
    """`charset` is the Python codec to write with; MSH-18 is for the caller to set (`charset_name` gives its word)."""

    def __init__(self, encoding: EncodingCharacters = DEFAULT_ENCODING, charset: str = "utf-8") -> None:
        self._encoding = encoding
        self._charset = charset
        self._segments: list[SegmentBuilder] = []

    def segment(self, name: str) -> SegmentBuilder:
        """A new segment at the end."""
        segment = SegmentBuilder(name, self._encoding)
        self._segments.append(segment)
        return segment

    def render(self) -> bytes | Diagnostic:
        """The message; a diagnostic where a character does not exist in the charset."""
        seen: dict[str, int] = {}
        rendered: list[bytes] = []
        for segment in self._segments:
            seen[segment.name] = seen.get(segment.name, 0) + 1
            try:
                rendered.append((segment.render() + "\r").encode(self._charset))
            except UnicodeEncodeError:
                place = f"{segment.name}[{seen[segment.name]}]"
                return Diagnostic(UNWRITABLE, f"a character does not exist in {self._charset}", place=place)
        return b"".join(rendered)


def _join(delimiter: str, parts: dict[int, str]) -> str:
    """Parts by their numbers; the empty ones at the end are left out."""
    last = max((at for at, text in parts.items() if text), default=0)
    return delimiter.join(parts.get(at, "") for at in range(1, last + 1))
