"""A test of a `*.test.yaml` together with the maps it is of: only then it is known what its scalars are."""

from __future__ import annotations

from hub.core.diagnostics import Code, Diagnostic, Span
from hub.core.json import JsonError, parse_json
from hub.core.suggest import suggest
from hub.mapping.codes import tests as codes
from hub.mapping.mapset import MapSet
from hub.mapping.run.compiled import CompiledMap
from hub.mapping.syntax import Arrow
from hub.mapping.test.cases import Case
from hub.mapping.test.expected import read_fhir
from hub.mapping.test.test_files import Side, WrittenTest
from hub.mapping.test.yaml_nodes import Scalar
from hub.mapping.types.scope import MapKind, kind_of

__all__ = ["settle_case"]


def settle_case(written: WrittenTest, maps: MapSet) -> Case | tuple[Diagnostic, ...]:
    """The case, or why it cannot be run. One that expects nothing is a case: `--update` fills it in."""
    if written.map is None:
        return _refuse(codes.NOTHING_TO_CONVERT, "of which map is it?", written.span, "`map: NAME`, in the test or at the top of the file")
    compiled = maps.get(written.map.text)
    if compiled is None:
        near = suggest(written.map.text, sorted(maps.maps))
        return _refuse(codes.NO_SUCH_MAP, "not a map of this set", written.map.span, f"did you mean `{near}`?" if near else None)
    backward = written.backward or compiled.declaration.arrow is Arrow.BACKWARD
    wrong = _wrong_way(written, compiled, backward=backward)
    if wrong is not None:
        return wrong
    fhir, found = _fhir(written.fhir, compiled)
    if found:
        return found
    return Case(
        written.name,
        written.map.text,
        written.span,
        written.givens,
        written.params,
        _lines(written.v2, compiled),
        fhir,
        written.fhir.node is not None and not _is_nothing(written.fhir),
        written.refused,
        written.round_trip,
        backward,
        written.source.text if written.source is not None else None,
        written.version,
        written.whole,
    )


def _refuse(code: Code, detail: str, span: Span, fix: str | None = None) -> tuple[Diagnostic, ...]:
    return (Diagnostic(code, detail, span, fix=fix),)


def _wrong_way(written: WrittenTest, compiled: CompiledMap, *, backward: bool) -> tuple[Diagnostic, ...] | None:
    source = written.fhir if backward else written.v2
    if source.node is None or _is_nothing(source) or not (backward or _lines(source, compiled)):
        side = "fhir" if backward else "v2"
        return _refuse(codes.NOTHING_TO_CONVERT, f"`{written.map.text if written.map else ''}` converts `{side}` here", written.span)
    goes = compiled.declaration.arrow
    if (backward and goes is Arrow.FORWARD) or (written.round_trip and (backward or goes is not Arrow.BOTH)):
        return _refuse(codes.NO_SUCH_MAP, f"`{compiled.name}` does not go that way", written.span)
    return None


def _is_nothing(side: Side) -> bool:
    """`fhir:` with nothing behind it."""
    return isinstance(side.node, Scalar) and side.node.style is None and not side.node.text


def _fhir(side: Side, compiled: CompiledMap) -> tuple[object, tuple[Diagnostic, ...]]:
    if side.node is None or _is_nothing(side):
        return None, ()
    if side.text is not None:
        try:
            return parse_json(side.text), ()
        except JsonError as error:
            return None, _refuse(codes.WRONG_ELEMENT, f"{side.file}: not JSON: {str(error)[:120]}", side.node.span)
    return read_fhir(side.node, compiled.declaration.right.names[0])


def _lines(side: Side, compiled: CompiledMap) -> tuple[str, ...]:
    text = side.text if side.text is not None else side.node.text if isinstance(side.node, Scalar) else ""
    if kind_of(compiled.declaration) is MapKind.DATATYPE:
        return () if side.node is None or _is_nothing(side) else (text.strip("\r\n"),)
    return tuple(line for line in text.replace("\n", "\r").split("\r") if line)
