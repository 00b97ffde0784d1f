"""Which rule a change is laid at: of those behind the value, one that itself differs between the two sets goes before the others."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from hub.mapping.conversion import Conversion, Produced, Step
from hub.mapping.mapset import MapSet
from hub.mapping.survey.behind import Rule, RulesBehind, rules_of
from hub.mapping.syntax import MapDeclaration, Row

__all__ = ["ChangedRules", "Rulebook"]

_SPAN: Final = re.compile(r"(?:\w+_)?span=(?:Span\([^()]*\)|None)")
_PLACE: Final = re.compile(r"\(\"[^\"]*\"\)|\[[^\]]*\]|:[A-Za-z0-9_-]+")


@dataclass(slots=True)
class Rulebook:
    """The rules of one set. behind: those behind each step of a trace."""

    maps: MapSet
    behind: RulesBehind = field(init=False)
    _texts: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.behind = RulesBehind(self.maps.program)
        for declaration in self.maps.program.maps.values():
            head = _head(declaration)
            for rule, row in rules_of(declaration):
                self._texts[rule.name] = f"{head} {_meaning(row)} {self._table(row)}"

    def meaning(self, rule: str) -> str | None:
        """What a rule says, with its table, wherever it stands; None where there is no such rule."""
        return self._texts.get(rule)

    def candidates(self, conversion: Conversion, produced: Produced, path: str) -> list[Rule]:
        """Of the rules behind a path the likeliest first: a step at it, around it, in it; then the row that made the resource."""
        found: dict[Rule, None] = {}
        own = [step for step in conversion.trace if step.made_by == produced.full_url]
        for step in sorted(own, key=lambda each: _distance(each, path)):
            if _distance(step, path) < _FAR:
                found.update(dict.fromkeys(self.behind.of(conversion.map_name, step)))
        maker = self.behind.named.get(produced.rule)
        return [*found, maker] if maker is not None and maker not in found else list(found)

    def _table(self, row: Row) -> str:
        table = self.maps.tables.get(row.clauses.table or "")
        return _meaning(table) if table is not None else ""


_FAR: Final = 1000


def _distance(step: Step, path: str) -> int:
    """0 at the path; small around it (the nearest first), then in it; far away elsewhere."""
    target = _PLACE.sub("", step.target)
    if target == path:
        return 0
    if path.startswith(f"{target}."):
        return path.count(".") - target.count(".")
    return 100 + target.count(".") if target.startswith(f"{path}.") else _FAR


def _head(declaration: MapDeclaration) -> str:
    """What the head of a map says goes for all its rows."""
    return f"{declaration.left.names} {declaration.right.names} {_meaning(declaration.params)}"


def _meaning(value: object) -> str:
    return _SPAN.sub("", repr(value))


@dataclass(slots=True)
class ChangedRules:
    old: Rulebook
    new: Rulebook
    _known: dict[str, bool] = field(default_factory=dict)

    def __contains__(self, rule: Rule) -> bool:
        known = self._known.get(rule.name)
        if known is None:
            known = self._known[rule.name] = self.old.meaning(rule.name) != self.new.meaning(rule.name)
        return known

    def choose(self, candidates: list[Rule]) -> Rule | None:
        return next((rule for rule in candidates if rule in self), candidates[0] if candidates else None)
