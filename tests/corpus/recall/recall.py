"""Compares what the hub makes of a message with what the other mapper made of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from hub.mapping.mapset import MapSet
from hub.mapping.transaction_bundle import render_bundle
from tests.corpus.recall.facts import counted, facts_of
from tests.corpus.recall.pairs import Pair


@dataclass(slots=True)
class Score:
    expected: Counter = field(default_factory=Counter)
    made: Counter = field(default_factory=Counter)
    hit: Counter = field(default_factory=Counter)
    misses: Counter = field(default_factory=Counter)
    extra: Counter = field(default_factory=Counter)
    examples: dict = field(default_factory=dict)
    refused: list = field(default_factory=list)

    def add(self, pair: Pair, maps: MapSet) -> None:
        chosen = maps.find_message_map(pair.message)
        made = None
        if chosen is not None:
            done = chosen.forward(pair.message, params={"timezone": pair.source.zone}, givens={})
            if done.refused:
                self.refused.append((pair.name, [(d.code.name, d.detail, d.place) for d in done.diagnostics if d.is_error]))
            else:
                made = render_bundle(done.produced)
        expected = facts_of(pair.expected, folded=True)
        actual = facts_of(made) if made else []
        have = counted(actual)
        for one in expected:
            f = one.fact
            self.expected[f.kind] += 1
            if have[f] > 0:
                have[f] -= 1
                self.hit[f.kind] += 1
            else:
                k = (f.family, f.kind, one.path)
                self.misses[k] += 1
                self.examples.setdefault(k, []).append((f.value, pair.name.split(": ")[1]))
        for one in actual:
            self.made[one.fact.kind] += 1
        for f, n in have.items():
            if n > 0:
                self.extra[f.family, f.kind] += n
