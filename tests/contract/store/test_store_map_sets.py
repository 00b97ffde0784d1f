"""The texts of the map sets that were used: kept once, given back exactly."""

import pytest

from hub.store.rows import MapSetTexts

TEXTS = MapSetTexts({"a.map": 'map a : v2 CX <-> fhir Identifier\r\n-- "ä" \U0001f600 \ud800\n', "b.map": ""}, {"tables/t.csv": "x,y\n"})


def kept(world, digest, visibility=None):
    return world.run(world.store.map_set_texts(visibility or world.system, digest))


def test_the_very_texts_come_back(world):
    world.submit(lambda tx: tx.keep_map_set("d1", TEXTS))
    assert kept(world, "d1") == TEXTS
    assert world.run(world.store.map_sets(world.system)) == ["d1"]


def test_a_set_is_written_once(world):
    world.submit(lambda tx: tx.keep_map_set("d1", TEXTS))
    world.submit(lambda tx: tx.keep_map_set("d1", MapSetTexts({}, {})))
    assert kept(world, "d1") == TEXTS


def test_a_set_that_receipts_name_already_and_one_that_nobody_kept(world):
    receipt = world.receive(map_set="used")
    assert kept(world, "used") is None
    assert world.run(world.store.map_sets(world.system)) == []
    world.submit(lambda tx: tx.keep_map_set("used", TEXTS))
    assert kept(world, "used") == TEXTS
    assert world.run(world.store.receipt(world.system, receipt)).map_set == "used"


def test_the_sets_are_listed_in_the_order_of_their_first_use(world):
    for digest in ("z", "a", "m", "a"):
        world.submit(lambda tx, digest=digest: tx.keep_map_set(digest, TEXTS))
    assert world.run(world.store.map_sets(world.system)) == ["z", "a", "m"]


def test_work_that_is_taken_back_keeps_nothing(world):
    def work(tx):
        tx.keep_map_set("d1", TEXTS)
        raise KeyError

    with pytest.raises(KeyError):
        world.submit(work)
    assert kept(world, "d1") is None
    world.submit(lambda tx: tx.keep_map_set("d1", TEXTS))
    assert kept(world, "d1") == TEXTS


def test_they_are_there_after_a_start_and_beside_the_writer(world, opening):
    world.submit(lambda tx: tx.keep_map_set("d1", TEXTS))
    beside = opening(read_only=True)
    assert world.run(beside.map_set_texts(world.system, "d1")) == TEXTS
    world.run(beside.close())


@pytest.mark.parametrize("limit", [{"people": {"p"}}, {"types": {"Observation"}}])
def test_a_limited_caller_sees_no_maps(world, limit):
    world.submit(lambda tx: tx.keep_map_set("d1", TEXTS))
    assert kept(world, "d1", world.seen_by(**limit)) is None
    assert world.run(world.store.map_sets(world.seen_by(**limit))) == []
