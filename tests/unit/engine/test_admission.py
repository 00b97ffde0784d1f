"""Places in the engine: bounded in number and bytes, for each source and for all; a flood does not starve a quiet source."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from hub.engine.admission import Admission, Room


class Engine:
    """Holds who is inside until it is told to let the oldest go; counts the turns."""

    def __init__(self, admission):
        self.admission = admission
        self.inside = []
        self.entered = []
        self.most = 0

    async def message(self, source, size=1):
        async with self.admission.place(source, size):
            done = asyncio.get_running_loop().create_future()
            self.inside.append((source, size, done))
            self.entered.append(source)
            self.most = max(self.most, len(self.inside))
            await done

    async def finish_one(self):
        self.inside.pop(0)[2].set_result(None)
        await settle()

    async def finish_all(self):
        while self.inside:
            await self.finish_one()


async def settle():
    for _ in range(5):
        await asyncio.sleep(0)


@asynccontextmanager
async def sending(engine, *messages):
    tasks = [asyncio.create_task(engine.message(*each)) for each in messages]
    await settle()
    yield tasks
    await engine.finish_all()
    await asyncio.gather(*tasks, return_exceptions=True)


def test_no_more_at_once_than_there_is_room():
    async def story():
        engine = Engine(Admission({}, Room(messages=4, most=3)))
        async with sending(engine, *[("lab",)] * 10, *[("ward",)] * 10):
            assert engine.entered == ["lab"] * 3 + ["ward"]
        assert len(engine.entered) == 20
        assert engine.most == 4

    asyncio.run(story())


def test_a_quiet_source_has_its_turn_after_at_most_one_more_of_each_that_floods():
    """Counted in turns: places that come free while it waits."""

    async def story():
        engine = Engine(Admission({}, Room(messages=8, most=6)))
        floods = [(f"flood-{number}",) for number in range(3)] * 200
        async with sending(engine, *floods):
            for _ in range(50):
                await engine.finish_one()
            quiet = asyncio.create_task(engine.message("quiet"))
            await settle()
            turns = 0
            while "quiet" not in engine.entered:
                await engine.finish_one()
                turns += 1
            assert turns <= 4
            await engine.finish_all()
            await quiet

    asyncio.run(story())


def test_first_come_first_served_would_starve_it(monkeypatch):
    """The planted fault: who came first is served until it has nothing more."""

    def first(turns, may):
        return next(((source, queue[0]) for source, queue in turns._waiting.items() if may(source)), None)

    monkeypatch.setattr("hub.engine.turns.Turns.peek", first)
    with pytest.raises(AssertionError):
        test_a_quiet_source_has_its_turn_after_at_most_one_more_of_each_that_floods()


def test_a_share_is_a_weight():
    async def story():
        engine = Engine(Admission({"lab": 3}, Room(messages=1, most=1)))
        async with sending(engine, *[("lab",)] * 200, *[("ward",)] * 200):
            for _ in range(100):
                await engine.finish_one()
            assert 70 <= engine.entered[:100].count("lab") <= 80

    asyncio.run(story())


def test_bytes_are_counted_and_a_large_one_is_not_overtaken_for_ever():
    async def story():
        engine = Engine(Admission({}, Room(size=10)))
        async with sending(engine, ("lab", 6), ("lab", 6), ("lab", 1)):
            assert [size for _, size, _ in engine.inside] == [6]
            await engine.finish_one()
            assert [size for _, size, _ in engine.inside] == [6, 1]

    asyncio.run(story())


def test_one_that_is_larger_than_all_the_room_goes_in_alone():
    async def story():
        engine = Engine(Admission({}, Room(size=10)))
        async with sending(engine, ("lab", 1), ("lab", 50), ("lab", 1)):
            assert len(engine.inside) == 1
            await engine.finish_one()
            assert [size for _, size, _ in engine.inside] == [50]
            await engine.finish_one()
            assert [size for _, size, _ in engine.inside] == [1]

    asyncio.run(story())


def test_who_gives_up_waiting_leaves_no_place_taken():
    async def story():
        engine = Engine(Admission({}, Room(messages=1)))
        async with sending(engine, ("lab",), ("lab",), ("lab",)) as tasks:
            tasks[1].cancel()
            await engine.finish_one()
            await engine.finish_one()
            assert engine.inside == []
            tasks.append(asyncio.create_task(engine.message("lab")))
            await settle()
            assert len(engine.inside) == 1

    asyncio.run(story())


def test_called_away_at_the_moment_of_its_turn():
    async def story():
        engine = Engine(Admission({}, Room(messages=1)))
        async with sending(engine, ("lab",), ("lab",), ("lab",)) as tasks:
            engine.inside.pop(0)[2].set_result(None)
            await asyncio.sleep(0)  # its turn has come, and it has not heard of it yet
            tasks[1].cancel()
            await settle()
            assert engine.entered == ["lab", "lab"]
            assert len(engine.inside) == 1

    asyncio.run(story())
