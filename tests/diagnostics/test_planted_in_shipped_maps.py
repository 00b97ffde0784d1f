"""Every shipped map is clean, and with one mistake planted in a copy the checker says exactly that one, where it was planted.

The whole set is checked each time, as `calder map check` does it; only the changed file is read anew.
"""

from __future__ import annotations

import re
from functools import cache

import pytest

from hub.app.installed import functions
from hub.core.diagnostics import Diagnostic, Severity
from hub.mapping.check.check import check
from hub.mapping.check.incomplete import without_guesses
from hub.mapping.codes.check import CODES as CHECKING_CODES
from hub.mapping.codes.profiles import CODES as PROFILE_CODES
from hub.mapping.codes.sites import APPLYING
from hub.mapping.codes.syntax import CODES as READING_CODES
from hub.mapping.overlay import apply_overlays
from hub.mapping.parse.parser import parse_map_file
from hub.mapping.program import gather_program
from hub.mapping.table_overlay import read_tables
from hub.mapping.types.profiles import read_profiles
from hub.settings.map_files import read_packaged
from tests.diagnostics.planted_mistakes import EVERY, HERE, NOT_PLANTED, PROFILE_TEXTS, Planted

TEXTS = read_packaged()
READ = {name: parse_map_file(name, text)[0] for name, text in sorted(TEXTS.maps.items())}
MAPS = {declaration.name: declaration for file in READ.values() for declaration in file.maps}


def whole_name(file: str) -> str:
    return next((name for name in (*TEXTS.maps, *TEXTS.tables) if name.rpartition("/")[2] == file), file)


def report(name: str, text: str) -> list[Diagnostic]:
    """Of the whole set, in which the file of this name has this text."""
    own = {name: text}
    tables, unread = read_tables({**TEXTS.tables, **(own if name.endswith(".csv") else {})})
    profiles, found = read_profiles({**TEXTS.profiles, **PROFILE_TEXTS, **(own if name.endswith(".json") else {})})
    unread += found
    files = dict(READ)
    if name.endswith(".map"):
        files[name], found = parse_map_file(name, text, MAPS)
        unread += found
    effective = apply_overlays(tuple(files.values()))
    unread += (*effective.diagnostics, *gather_program(effective.files, tables, functions()).diagnostics)
    checked = check(effective.files, tables, functions(), profiles)
    return [*unread, *without_guesses(checked, unread, {**TEXTS.maps, **own})]


def plant(planted: Planted) -> tuple[str, str, tuple[int, int]]:
    """The name of the file, its text with the mistake, and the line and column of the mistake."""
    name = whole_name(planted.file)
    text = TEXTS.maps.get(name) or TEXTS.tables.get(name, "")
    for find, put in ((planted.find, planted.put), *planted.more):
        text, count = re.subn(find, put, text, count=1, flags=re.MULTILINE)
        assert count == 1, f"{planted.file} has no longer what the mistake is planted on: {find}"
    before, sign, after = text.partition(HERE)
    assert sign, "the plant says where the mistake stands"
    return name, before + after, (before.count("\n") + 1, len(before) - before.rfind("\n"))


@cache
def unplanted() -> frozenset[Diagnostic]:
    """What is said of the shipped maps: notes alone, or the first test fails and not each of the others too."""
    name = next(iter(READ))
    return frozenset(report(name, TEXTS.maps[name]))


def test_the_shipped_maps_are_clean() -> None:
    assert [one for one in unplanted() if one.severity is not Severity.INFORMATION] == []


@pytest.mark.parametrize("planted", EVERY, ids=lambda planted: planted.name)
def test_a_planted_mistake_is_named_where_it_stands_and_nothing_else_is(planted: Planted) -> None:
    name, text, (line, column) = plant(planted)
    found = [one for one in report(name, text) if one not in unplanted()]
    found = [one for one in found if one.severity is not Severity.INFORMATION or _is_there(one, planted, name, line)]
    places = [(one.code.name, one.span.file, one.span.line, one.span.column) for one in found if one.span]
    assert places == [(planted.code, name, line, column)], [one.detail for one in found]


def _is_there(one: Diagnostic, planted: Planted, name: str, line: int) -> bool:
    return one.code.name == planted.code and one.span is not None and (one.span.file, one.span.line) == (name, line)


def test_every_mistake_that_a_map_can_have_is_planted_or_has_a_reason() -> None:
    known = {code.name for code in (*READING_CODES, *CHECKING_CODES, *PROFILE_CODES, *APPLYING)} | {"M471", "M480", "M481", "M482", "M483"}
    planted = {one.code for one in EVERY}
    assert planted | NOT_PLANTED.keys() == known
    assert not planted & NOT_PLANTED.keys()
