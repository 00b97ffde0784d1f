"""A set of maps with nothing in it but what goes both ways: what it reads of a message is what is written back.

Going forward it makes of a message those elements that two-way rows made of the places they are written to; all else in the message is
residue. A row's other alternatives (`or $time`) and its `else` are not written back, so they are not here.
"""

from __future__ import annotations

from dataclasses import replace

from hub.mapping.backward.rows import first_path
from hub.mapping.program import Program
from hub.mapping.syntax import Arrow, Constant, Each, Expression, Item, MapDeclaration, Row

__all__ = ["two_way_map", "two_way_program"]


def two_way_program(program: Program) -> Program:
    maps = {name: two_way_map(declaration) for name, declaration in program.maps.items()}
    by_types = {types: maps[declaration.name] for types, declaration in program.by_types.items()}
    return replace(program, maps=maps, by_types=by_types, diagnostics=[])


def two_way_map(declaration: MapDeclaration) -> MapDeclaration:
    return replace(declaration, body=_both_ways(declaration.body))


def _both_ways(items: tuple[Item, ...]) -> tuple[Item, ...]:
    kept: list[Item] = []
    for item in items:
        if isinstance(item, Each):
            kept.append(replace(item, body=_both_ways(item.body)))
        elif not isinstance(item, Row):
            kept.append(item)
        elif (row := _both_ways_row(item)) is not None:
            kept.append(row)
    return tuple(kept)


def _both_ways_row(row: Row) -> Row | None:
    if row.arrow is not Arrow.BOTH:
        return None
    if isinstance(row.left.alternatives[0].atom, Constant):
        return row
    path = first_path(row.left)
    if path is None:
        return None
    alternatives = tuple(each for each in row.left.alternatives if each.atom is path)
    clauses = row.clauses if row.clauses.policy else replace(row.clauses, default=None)
    return replace(row, left=Expression(alternatives, row.left.span), clauses=clauses)
