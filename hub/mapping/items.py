"""The lines of a map's body, one after another, also those inside its `each`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hub.mapping.syntax import Each, Item, Row


def iter_items(body: Sequence[Item]) -> Iterator[Item]:
    for item in body:
        yield item
        if isinstance(item, Each):
            yield from iter_items(item.body)


def iter_rows(body: Sequence[Item]) -> Iterator[Row]:
    return (item for item in iter_items(body) if isinstance(item, Row))
