"""One map, ready to run both ways. docs/mapping-language.md says what it does; here it is put to work on a message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from hub.codec.hl7v2 import Message, dictionary
from hub.codec.hl7v2.dictionary import GroupDef
from hub.codec.hl7v2.grouping import group
from hub.core.diagnostics import Diagnostic
from hub.core.json import Resource
from hub.mapping.backward.archived import archive
from hub.mapping.backward.maps import BackCompiler
from hub.mapping.backward.two_way import two_way_map, two_way_program
from hub.mapping.backward.writing import Source, write_message
from hub.mapping.codes.back import RESIDUE_OTHER_VERSION, RESIDUE_UNREAD
from hub.mapping.codes.run import NO_SUCH_PARAM, UNKNOWN_STRUCTURE, WRONG_WAY
from hub.mapping.conversion import Conversion, Written
from hub.mapping.forward.making import Making
from hub.mapping.forward.maps import Compiler, base_names
from hub.mapping.forward.message_context import Action
from hub.mapping.forward.messages import compile_message
from hub.mapping.forward.nodes import Node
from hub.mapping.program import Program
from hub.mapping.residue import Residue
from hub.mapping.run.serving import HeadConditions
from hub.mapping.running import Frame, Run
from hub.mapping.syntax import Arrow, MapDeclaration
from hub.mapping.types.structures import resolve_structure
from hub.mapping.values.primitives import Misread

__all__ = ["CompiledMap"]

_NEWEST = "2.8.2"  # for a version that is not known: its own tables are the best guess there is


@dataclass(frozen=True, slots=True)
class _Ready:
    """A message map compiled for one version and structure."""

    actions: list[Action]
    compiler: Compiler
    definition: GroupDef


@dataclass(frozen=True, slots=True)
class CompiledMap:
    program: Program
    declaration: MapDeclaration
    _ready: dict[tuple[str, str, bool], _Ready | None] = field(default_factory=dict, repr=False)
    _when: list[HeadConditions] = field(default_factory=list, repr=False)
    _writers: dict[str, BackCompiler] = field(default_factory=dict, repr=False)
    _twin: list[CompiledMap] = field(default_factory=list, repr=False)

    @property
    def name(self) -> str:
        return self.declaration.name

    @property
    def is_message_map(self) -> bool:
        return self.declaration.right.names == ("Bundle",)

    def serves(self, message: Message) -> bool:
        """Do the direction, the versions and the conditions of `when` in the head hold?"""
        if self.declaration.arrow is Arrow.BACKWARD or not _serves_version(self.declaration.versions, message.version):
            return False
        return not self.declaration.when or self._conditions().hold(message, _version(message))

    def _conditions(self) -> HeadConditions:
        if not self._when:
            self._when.append(HeadConditions(self.program, self.declaration))
        return self._when[0]

    def forward(
        self, message: Message, *, params: Mapping[str, str], givens: Mapping[str, str] | None = None, trace: bool = False
    ) -> Conversion:
        """v2 to FHIR. Refusals are in the diagnostics; nothing is raised for what stands in a message."""
        refusal = self._refusal(params)
        ready = None if refusal else self._prepare(message, traced=trace)
        if ready is None:
            return Conversion(
                (), (refusal or Diagnostic(UNKNOWN_STRUCTURE, "the message's structure is not known", place="MSH-9"),), map_name=self.name
            )
        making = Making(self.name, message.raw)
        run = Run.start(message, message.encoding, message.charset, params, making)
        self._run(run, ready, message, givens or {})
        return Conversion(making.produced(), tuple(run.diagnostics), tuple(run.steps), self.name, tuple(run.unmade))

    def backward(
        self,
        resources: Sequence[Resource],
        *,
        params: Mapping[str, str],
        givens: Mapping[str, str] | None = None,
        version: str = "2.4",
        residue: Residue | None = None,
    ) -> Written:
        """FHIR to v2: one message of these resources, in the segment order of its structure.

        residue: what no row writes comes from there, as far as its resources are unchanged (hub.mapping.residue). The message is then
        written with the delimiters and in the character set of the archived one, and has to be of its version.
        """
        source = self._source(residue, params, givens or {}, version) if residue is not None else None
        refusal = source if isinstance(source, Diagnostic) else None
        written = write_message(
            self._writer(version),
            self.declaration,
            resources,
            params=params,
            givens=givens or {},
            source=source if isinstance(source, Source) else None,
        )
        return written if refusal is None else Written(written.body, (refusal, *written.diagnostics))

    def _writer(self, version: str) -> BackCompiler:
        if version not in self._writers:
            if len(self._writers) > 50:  # versions may come from messages
                self._writers.clear()
            self._writers[version] = BackCompiler(self.program, version)
        return self._writers[version]

    def _source(self, residue: Residue, params: Mapping[str, str], givens: Mapping[str, str], version: str) -> Source | Diagnostic:
        message = residue.message
        if message.version != version:
            return Diagnostic(RESIDUE_OTHER_VERSION, f"{version} is written", place="MSH-12")
        if self.declaration.arrow is not Arrow.BOTH:
            return Diagnostic(RESIDUE_UNREAD, "the map goes one way", span=self.declaration.span)
        everything = self.forward(message, params=params, givens=givens, trace=True)
        ready = self._prepare(message, traced=True)
        if everything.refused or ready is None:
            return Diagnostic(RESIDUE_UNREAD, "the message is refused")
        both_ways = self._both_ways().forward(message, params=params, givens=givens, trace=True)
        return Source(residue, archive(message, group(message, ready.definition).root, everything, both_ways, self.program))

    def _both_ways(self) -> CompiledMap:
        """The same with nothing in it but what goes both ways."""
        if not self._twin:
            self._twin.append(CompiledMap(two_way_program(self.program), two_way_map(self.declaration)))
        return self._twin[0]

    def _run(self, run: Run, ready: _Ready, message: Message, givens: Mapping[str, str]) -> None:
        grouped = group(message, ready.definition)
        names = {**base_names(self.declaration)(run), **{name: run.raw_of(text) for name, text in givens.items()}}
        frame = Frame([], 1, None, names, Node(grouped.root, None))
        for action in ready.actions:
            try:
                action(run, frame)
            except Misread as error:
                run.report_misread(error, error.place, None)
        run.making.settle(run)
        ready.compiler.coverage.report(run, grouped, run.left_out)

    def _refusal(self, params: Mapping[str, str]) -> Diagnostic | None:
        if self.declaration.arrow is Arrow.BACKWARD:
            return Diagnostic(WRONG_WAY, "it goes from FHIR to v2", span=self.declaration.span)
        missing = next((param for param in self.declaration.params if param.default is None and param.name not in params), None)
        return Diagnostic(NO_SUCH_PARAM, f"`{missing.name}` has no value", span=missing.span) if missing else None

    def _prepare(self, message: Message, *, traced: bool) -> _Ready | None:
        version, structure = _version(message), message.structure or ""
        key = (version, structure, traced)
        if key not in self._ready:
            if len(self._ready) > 200:  # structures come from messages
                self._ready.clear()
            self._ready[key] = self._compile(version, structure, traced=traced)
        return self._ready[key]

    def _compile(self, version: str, structure: str, *, traced: bool) -> _Ready | None:
        own = resolve_structure(version, structure) or resolve_structure(version, self.declaration.left.names[0])
        definition = dictionary.structure(version, own) if own else None
        if definition is None or own is None:
            return None
        compiler = Compiler(self.program, version, traced=traced)
        named = structure if structure in self.declaration.left.names else self.declaration.left.names[0]
        return _Ready(compile_message(compiler, self.declaration, named), compiler, definition)


@lru_cache(maxsize=1024)  # bounded: versions come from messages
def _serves_version(versions: tuple[str, str], version: str) -> bool:
    """2.8 in a map is 2.8.1 and 2.8.2 too; a version that nobody knows is not held against a message."""
    if version not in dictionary.VERSIONS:
        return True
    lowest, highest = versions
    known = [each for each in dictionary.VERSIONS if each == highest or each.startswith(f"{highest}.")]
    order = dictionary.VERSIONS.index
    return not known or lowest not in dictionary.VERSIONS or order(lowest) <= order(version) <= order(known[-1])


def _version(message: Message) -> str:
    return message.version if dictionary.known_version(message.version) else _NEWEST
