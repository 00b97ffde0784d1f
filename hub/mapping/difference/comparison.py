"""A corpus under two sets of maps: message by message, in memory that does not grow with the corpus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from hub.codec.hl7v2 import Message, parse_message
from hub.core.diagnostics import Diagnostic
from hub.mapping.conversion import Conversion
from hub.mapping.difference.changes import Change, Kind, changes_of
from hub.mapping.difference.pairing import Pair, pair_resources
from hub.mapping.difference.rules import ChangedRules, Rulebook
from hub.mapping.mapset import MapSet
from hub.mapping.run.compiled import CompiledMap
from hub.mapping.survey.behind import Rule

__all__ = ["Comparison", "Example", "Group", "Subject"]

_MOST: Final = 5000  # groups that are kept; paths are bounded by FHIR, outcomes by the codes
_EXAMPLES: Final = 3


@dataclass(frozen=True, slots=True)
class Subject:
    """What changed, and by which rule; rule None: nothing names one. For an outcome the path is empty, and old and new say it."""

    rule: Rule | None
    path: str
    kind: Kind
    old: str = ""
    new: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """label: which message. old, new: JSON."""

    label: str
    old: str | None
    new: str | None


@dataclass(slots=True)
class Group:
    subject: Subject
    messages: int = 0
    occurrences: int = 0
    examples: list[Example] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """name: "converted", "refused M403", "no map". diagnostic: why it was refused."""

    name: str
    conversion: Conversion | None = None
    diagnostic: Diagnostic | None = None


@dataclass(slots=True)
class Comparison:
    """`take` each message. params: as a source sets them. unreadable: messages that neither set sees."""

    old: MapSet
    new: MapSet
    params: Mapping[str, str] = field(default_factory=dict)
    messages: int = 0
    changed: int = 0
    unreadable: int = 0
    others: int = 0
    _groups: dict[Subject, Group] = field(default_factory=dict)
    _rules: ChangedRules = field(init=False)

    def __post_init__(self) -> None:
        self._rules = ChangedRules(Rulebook(self.old), Rulebook(self.new))

    @property
    def groups(self) -> list[Group]:
        """The most frequent first."""
        return sorted(self._groups.values(), key=lambda each: (-each.messages, -each.occurrences, each.subject.path, each.subject.kind))

    def take(self, body: bytes, label: str, params: Mapping[str, str] | None = None) -> None:
        """params: of the message's source, where that is known."""
        self.messages += 1
        message = parse_message(body)
        if isinstance(message, Diagnostic):
            self.unreadable += 1
            return
        seen: set[Subject] = set()
        for subject, change in self._compare(message, self.params if params is None else params):
            self._count(subject, change, label, first=subject not in seen)
            seen.add(subject)
        self.changed += bool(seen)

    def _compare(self, message: Message, params: Mapping[str, str]) -> Iterator[tuple[Subject, Change]]:
        old, new = (_outcome(maps, message, params, trace=False) for maps in (self.old, self.new))
        if old.name != new.name:
            change = Change("", Kind.CHANGED, old.name, new.name)
            yield Subject(self._rule_of_refusal(old, new), "", Kind.CHANGED, old.name, new.name), change
        elif old.conversion is not None and new.conversion is not None:
            pairs = list(pair_resources(old.conversion.produced, new.conversion.produced))
            urls = {pair.old.full_url: pair.new.full_url for pair in pairs if pair.old is not None and pair.new is not None}
            found = [(pair, change) for pair in pairs for change in changes_of(pair, urls)]
            if found:
                yield from self._with_rules(message, params, found)

    def _with_rules(
        self, message: Message, params: Mapping[str, str], found: list[tuple[Pair, Change]]
    ) -> Iterator[tuple[Subject, Change]]:
        """Only messages that differ are traced; under the old set, only where something is gone."""
        sides = {True: self._rules.new, False: self._rules.old}
        traced: dict[bool, Conversion | None] = {}
        for pair, change in found:
            candidates: list[Rule] = []
            for is_new in (False, True) if change.kind is Kind.REMOVED else (True,):
                book, produced = sides[is_new], pair.new if is_new else pair.old
                if is_new not in traced:
                    traced[is_new] = _outcome(book.maps, message, params, trace=True).conversion
                conversion = traced[is_new]
                if conversion is not None and produced is not None:
                    candidates += book.candidates(conversion, produced, change.path.partition(" ")[0])
            yield Subject(self._rules.choose(candidates), change.path, change.kind), change

    def _count(self, subject: Subject, change: Change, label: str, *, first: bool) -> None:
        group = self._groups.get(subject)
        if group is None:
            if len(self._groups) >= _MOST:
                self.others += 1
                return
            group = self._groups[subject] = Group(subject)
        group.occurrences += 1
        group.messages += first
        if first and len(group.examples) < _EXAMPLES:
            group.examples.append(Example(label, change.old, change.new))

    def _rule_of_refusal(self, old: _Outcome, new: _Outcome) -> Rule | None:
        """The row that the diagnostic of the one that is refused points at."""
        for outcome, book in ((new, self._rules.new), (old, self._rules.old)):
            span = outcome.diagnostic.span if outcome.diagnostic is not None else None
            if span is not None:
                named = (rule for rule in book.behind.named.values() if (rule.file, rule.line) == (span.file, span.line))
                return next(named, Rule(span.file, span.line, ""))
        return None


def _outcome(maps: MapSet, message: Message, params: Mapping[str, str], *, trace: bool) -> _Outcome:
    chosen: CompiledMap | None = maps.find_message_map(message)
    if chosen is None:
        return _Outcome("no map")
    conversion = chosen.forward(message, params=params, trace=trace)
    refusal = next((each for each in conversion.diagnostics if each.is_error), None)
    if refusal is not None:
        return _Outcome(f"refused {refusal.code.name}", None, refusal)
    return _Outcome("converted", conversion)
