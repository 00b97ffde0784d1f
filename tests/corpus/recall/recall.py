"""Compares what the hub makes of a message with what the other mapper made of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from hub.mapping.mapset import MapSet
from hub.mapping.transaction_bundle import render_bundle
from tests.corpus.recall.facts import count, facts_of
from tests.corpus.recall.pairs import Pair


@dataclass(frozen=True, slots=True)
class Miss:
    family: str
    kind: str
    path: str


@dataclass(slots=True)
class Score:
    """Of all pairs of one source. refused: facts of messages that the hub answers with AE, and where they break."""

    expected: Counter[str] = field(default_factory=Counter)
    made: Counter[str] = field(default_factory=Counter)
    hits: Counter[str] = field(default_factory=Counter)
    misses: Counter[Miss] = field(default_factory=Counter)
    refused: dict[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def recall(self) -> float:
        return self.hits.total() / max(1, self.expected.total())

    @property
    def precision(self) -> float:
        return self.hits.total() / max(1, self.made.total())

    @property
    def recall_with_refused(self) -> float:
        return self.hits.total() / max(1, self.expected.total() + sum(facts for facts, _ in self.refused.values()))

    def add(self, pair: Pair, maps: MapSet) -> None:
        expected = facts_of(pair.expected, folded=True)
        chosen = maps.find_message_map(pair.message)
        done = None if chosen is None else chosen.forward(pair.message, params={"timezone": pair.source.zone})
        if done is not None and done.refused:
            error = next(one for one in done.diagnostics if one.is_error)
            self.refused[pair.name] = (len(expected), f"{error.code.name} at {error.place}")
            return
        actual = facts_of(render_bundle(done.produced)) if done is not None else []
        left = count(actual)
        self.made.update(one.fact.kind for one in actual)
        for one in expected:
            self.expected[one.fact.kind] += 1
            if left[one.fact] > 0:
                left[one.fact] -= 1
                self.hits[one.fact.kind] += 1
            else:
                self.misses[Miss(one.fact.family, one.fact.kind, one.path)] += 1


def score(pairs: Iterable[Pair], maps: MapSet) -> dict[str, Score]:
    """By the folder of the source."""
    scores: dict[str, Score] = {}
    for pair in pairs:
        scores.setdefault(pair.source.folder, Score()).add(pair, maps)
    return scores


def table(scores: dict[str, Score]) -> Iterator[str]:
    yield "| source | kind | expected | found | recall | made | precision |"
    yield "|---|---|---|---|---|---|---|"
    for source, one in scores.items():
        for kind in sorted(one.expected):
            found, expected, made = one.hits[kind], one.expected[kind], one.made[kind]
            yield f"| {source} | {kind} | {expected} | {found} | {found / expected:.1%} | {made} | {found / max(1, made):.1%} |"
        yield (
            f"| {source} | **all** | {one.expected.total()} | {one.hits.total()} | **{one.recall:.1%}** "
            f"| {one.made.total()} | {one.precision:.1%} |"
        )
