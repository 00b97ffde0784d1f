"""A test as it is run, whether it stands in a map or in a `*.test.yaml`."""

from __future__ import annotations

from dataclasses import dataclass

from hub.core.diagnostics import Span
from hub.core.json import Json, parse_json
from hub.mapping.syntax import Test

__all__ = ["Case", "case_of"]


@dataclass(frozen=True, slots=True)
class Case:
    """v2: segments, or one field for a datatype map; empty where there is none. fhir: what is named, where `has_fhir`.

    backward: `fhir` is converted and `v2` expected. source: whose overlays are in force. version: of HL7, where the text does not say.
    whole: what is expected is all there is.
    """

    title: str
    map: str
    span: Span
    givens: tuple[tuple[str, str], ...] = ()
    params: tuple[tuple[str, str], ...] = ()
    v2: tuple[str, ...] = ()
    fhir: Json = None
    has_fhir: bool = False
    refused: str | None = None
    round_trip: bool = False
    backward: bool = False
    source: str | None = None
    version: str | None = None
    whole: bool = False

    @property
    def expects(self) -> bool:
        """Is there anything that could differ?"""
        return bool(self.refused or self.round_trip or (self.v2 and self.has_fhir))


def case_of(test: Test) -> Case:
    """The parser has seen to it that the JSON can be read."""
    return Case(
        test.title,
        test.map or "",
        test.span,
        test.givens,
        test.params,
        test.v2,
        parse_json(test.fhir) if test.fhir is not None else None,
        test.fhir is not None,
        test.refused,
        test.round_trip,
        test.backward,
    )
