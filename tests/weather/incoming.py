"""The two doors in: each acknowledged message and plan is in the record once, in its feed's order, and nothing else is."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping

from hub.core.lifecycle import MessageState
from tests.weather.books import Line
from tests.weather.record import Record, Said, numbered
from tests.weather.traffic import FhirFeed, MllpFeed

__all__ = ["account_of_messages", "account_of_plans"]

_TAKEN = {MessageState.COMMITTED, MessageState.PENDING}


def account_of_messages(feeds: Iterable[MllpFeed], told: Mapping[str, int], record: Record, *, finished: bool) -> Line:
    line = Line("MLLP")
    known = {feed.name: feed for feed in feeds}
    line.counted.update(sent=sum(len(feed.sent) for feed in known.values()), acknowledged=sum(told[name] for name in known), committed=0)
    line.false += [text for feed in known.values() for text in feed.refused]
    line.false += [f"{control_id} (its bytes)" for control_id in record.spoilt]
    places = _receipts_by_feed(line, known, record)
    made = _made(record)
    for name, feed in known.items():
        _check_feed(line, feed, told[name], places[name], made, finished=finished)
        line.doubled += [f"the person {name}"] * (len(record.identifiers.get(name, ())) > 1)
    _check_series(line, record, known, ("Patient", "Observation"))
    return line


def _receipts_by_feed(line: Line, feeds: Mapping[str, MllpFeed], record: Record) -> dict[str, dict[int, list[tuple[int, bool]]]]:
    """Of each feed and number: the receipts that are not repetitions, and whether they are committed."""
    found: dict[str, dict[int, list[tuple[int, bool]]]] = {name: {} for name in feeds}
    for receipt in record.receipts:
        if receipt.control_id is None:
            continue
        place = numbered(receipt.control_id)
        if place is None or place[0] not in feeds:
            line.false.append(f"nobody sent {receipt.control_id}")
        elif receipt.state is MessageState.DUPLICATE:
            line.counted["repeated"] += 1
        elif receipt.state in _TAKEN:
            line.counted[receipt.state.value] += 1
            found[place[0]].setdefault(place[1], []).append((receipt.id, receipt.state is MessageState.COMMITTED))
        else:
            line.false.append(f"{receipt.control_id} is {receipt.state}")
    return found


def _made(record: Record) -> dict[int, list[Said]]:
    """By receipt: the versions that it made."""
    found: dict[int, list[Said]] = {}
    for histories in record.histories.values():
        for said in (said for history in histories for said in history):
            if said.receipt is not None:
                found.setdefault(said.receipt, []).append(said)
    return found


def _check_feed(
    line: Line, feed: MllpFeed, told: int, receipts: Mapping[int, list[tuple[int, bool]]], made: Mapping[int, list[Said]], *, finished: bool
) -> None:
    line.lost += [feed.control_id(number) for number in range(told) if number not in receipts]
    line.doubled += [feed.control_id(number) for number, each in receipts.items() if len(each) > 1]
    line.false += [f"nobody sent {feed.control_id(number)}" for number in receipts if number >= len(feed.sent)]
    arrived = sorted((receipt, number) for number, each in receipts.items() for receipt, _ in each)
    line.disordered += _out_of_order(feed.name, [number for _, number in arrived])
    for receipt, number in arrived:
        is_committed = (receipt, True) in receipts[number]
        if is_committed:
            _check_effect(line, feed, number, made.get(receipt, []))
        elif finished or not feed.answered_early:
            line.lost.append(f"{feed.control_id(number)} (never processed)")


def _check_effect(line: Line, feed: MllpFeed, number: int, made: list[Said]) -> None:
    expected = "Patient" if feed.registers(number) else "Observation"
    right = [said for said in made if (said.type, said.number) == (expected, number)]
    if not right:
        line.lost.append(f"{feed.control_id(number)} (its effect)")
    if len(right) > 1:
        line.doubled.append(f"{feed.control_id(number)} (its effect)")
    if len(made) > len(right):
        line.false.append(f"{feed.control_id(number)} made {[f'{said.type}/{said.id}' for said in made if said not in right]}")


def _check_series(line: Line, record: Record, feeds: Iterable[str], types: Iterable[str]) -> None:
    """What one resource said, version by version, only ever goes on."""
    ours = {receipt.id for receipt in record.receipts if receipt.control_id is not None}
    for type_ in types:
        for history in record.histories[type_]:
            numbers = [said.number for said in history if said.receipt in ours and said.number is not None]
            line.disordered += _out_of_order(f"{type_}/{history[0].id}", numbers)
            line.disordered += [f"{type_}/{history[0].id} lacks a version"] * (
                [said.version for said in history] != list(range(1, len(history) + 1))
            )


def account_of_plans(feeds: Iterable[FhirFeed], told: Mapping[str, int], record: Record) -> Line:
    line = Line("FHIR")
    known = {feed.name: feed for feed in feeds}
    line.false += [text for feed in known.values() for text in feed.refused]
    found: dict[str, list[int]] = {name: [] for name in known}
    for history in record.histories["CarePlan"]:
        numbers = [said.number for said in history if said.number is not None]
        line.disordered += _out_of_order(f"CarePlan/{history[0].id}", numbers)
        for said in history:
            if said.feed in found and said.number is not None:
                found[said.feed].append(said.number)
            else:
                line.false.append(f"nobody sent CarePlan/{said.id}")
    for name, feed in known.items():
        line.lost += [feed.title(number) for number in sorted(set(range(told[name])) - set(found[name]))]
        line.doubled += [feed.title(number) for number, times in Counter(found[name]).items() if times > 1]
        line.doubled += [f"the person {name}"] * (len(record.identifiers.get(feed.nhs, ())) > 1)
        line.false += [f"nobody sent {feed.title(number)}" for number in found[name] if number >= feed.sent]
    line.counted.update(
        sent=sum(feed.sent for feed in known.values()),
        acknowledged=sum(told[name] for name in known),
        committed=sum(map(len, found.values())),
        repeated=sum(feed.repeated for feed in known.values()),
    )
    return line


def _out_of_order(what: str, numbers: list[int]) -> list[str]:
    return [f"{what}: {after} after {before}" for before, after in itertools.pairwise(numbers) if after <= before]
