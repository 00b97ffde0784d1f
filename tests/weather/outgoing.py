"""The doors out: every version of a plan is owed once to each destination, and arrives in its person's order.

A destination that takes the same message twice without harm may get one again, under the same control id and byte for byte, before the
next one and never after it. One that does not gets none twice: what may or may not have arrived is in doubt, and waits for a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from hub.core.lifecycle import DeliveryState
from tests.weather.books import Line
from tests.weather.record import Record, numbered
from tests.weather.ward import Arrival, Ward

__all__ = ["account_of_ward"]


def account_of_ward(ward: Ward, before: Sequence[Arrival], record: Record, *, finished: bool) -> Line:
    """before: what had arrived before the record was read; it must be in there."""
    line = Line(ward.name)
    titles = {(said.id, said.version): f"{said.feed}N{said.number}" for history in record.histories["CarePlan"] for said in history}
    _check_owed(line, ward, titles, record, finished=finished)
    _check_arrivals(line, ward, before, set(titles.values()))
    return line


def _check_owed(line: Line, ward: Ward, titles: dict[tuple[str, int], str], record: Record, *, finished: bool) -> None:
    owed = [each for each in record.deliveries if each.destination == ward.name]
    line.counted.update(owed=len(owed), delivered=0)
    times = Counter((each.resource_id, each.version) for each in owed)
    line.lost += [f"{titles[key]} (not owed)" for key in titles.keys() - times.keys()]
    line.doubled += [f"{titles.get(key)} (owed twice)" for key, number in times.items() if number > 1]
    arrived = {arrival.title for arrival in ward.received}
    for delivery in owed:
        title = titles.get((delivery.resource_id, delivery.version))
        if title is None:
            line.false += ["owed, and not in the record"] if finished else []  # else it came while the record was read
            continue
        match delivery.state:
            case DeliveryState.DELIVERED:
                line.counted["delivered"] += 1
                line.lost += [] if title in arrived else [title]
            case DeliveryState.DEAD if not ward.idempotent and str(delivery.reason).startswith("ambiguous"):
                line.counted["in doubt"] += 1
            case DeliveryState.DEAD:
                line.false.append(f"{title} is dead: {delivery.reason}")
            case _:
                line.counted["still owed"] += 1
                line.lost += [f"{title} ({delivery.state})"] if finished else []


def _check_arrivals(line: Line, ward: Ward, before: Sequence[Arrival], titles: set[str]) -> None:
    line.counted["arrived"] = len(before)
    first: dict[str, Arrival] = {}
    last: dict[str, int] = {}
    for arrival in before:
        place = numbered(arrival.title)
        if place is None or arrival.title not in titles:
            line.false.append(f"{arrival.title} arrived and is not in the record")
            continue
        feed, number = place
        known = first.setdefault(arrival.title, arrival)
        if known is not arrival:
            line.counted["again"] += 1
            line.doubled += [] if known == arrival and ward.idempotent else [arrival.title]
        if number < last.get(feed, -1):
            line.disordered.append(f"{arrival.title} after {feed}N{last[feed]}")
        last[feed] = number
