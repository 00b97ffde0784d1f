"""One message of these resources: written by the rows, filled from the archived message where one is given, numbered, and put in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hub.codec.hl7v2 import DEFAULT_ENCODING, dictionary
from hub.codec.hl7v2.dictionary import GroupDef
from hub.core.diagnostics import Diagnostic
from hub.core.json import Resource
from hub.mapping.backward.archived import Archived
from hub.mapping.backward.header import complete_header, fit_header, hand_over
from hub.mapping.backward.hiding import made_one_way, rename_references
from hub.mapping.backward.instances import in_order, number_segments
from hub.mapping.backward.maps import BackCompiler
from hub.mapping.backward.messages import MessageWriter
from hub.mapping.backward.read_fhir import Spot
from hub.mapping.backward.restoring import Restoring
from hub.mapping.backward.unwritten import Constants, known_name, unwritten_elements
from hub.mapping.backward.write_v2 import render_segment
from hub.mapping.codes.back import NO_ROW_WRITES, NO_ROW_WRITES_RESOURCE, NOT_IN_CHARSET, RESIDUE_LEFT_OUT, RESIDUE_UNDECIDED
from hub.mapping.codes.run import UNKNOWN_STRUCTURE, WRONG_WAY
from hub.mapping.conversion import Written
from hub.mapping.residue import Residue
from hub.mapping.running import render_place
from hub.mapping.syntax import Arrow, MapDeclaration
from hub.mapping.types.structures import resolve_structure

__all__ = ["Source", "write_message"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where the residue comes from."""

    residue: Residue
    archived: Archived


@dataclass(frozen=True, slots=True)
class _Draft:
    """resources: without those that the residue has whole. undecided: full urls of those whose segments could not be matched."""

    writer: MessageWriter
    resources: Sequence[Resource]
    undecided: frozenset[str]


def write_message(
    compiler: BackCompiler,
    declaration: MapDeclaration,
    resources: Sequence[Resource],
    *,
    params: Mapping[str, str],
    givens: Mapping[str, str],
    source: Source | None = None,
) -> Written:
    if declaration.arrow is Arrow.FORWARD:
        return Written(None, (Diagnostic(WRONG_WAY, "it goes from v2 to FHIR", span=declaration.span),))
    structure, version = declaration.left.names[0], compiler.version
    own = resolve_structure(version, structure)
    definition = dictionary.structure(version, own) if own else None
    if definition is None:
        return Written(None, (Diagnostic(UNKNOWN_STRUCTURE, f"{version} has no {structure}"),))
    writing = _Writing(compiler, declaration, params, givens, source)
    draft, undecided = writing.draft_until_decided(resources)
    writer = draft.writer
    complete_header(writer.root, structure, declaration.when, writer.names, version)
    fit_header(writer.root, version)
    number_segments(writer.root, version)
    for tree in writer.trees:
        tree.number()
    found = tuple(writer.run.diagnostics)
    if any(diagnostic.is_error for diagnostic in found):
        return Written(None, found)
    found = (*found, *_unwritten(compiler.constants, draft), *_left_out(source, undecided))
    try:
        return Written(_render(writer, definition), found)
    except UnicodeEncodeError:
        return Written(None, (*found, Diagnostic(NOT_IN_CHARSET, f"the message is in {writer.run.charset}", place="MSH-18")))


@dataclass(frozen=True, slots=True)
class _Writing:
    compiler: BackCompiler
    declaration: MapDeclaration
    params: Mapping[str, str]
    givens: Mapping[str, str]
    source: Source | None

    def draft_until_decided(self, resources: Sequence[Resource]) -> tuple[_Draft, frozenset[str]]:
        """Resources whose residue finds no place are written anew, whole."""
        undecided: frozenset[str] = frozenset()
        while True:
            draft = self._draft(resources, undecided)
            if draft.undecided <= undecided:
                return draft, undecided
            undecided |= draft.undecided

    def _draft(self, resources: Sequence[Resource], undecided: frozenset[str]) -> _Draft:
        source = self.source
        urls: dict[int, str] = {}
        hidden: set[Spot] = set()
        made_by: dict[int, str] = {}
        prepared = list(resources) if source is None else list(_prepare(resources, source, undecided, (urls, hidden, made_by)))
        message = source.archived.message if source is not None else None
        writer = MessageWriter(
            self.compiler,
            self.declaration,
            prepared,
            params=self.params,
            givens=self.givens,
            encoding=message.encoding if message is not None else DEFAULT_ENCODING,
            charset=message.charset if message is not None else "utf-8",
            hidden=hidden,
            made_by=made_by,
        )
        writer.write()
        if source is None:
            return _Draft(writer, prepared, frozenset())
        hand_over(writer.root, self.givens, message)
        changed = source.residue.changed
        restoring = Restoring(writer.run, source.archived, urls, changed, set_ids_anew=bool(changed or undecided))
        restoring.restore(writer.root)
        return _Draft(writer, prepared, frozenset(restoring.undecided))


def _prepare(
    resources: Sequence[Resource], source: Source, undecided: frozenset[str], found: tuple[dict[int, str], set[Spot], dict[int, str]]
) -> Iterator[Resource]:
    """Without those that one-way rows made whole. found: filled with the urls of the resources, what is hidden in them, and whose row."""
    urls, hidden, made_by = found
    archived, names = source.archived, source.residue.unchanged
    known = {reference: url for url, reference in source.residue.changed.items()}
    by_reference = {reference: url for url, reference in names.items() if url not in undecided}
    for resource in resources:
        url = by_reference.get(f"{resource.get('resourceType')}/{resource.get('id')}")
        if url is None or url not in archived.made:
            urls[id(resource)] = known.get(f"{resource.get('resourceType')}/{resource.get('id')}", "")
            yield resource
        elif url in archived.both_ways:
            made, both_ways = (rename_references(each[url], names) for each in (archived.made, archived.both_ways))
            hidden.update(made_one_way(resource, made, both_ways))
            urls[id(resource)] = url
            made_by[id(resource)] = archived.rows[url]
            yield resource


def _render(writer: MessageWriter, definition: GroupDef) -> bytes:
    lines = (render_segment(writer.run, fields) for fields in in_order(writer.root, definition))
    return "".join(line + "\r" for line in lines).encode(writer.run.charset)


# --- what is reported


def _unwritten(constants: Constants, draft: _Draft) -> Iterator[Diagnostic]:
    """Once for each element, and for each type of resource that no row has taken."""
    elements: dict[str, None] = {}
    left: dict[str, int] = {}
    if draft.writer.seen.everything:
        return
    for resource in draft.resources:
        kind = str(resource.get("resourceType"))
        if id(resource) in draft.writer.written:
            elements.update(dict.fromkeys(known_name(kind, name) for name in unwritten_elements(resource, draft.writer.seen, constants)))
        else:
            left[known_name(kind)] = left.get(known_name(kind), 0) + 1
    for element in elements:
        yield Diagnostic(NO_ROW_WRITES, "no row writes it", place=element)
    for kind, count in left.items():
        yield Diagnostic(NO_ROW_WRITES_RESOURCE, f"{count} not written", place=kind)


def _left_out(source: Source | None, undecided: frozenset[str]) -> Iterator[Diagnostic]:
    """Once for each segment whose residue was not used."""
    if source is None:
        return
    archived = source.archived
    for segment in archived.message.segments:
        owners = archived.owners.get(segment.index, frozenset())
        if owners & undecided:
            yield Diagnostic(RESIDUE_UNDECIDED, "not as many as were written", place=render_place(segment))
        elif owners & source.residue.changed.keys():
            yield Diagnostic(RESIDUE_LEFT_OUT, "its resource has changed", place=render_place(segment))
    if source.residue.changed:
        yield Diagnostic(RESIDUE_LEFT_OUT, "not all that the message made is unchanged", place="MSH")
