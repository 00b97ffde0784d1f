"""What a `*.test.yaml` expects of FHIR: nodes of YAML to JSON, by what R4 has at each place.

A scalar is what the element is: `family: No` a text, `birthDate: 2026-02-01` a text, `active: true` a boolean, `value: 98.00` a number
with its digits. https://hl7.org/fhir/R4/json.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from hub.core.diagnostics import Code, Diagnostic, Span
from hub.core.json import Json, JsonError, parse_json
from hub.core.suggest import suggest
from hub.fhir.elements import Element, elements_of, is_primitive, is_resource_type, resolve
from hub.mapping.codes import tests as codes
from hub.mapping.test.yaml_nodes import Items, Node, Pairs, Scalar

__all__ = ["read_fhir"]

_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d{0,30})(?:\.\d{1,30})?(?:[eE][+-]?\d{1,3})?", re.ASCII)
_WHOLE: Final = re.compile(r"-?(?:0|[1-9]\d{0,30})", re.ASCII)
_NUMBERS: Final = {"decimal": _NUMBER, "integer": _WHOLE, "positiveInt": _WHOLE, "unsignedInt": _WHOLE}
_BY_TYPE: Final = frozenset({"Resource", "DomainResource", ""})  # the value says itself what it is


def read_fhir(node: Node, shape: str) -> tuple[Json, tuple[Diagnostic, ...]]:
    """shape: the type that the map makes. A list at the top is a list of resources."""
    reading = _Reading()
    if isinstance(node, Scalar) and node.style == "|":
        return _read_json(node)
    if isinstance(node, Items):
        return [reading.value(item, "Resource") for item in node.items], tuple(reading.diagnostics)
    return reading.value(node, shape), tuple(reading.diagnostics)


def _read_json(node: Scalar) -> tuple[Json, tuple[Diagnostic, ...]]:
    """A block text is JSON as it stands."""
    try:
        return parse_json(node.text), ()
    except JsonError as error:
        return None, (Diagnostic(codes.WRONG_ELEMENT, f"not JSON: {str(error)[:120]}", node.span),)


@dataclass(slots=True)
class _Reading:
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def report(self, code: Code, detail: str, span: Span, fix: str | None = None) -> None:
        self.diagnostics.append(Diagnostic(code, detail, span, fix=fix))

    def value(self, node: Node, shape: str) -> Json:
        match node:
            case Scalar():
                return self._primitive(node, shape)
            case Items():
                self.report(codes.WRONG_ELEMENT, "a list where FHIR has one value", node.span, "without `- `")
                return None
            case Pairs():
                return self._object(node, shape)

    def _object(self, node: Pairs, shape: str) -> Json:
        kind = node.find("resourceType")
        if isinstance(kind, Scalar) and (is_resource_type(kind.text) or kind.text == "Bundle"):
            shape = kind.text
        if is_primitive(shape):
            self.report(codes.WRONG_ELEMENT, f"names and values where FHIR has one {shape}", node.span)
            return None
        known = elements_of(shape)
        found: dict[str, Json] = {}
        for key, value in node.pairs:
            if key.text in found:
                self.report(codes.KEY_TWICE, "it stands above as well", key.span)
            elif key.text == "resourceType":
                found[key.text] = value.text if isinstance(value, Scalar) else None
            else:
                element = resolve(shape, key.text) if "." not in key.text and "[" not in key.text else None
                if element is None and shape not in _BY_TYPE:
                    self._unknown(key, shape, tuple(known))
                found[key.text] = self._element(value, element)
        return found

    def _unknown(self, key: Scalar, shape: str, known: tuple[str, ...]) -> None:
        near = suggest(key.text, known)
        self.report(codes.NO_SUCH_ELEMENT, f"{shape} has none of this name", key.span, f"did you mean `{near}`?" if near else None)

    def _element(self, node: Node, element: Element | None) -> Json:
        if element is None:
            return self._anything(node)
        shape = element.content
        if not element.is_list:
            return self.value(node, shape)
        if isinstance(node, Items):
            return [None if _is_null(item) else self.value(item, shape) for item in node.items]
        self.report(codes.WRONG_ELEMENT, "one value where FHIR has a list", node.span, "`- ` before it")
        return None

    def _anything(self, node: Node) -> Json:
        """Below a name that is reported already."""
        match node:
            case Scalar():
                return node.text
            case Items():
                return [self._anything(item) for item in node.items]
            case Pairs():
                return {key.text: self._anything(value) for key, value in node.pairs}

    def _primitive(self, node: Scalar, shape: str) -> Json:
        if not is_primitive(shape):
            self.report(codes.WRONG_ELEMENT, f"a text where FHIR has a {shape}" if shape else "a text where FHIR has none", node.span)
            return None
        if node.text == "" and node.style is None:
            self.report(codes.WRONG_ELEMENT, "nothing stands here", node.span, 'take the line out; `""` is an empty text')
            return None
        if shape == "boolean":
            return self._boolean(node)
        return self._number(node, shape) if shape in _NUMBERS else node.text

    def _boolean(self, node: Scalar) -> Json:
        if node.style is not None or node.text not in {"true", "false"}:
            self.report(codes.WRONG_ELEMENT, "not true and not false", node.span, "`true` or `false`, without quotes")
        return node.text == "true"

    def _number(self, node: Scalar, shape: str) -> Json:
        if node.style is None and _NUMBERS[shape].fullmatch(node.text):
            return parse_json(node.text)
        self.report(codes.WRONG_ELEMENT, f"not a number as JSON writes it ({shape})", node.span, "digits without quotes, as in 98.00")
        return None


def _is_null(node: Node) -> bool:
    """In a list of primitives `null` holds the place of an item that has only extensions."""
    return isinstance(node, Scalar) and node.style is None and node.text == "null"
