"""Faults planted in the way back: the generated round trips must see each of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import Phase, find, settings

from hub.mapping.mapset import MapSet
from hub.mapping.program import Program
from hub.mapping.syntax import MapDeclaration, Row
from hub.mapping.tables import Coded
from tests.property.mapping.round_trip_checks import losses_of_v2
from tests.property.mapping.round_trip_losses import is_accepted
from tests.property.mapping.round_trip_maps import maps
from tests.property.mapping.round_trip_values import part_texts


def with_map(name: str, change: object) -> MapSet:
    program: Program = maps().program
    changed = change(program.maps[name])
    by_types = {types: changed if each.name == name else each for types, each in program.by_types.items()}
    return replace(maps(), program=replace(program, maps={**program.maps, name: changed}, by_types=by_types))


def with_row(name: str, row: str, change: object) -> MapSet:
    def change_map(declaration: MapDeclaration) -> MapDeclaration:
        return replace(
            declaration, body=tuple(change(item) if isinstance(item, Row) and item.name == row else item for item in declaration.body)
        )

    return with_map(name, change_map)


def at_component(number: int):
    def change(row: Row) -> Row:
        (first, *rest) = row.left.alternatives
        moved = replace(first, atom=replace(first.atom, component=number))
        return replace(row, left=replace(row.left, alternatives=(moved, *rest)))

    return change


def with_table(name: str, one: str, other: str) -> MapSet:
    """Two of its lines go back to one another's code."""
    program = maps().program
    table = program.tables[name]
    first, second = table.by_target[one], table.by_target[other]
    swapped: dict[str, Coded] = {**table.by_target, one: second, other: first}
    backward = {key: swapped[key[1]] for key in table.backward}
    changed = replace(table, by_target=swapped, backward=backward)
    return replace(maps(), program=replace(program, tables={**program.tables, name: changed}))


def seen(name: str, text: str, planted: MapSet | None = None) -> bool:
    return any(not is_accepted(loss) for loss in losses_of_v2(name, text, planted))


FAULTS = {
    "a table line reversed": ("pid", lambda: with_table("administrative_sex", "male", "female")),
    "a component swapped": ("cx", lambda: with_row("cx", "value", at_component(2))),
    "a component of a name swapped": ("xpn", lambda: with_row("xpn", "given", at_component(3))),
    "a date written elsewhere": ("xad", lambda: with_row("xad", "city", at_component(4))),
    "a row that does not go back": (
        "al1",
        lambda: with_map("al1", lambda each: replace(each, body=tuple(i for i in each.body if getattr(i, "name", "") != "category"))),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_seen(fault: str) -> None:
    name, plant = FAULTS[fault]
    planted = plant()
    find(
        part_texts(name),
        lambda text: seen(name, text, planted) and not seen(name, text),
        settings=settings(max_examples=1500, derandomize=True, database=None, phases=(Phase.generate,)),
    )
