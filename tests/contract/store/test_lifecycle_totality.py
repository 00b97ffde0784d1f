"""Every pair of states, made from the tables of hub.core.lifecycle: legal and possible on each store, or refused and nothing changed."""

import re
from collections import deque
from enum import StrEnum
from itertools import product
from pathlib import Path

import pytest

import hub.store
from hub.core.errors import StoreError
from hub.core.lifecycle import (
    ANSWER_LIFE,
    ANSWER_MOVES,
    DELIVERY_LIFE,
    DELIVERY_MOVES,
    MESSAGE_LIFE,
    MESSAGE_MOVES,
    AckOutcome,
    DeliveryState,
    Failure,
    MessageState,
    settle,
)

LEGS = {
    MessageState: (MESSAGE_LIFE, MESSAGE_MOVES, MessageState.PENDING),
    AckOutcome: (ANSWER_LIFE, ANSWER_MOVES, AckOutcome.PENDING),
    DeliveryState: (DELIVERY_LIFE, DELIVERY_MOVES, DeliveryState.DUE),
}


def ways(states: type[StrEnum]) -> dict[StrEnum, list[StrEnum]]:
    """The shortest legal way to each state from where the life begins."""
    _, moves, begins = LEGS[states]
    found = {begins: []}
    unseen = deque([begins])
    while unseen:
        state = unseen.popleft()
        for after in sorted(moves[state] - found.keys()):
            found[after] = [*found[state], after]
            unseen.append(after)
    return found


def pairs(states):
    return pytest.mark.parametrize(("before", "after"), list(product(states, states)))


@pytest.mark.parametrize("states", LEGS)
def test_the_tables_are_total_and_every_state_can_be_reached(states):
    life, moves, _ = LEGS[states]
    assert set(moves) == set(states) == set(ways(states))
    assert len({(move.before, move.after) for move in life}) == len(life), "one reason for each move"


def moving_message(world, number, state):
    world.submit(lambda tx: tx.move(number, state, reason="M204"))


def noting_answer(world, number, state):
    world.submit(lambda tx: tx.conclude(number, ack_outcome=state))


def noting_answer_with_more(world, number, state):
    """Another way through the stores than an outcome alone."""
    world.submit(lambda tx: tx.conclude(number, ack_outcome=state, ack_code="AA"))


def settling(world, number, state):
    world.submit(lambda tx: tx.settle(number, state, now=world.now, reason="E1"))


def message(world):
    return world.submit(lambda tx: tx.archive(world.arrival()))


def delivery(world):
    return world.owe(lane="a")


def state_of_message(world, number):
    return world.run(world.store.receipt(world.system, number)).state


def state_of_answer(world, number):
    return world.run(world.store.receipt(world.system, number)).ack_outcome


def state_of_delivery(world, number):
    return next(row.state for row in world.run(world.store.deliveries(world.system)) if row.id == number)


def assert_total(world, before, after, begin, move, state_of):
    number = begin(world)
    for state in ways(type(before))[before]:
        move(world, number, state)
    assert state_of(world, number) is before
    if after in LEGS[type(before)][1][before]:
        move(world, number, after)
        assert state_of(world, number) is after
    else:
        with pytest.raises(StoreError):
            move(world, number, after)
        assert state_of(world, number) is before
    assert world.run(world.store.ledger(world.system)).balanced


@pairs(MessageState)
def test_every_pair_of_states_of_a_message(world, before, after):
    assert_total(world, before, after, message, moving_message, state_of_message)


@pairs(AckOutcome)
@pytest.mark.parametrize("move", [noting_answer, noting_answer_with_more])
def test_every_pair_of_states_of_an_answer(world, before, after, move):
    assert_total(world, before, after, message, move, state_of_answer)


@pairs(DeliveryState)
def test_every_pair_of_states_of_a_delivery(world, before, after):
    assert_total(world, before, after, delivery, settling, state_of_delivery)


@pairs(MessageState)
def test_every_pair_inside_the_work_that_archives(world, before, after):
    """A message that is not written yet obeys the same table."""

    def work(tx):
        receipt = tx.archive(world.arrival())
        for state in (*ways(MessageState)[before], after):
            tx.move(receipt, state)
        return tx.get_receipt(receipt).state

    if after in MESSAGE_MOVES[before]:
        assert world.submit(work) is after
    else:
        with pytest.raises(StoreError):
            world.submit(work)
        assert world.run(world.store.receipts(world.system)) == []


@pairs(AckOutcome)
def test_every_pair_of_an_answer_inside_the_work_that_archives(world, before, after):
    def work(tx):
        receipt = tx.archive(world.arrival())
        for state in (*ways(AckOutcome)[before], after):
            tx.conclude(receipt, ack_outcome=state)
        return tx.get_receipt(receipt).ack_outcome

    if after in ANSWER_MOVES[before]:
        assert world.submit(work) is after
    else:
        with pytest.raises(StoreError):
            world.submit(work)


def test_an_attempt_is_counted_when_it_begins(world):
    number = delivery(world)
    for state in (*ways(DeliveryState)[DeliveryState.WAITING], DeliveryState.IN_FLIGHT):
        settling(world, number, state)
    (row,) = world.run(world.store.deliveries(world.system))
    assert row.attempts == 2


@pytest.mark.parametrize(("failure", "expired", "idempotent"), list(product(Failure, (True, False), (True, False))))
def test_every_failure_has_one_legal_end(failure, expired, idempotent):
    end = settle(failure, expired=expired, idempotent=idempotent)
    assert end in DELIVERY_MOVES[DeliveryState.IN_FLIGHT]
    may_go_again = failure is Failure.TRANSIENT or (failure is Failure.AMBIGUOUS and idempotent)
    assert end is (DeliveryState.WAITING if may_go_again and not expired else DeliveryState.DEAD)


# --- the schemas hold the same lists


def lists_in(schema: str) -> dict[str, dict[str, set[str]]]:
    """Column to the states its CHECK names, each with the moves that its comment tells."""
    found = {}
    for column in ("state", "ack_outcome"):
        for table in re.findall(r"^CREATE TABLE (?:receipt|delivery) \(.*?^\)", schema, re.MULTILINE | re.DOTALL):
            checked = re.search(rf"^    {column} TEXT .*?^(?=    \w+ )", table, re.MULTILINE | re.DOTALL | re.IGNORECASE)
            if checked is None:
                continue
            lines = re.split(r"\n|(?= OR )|(?<=, )(?=')", checked[0].partition("CHECK")[2])
            named = {}
            for line in lines:
                if state := re.search(r"'([\w-]+)'", line):
                    told = re.search(r"-- -> ([^\n:]*)", line)
                    words = re.sub(r"\([^)]*\)", "", told[1]) if told else ""
                    named[state[1]] = {one.strip() for one in words.split("|") if one.strip()}
            found[f"{'message' if 'control_id' in table else 'delivery'}.{column}"] = named
    return found


SCHEMAS = {kind: (Path(hub.store.__path__[0]) / kind / "schema.sql").read_text() for kind in ("sqlite", "postgresql")}
NAMED = {"message.state": MessageState, "message.ack_outcome": AckOutcome, "delivery.state": DeliveryState}


def wrongs(schema: str) -> list[str]:
    lists = lists_in(schema)
    wrong = [column for column, states in NAMED.items() if set(lists[column]) != set(states)]
    for column in ("message.state", "delivery.state"):
        moves = LEGS[NAMED[column]][1]
        wrong += [f"{column} {state}" for state, told in lists[column].items() if moves.get(state) != told]
    return wrong


@pytest.mark.parametrize("kind", SCHEMAS)
def test_the_checks_of_the_schema_are_the_tables(kind):
    assert wrongs(SCHEMAS[kind]) == []


@pytest.mark.parametrize("kind", SCHEMAS)
@pytest.mark.parametrize(
    ("there", "planted"), [("'parked'", "'parked2'"), ("'dead'", "'died'"), ("'undelivered'", "'lost'"), ("-> in-flight", "-> due")]
)
def test_a_list_that_differs_is_seen(kind, there, planted):
    assert wrongs(SCHEMAS[kind].replace(there, planted)) != []
