"""The queue of the writer, over commits that are played."""

import asyncio

import pytest

from hub.core.errors import StoreError
from hub.store.relational.group_commit import GroupCommit


def _commits(batch):
    return [(future, work("transaction"), None) for work, future in batch]


def test_a_writer_that_breaks_tells_who_waits_and_lives_on() -> None:
    """Its thread must not die silently: whoever waits would wait for ever."""
    faults = [ZeroDivisionError("of the hub's own")]

    def commit(batch):
        if faults:
            raise faults.pop()
        return _commits(batch)

    group = GroupCommit(commit, queue_limit=10, batch_limit=10)

    async def twice() -> str:
        with pytest.raises(StoreError, match="the writer broke: ZeroDivisionError"):
            await asyncio.wait_for(group.submit(lambda _: "first"), 30)
        return await asyncio.wait_for(group.submit(lambda _: "second"), 30)

    assert asyncio.run(twice()) == "second"
    group.close()
