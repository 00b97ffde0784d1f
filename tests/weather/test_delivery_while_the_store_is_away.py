"""A delivery that could not be read was not sent: it is tried again, and its lane goes on. Found by a storm on PostgreSQL."""

import pytest

from hub.core.errors import StoreAway
from tests.acceptance.mllp_hospital import Hospital
from tests.acceptance.mllp_hub import run
from tests.acceptance.owing import owing, post_plan, settled


class AwayOnce:
    """The store, which cannot be reached at the first reading of `name`."""

    def __init__(self, store, name):
        self._read = getattr(store, name)
        self._away = True

    async def __call__(self, *asked, **how):
        if self._away:
            self._away = False
            raise StoreAway("the database could not be reached")
        return await self._read(*asked, **how)


@pytest.mark.parametrize("name", ["vread", "read"])
def test_what_could_not_be_read_is_tried_again(tmp_path, name) -> None:
    async def story():
        hospital = await Hospital("AA").open()
        try:
            async with owing(tmp_path, hospital.port) as hub:
                setattr(hub.store, name, AwayOnce(hub.store, name))
                await post_plan(hub, "one")
                await post_plan(hub, "two")
                await settled(hub, owed=2, delivered=2)
            assert hospital.titles == ["one", "two"]
        finally:
            await hospital.close()

    run(story())
