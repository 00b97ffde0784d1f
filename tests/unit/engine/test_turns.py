"""Turns between sources: by weight, in order within a source, and nobody is put off by another's flood."""

from collections import Counter

from hub.engine.turns import Turns


def drain(turns, count):
    found = []
    for _ in range(count):
        source, item = turns.peek()
        assert turns.take(source) == item
        found.append(item)
    return found


def flood(turns, source, count):
    for number in range(count):
        turns.add(source, (source, number))


def test_one_source_keeps_its_order():
    turns = Turns({})
    flood(turns, "lab", 5)
    assert drain(turns, 5) == [("lab", number) for number in range(5)]
    assert turns.peek() is None
    assert len(turns) == 0


def test_equal_shares_take_turns():
    turns = Turns({})
    flood(turns, "lab", 100)
    flood(turns, "ward", 100)
    assert Counter(source for source, _ in drain(turns, 100)) == {"lab": 50, "ward": 50}


def test_a_double_share_has_two_turns_for_one():
    turns = Turns({"lab": 2, "ward": 1})
    flood(turns, "lab", 300)
    flood(turns, "ward", 300)
    assert Counter(source for source, _ in drain(turns, 300)) == {"lab": 200, "ward": 100}


def test_who_was_quiet_has_the_next_turn_and_no_more_than_its_share_afterwards():
    """It waits for one turn at most; and the time in which it asked for nothing is not saved up."""
    turns = Turns({})
    flood(turns, "lab", 1000)
    drain(turns, 500)
    flood(turns, "ward", 100)
    order = [source for source, _ in drain(turns, 100)]
    assert "ward" in order[:2]
    assert Counter(order) == {"lab": 50, "ward": 50}


def test_who_may_not_is_passed_over():
    turns = Turns({})
    flood(turns, "lab", 2)
    flood(turns, "ward", 2)
    assert turns.peek(lambda source: source == "ward") == ("ward", ("ward", 0))
    assert turns.peek(lambda _: False) is None
