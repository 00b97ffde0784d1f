"""The account of a storm: what was sent, what was acknowledged, what the record holds, what was delivered; and whether it comes out even.

Everything is seen from outside: feeds and wards say what they saw, the store is read through its contract. It may be taken while traffic
goes on: what was acknowledged and what arrived is noted before the store is read, what was sent afterwards.
"""

from collections.abc import Sequence

from tests.weather.books import Account
from tests.weather.incoming import account_of_messages, account_of_plans
from tests.weather.outgoing import account_of_ward
from tests.weather.record import read_record
from tests.weather.traffic import Traffic
from tests.weather.ward import Ward

__all__ = ["take_account"]


def take_account(url: str, traffic: Traffic, wards: Sequence[Ward], *, finished: bool = False) -> Account:
    """finished: traffic has stopped, and everything has been processed and delivered that will be."""
    told = {feed.name: feed.acknowledged for feed in (*traffic.messages, *traffic.plans)}
    arrived = [list(ward.received) for ward in wards]
    record = read_record(url)
    return Account(
        [
            account_of_messages(traffic.messages, told, record, finished=finished),
            account_of_plans(traffic.plans, told, record),
            *(account_of_ward(ward, before, record, finished=finished) for ward, before in zip(wards, arrived, strict=True)),
        ],
        record.ledger,
    )
