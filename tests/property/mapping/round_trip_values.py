"""Texts of HL7 v2 for Hypothesis, as one map reads them: from the types of HL7's tables, the codes of its tables, the values of its guards.

Two things are not drawn, since FHIR cannot keep them whatever a map says: a second item of a list without the first, and arguments of a
function that are none of its examples. Both are in accepted_losses.yaml.
"""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st

from hub.codec.hl7v2 import escape
from hub.mapping.forward.maps import is_datatype
from hub.mapping.syntax import Call, Let, MapDeclaration, Name, V2Path
from tests.property.mapping.round_trip_maps import Entry, Key, both_ways, entries, maps, v2_type_at

__all__ = ["part_texts", "words"]

_LETTERS = "abcXYZ 019é&^|\\~"
words = st.one_of(
    st.sampled_from(["Moss", "Ann Lee", "Ward 12", "x&y", "naïve", "O'Brien", "12 Beck Lane"]),
    st.text(_LETTERS, min_size=1, max_size=6).map(str.strip).filter(bool),
)
_escaped = words.map(escape)
_bare = st.sampled_from(["A", "B2", "C-3", "77", "x.y"])
_days = st.sampled_from(["2026", "202601", "20260114", "19401207", "20000229"])
_moments = st.sampled_from(
    ["2026", "202601", "20260114", "202601140630", "20260114063000", "20260714063000", "20260114063000+0000", "20260714203000.1234-0500"]
)
_BY_FHIR = {
    "boolean": st.sampled_from(["Y", "N"]),
    "decimal": st.sampled_from(["0", "7", "98.00", "-1.5", ".5"]),
    "integer": st.sampled_from(["-3", "0", "12"]),
    "unsignedInt": st.sampled_from(["0", "12"]),
    "positiveInt": st.sampled_from(["1", "12"]),
    "date": _days,
    "dateTime": _moments,
    "instant": st.sampled_from(["202601140630", "20260114063000+0000", "20260714203000.1234-0500"]),
    "time": st.sampled_from(["2230", "223000"]),
    "code": _bare,
    "id": _bare,
    "uri": _bare,
}
_BY_V2 = {"DT": _days, "TS": _moments, "DTM": _moments, "NM": _BY_FHIR["decimal"], "SI": _BY_FHIR["positiveInt"], "TM": _BY_FHIR["time"]}
_AUTHORITIES = (["NHS"], ["ST JAMES"], ["", "2.16.840.1.113883.2.1.3.9.1", "ISO"], ["", "https://x.org/y", "URI"], ["", "ab", "L"])

_NEEDED = {"sn": {2}}  # a comparator is nothing without its number

Drawn = dict[Key, str]


def part_texts(name: str) -> st.SearchStrategy[str]:
    """A value of a datatype map, or a segment."""
    own = both_ways().program.maps[name].left.names[0]
    return _values(name, 1) if is_datatype(own) else _segments(name)


# --- segments


def _segments(name: str) -> st.SearchStrategy[str]:
    own = both_ways().program.maps[name].left.names[0]
    numbers = sorted({entry.key[0] for entry in entries(name)})
    needed = {2, 5} & set(numbers) if own == "OBX" else set()

    @st.composite
    def segment(draw: st.DrawFn) -> str:
        chosen = sorted(_without_holes(name, draw(st.sets(st.sampled_from(numbers), max_size=7)) | needed))
        fields = [own] + [""] * max(chosen, default=0)
        for number in chosen:
            kind = fields[2] if own == "OBX" and number > 2 else ""
            fields[number] = draw(_field(name, number, kind))
        return "|".join(fields)

    return segment()


@cache
def _field(name: str, number: int, kind: str) -> st.SearchStrategy[str]:
    own = tuple(entry for entry in entries(name) if entry.key[0] == number and _fits(name, entry, kind))
    one = _assembled(name, own, (number,), 1)
    if own and all(entry.repeats for entry in own):
        return st.lists(one.filter(bool), min_size=1, max_size=2).map("~".join)
    return one.filter(lambda text: "^" in text) if kind == "SN" and number == 5 else one.filter(bool)


def _fits(name: str, entry: Entry, kind: str) -> bool:
    """OBX-5 is of the type that OBX-2 says."""
    if v2_type_at(both_ways().program.maps[name], entry.key[:1]) != "varies":
        return True
    return any(kind in condition.values for condition in entry.row.clauses.when)


# --- values


@cache
def _values(name: str, level: int) -> st.SearchStrategy[str]:
    return _assembled(name, entries(name), (), level)


def _assembled(name: str, own: tuple[Entry, ...], around: Key, level: int) -> st.SearchStrategy[str]:
    """Some of the places of these entries, each by whatever some row reads there. around: what their keys begin with."""
    depth = len(around)
    whole = [entry for entry in own if len(entry.key) == depth]
    below = sorted({entry.key for entry in own if len(entry.key) > depth})

    @st.composite
    def assembled(draw: st.DrawFn) -> str:
        if whole and (not below or draw(st.booleans())):
            return draw(_whole(name, draw(st.sampled_from(whole)), level))
        chosen = draw(st.sets(st.sampled_from(below), min_size=1, max_size=5)) if below else set()
        chosen = {key for key in chosen if key[depth] in _without_holes(name, {each[depth] for each in chosen})} if not around else chosen
        chosen |= {key for key in below if not around and key[0] in _NEEDED.get(name, ())}
        drawn: Drawn = {}
        for key in sorted(chosen):
            if not any(key[: len(known)] == known or known[: len(key)] == key for known in drawn):
                drawn.update(draw(_at(name, key, own, level + len(key) - depth)))
        return _joined(drawn, depth, level)

    return assembled()


def _joined(drawn: Drawn, depth: int, level: int) -> str:
    separator = "^" if level == 1 else "&"
    parts = [""] * max((key[depth] for key in drawn), default=0)
    for number in {key[depth] for key in drawn}:
        inner = {key: text for key, text in drawn.items() if key[depth] == number}
        at_end = next((text for key, text in inner.items() if len(key) == depth + 1), None)
        parts[number - 1] = at_end if at_end is not None else _joined(inner, depth + 1, level + 1)
    return separator.join(parts).rstrip(separator)


@st.composite
def _at(draw: st.DrawFn, name: str, key: Key, own: tuple[Entry, ...], level: int) -> Drawn:
    entry = draw(st.sampled_from([each for each in own if each.key == key]))
    if isinstance(entry.row.left.alternatives[0].atom, Call):
        return draw(_call(entry, own))
    return {key: draw(_whole(name, entry, level))}


def _call(entry: Entry, own: tuple[Entry, ...]) -> st.SearchStrategy[Drawn]:
    """All arguments of one of the function's examples."""
    function = entry.function
    places = {each.argument: each.key for each in own if each.row is entry.row}
    if function is None:
        return st.just({})
    if function.takes[-1].endswith("*"):
        texts = [escape(text) for each in function.examples if not each.fails for text in each.arguments if text]
        return st.lists(st.sampled_from(texts), min_size=1, max_size=2).map(lambda found: {entry.key: "~".join(found)})
    examples = [each.arguments for each in function.examples if not each.fails and not each.one_way and any(each.arguments)]
    return st.sampled_from(examples).map(lambda found: {places[at]: escape(text) for at, text in enumerate(found) if text and at in places})


def _whole(name: str, entry: Entry, level: int) -> st.SearchStrategy[str]:
    declaration = both_ways().program.maps[name]
    kind = v2_type_at(declaration, entry.key) or "ST"
    codes = _codes(declaration, entry)
    coded = st.sampled_from(codes) if codes else st.nothing()
    if entry.called is not None:
        return _values(entry.called.name, level) if entries(entry.called.name) else _bare
    if entry.function is not None and entry.function.takes[0] == "HD":
        return st.one_of(coded, st.sampled_from([("^" if level == 1 else "&").join(parts) for parts in _AUTHORITIES]))
    if entry.function is not None:
        texts = [escape(each.arguments[0]) for each in entry.function.examples if not (each.fails or each.one_way) and each.arguments[0]]
        return st.one_of(coded, st.sampled_from(texts))
    if codes:
        return coded
    return {**_BY_V2, **_BY_FHIR}.get(entry.fhir_type if entry.fhir_type in _BY_FHIR else kind, _escaped)


def _codes(declaration: MapDeclaration, entry: Entry) -> list[str]:
    """Of the row's table, and of every guard about the place."""
    table = maps().tables.get(entry.row.clauses.table or "")
    found = [line.source.code for line in table.lines][:40] if table is not None and entry.called is None else []
    lets = {item.name: item.value.alternatives[0].atom for item in declaration.body if isinstance(item, Let)}
    for other in entries(declaration.name):
        for condition in (*other.row.clauses.when, *other.row.clauses.unless):
            subject = lets.get(condition.subject.name) if isinstance(condition.subject, Name) else condition.subject
            if isinstance(subject, V2Path) and tuple(n for n in (subject.field, subject.component, subject.subcomponent) if n) == entry.key:
                found += [value for value in condition.values if value != '""']
    return [escape(code) for code in dict.fromkeys(found)]


# --- lists without holes


@cache
def _items(name: str) -> dict[tuple[str, ...], dict[int, frozenset[int]]]:
    """Of each list whose items rows name (`given[2]`): the fields or components that each item is made of."""
    found: dict[tuple[str, ...], dict[int, set[int]]] = {}
    for entry in entries(name):
        for at, step in enumerate(entry.row.right.steps):
            if isinstance(step.index, int):
                path = tuple(each.name for each in entry.row.right.steps[: at + 1])
                found.setdefault(path, {}).setdefault(step.index, set()).add(entry.key[0])
    return {path: {index: frozenset(keys) for index, keys in items.items()} for path, items in found.items()}


def _without_holes(name: str, chosen: set[int]) -> set[int]:
    left = set(chosen)
    for items in _items(name).values():
        for index in sorted(items):
            if index > 1 and not left & items.get(index - 1, frozenset()):
                left -= items[index]
    return left
