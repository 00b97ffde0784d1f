from datetime import UTC, datetime, timedelta

from hub.engine.backoff import is_expired, next_attempt
from hub.engine.configuration import Retry

NOW = datetime(2026, 2, 1, 10, tzinfo=UTC)
RETRY = Retry(initial=timedelta(seconds=1), maximum=timedelta(seconds=10), lasting=timedelta(minutes=5))


def test_it_doubles_up_to_the_maximum():
    waits = [(next_attempt(RETRY, attempts, NOW) - NOW).total_seconds() for attempts in (1, 2, 3, 4, 5, 60)]
    assert waits == [1, 2, 4, 8, 10, 10]


def test_expired_is_counted_from_the_first_time_it_was_due():
    assert not is_expired(RETRY, NOW, NOW + timedelta(minutes=5) - timedelta(seconds=1))
    assert is_expired(RETRY, NOW, NOW + timedelta(minutes=5))
