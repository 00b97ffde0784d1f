"""A datatype or segment map run backward by itself, for tests and tools."""

from __future__ import annotations

from collections.abc import Mapping

from hub.codec.hl7v2 import DEFAULT_ENCODING
from hub.core.diagnostics import Diagnostic
from hub.core.json import Json
from hub.mapping.backward.maps import BackCompiler
from hub.mapping.backward.unwritten import Seen, known_path, unwritten_elements
from hub.mapping.backward.write_v2 import Fields, render_segment
from hub.mapping.codes.back import NO_ROW_WRITES
from hub.mapping.codes.run import WRONG_WAY
from hub.mapping.forward.making import Making
from hub.mapping.forward.maps import is_datatype, is_group_map
from hub.mapping.running import Run
from hub.mapping.syntax import Arrow, MapDeclaration
from hub.mapping.values.primitives import Misread

__all__ = ["write_part"]


def write_part(
    compiler: BackCompiler, declaration: MapDeclaration, value: Json, *, params: Mapping[str, str], givens: Mapping[str, str]
) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """A value's text, or a segment's. A group map has no way back by itself: the message map writes its segments."""
    if declaration.arrow is Arrow.FORWARD or is_group_map(declaration):
        return None, (Diagnostic(WRONG_WAY, "it goes from v2 to FHIR", span=declaration.span),)
    run = Run.start(None, DEFAULT_ENCODING, "utf-8", params, Making(declaration.name, b""))
    own = declaration.left.names[0]
    text: str | None = None
    seen = Seen()
    try:
        if is_datatype(own):
            text = compiler.map_cell(declaration)[0](run, value, 1, dict(givens), seen)
        else:
            fields = Fields(own)
            compiler.segment_map(declaration)(run, value, dict(givens), fields, seen)
            text = render_segment(run, fields)
    except Misread as error:
        run.report_misread(error, None, declaration.span)
    if any(diagnostic.is_error for diagnostic in run.diagnostics):
        return None, tuple(run.diagnostics)
    shape = declaration.right.names[0]
    for element in dict.fromkeys(known_path(shape, name) or shape for name in unwritten_elements(value, seen, compiler.constants)):
        run.report(NO_ROW_WRITES, "no row writes it", element)
    return text, tuple(run.diagnostics)
