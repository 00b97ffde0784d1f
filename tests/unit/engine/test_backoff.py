from datetime import UTC, datetime, timedelta

import pytest

from hub.core.errors import NotSent, Rejected, Unanswered
from hub.core.lifecycle import Failure
from hub.engine.backoff import failure_of, is_expired, next_attempt
from hub.engine.configuration import Retry

NOW = datetime(2026, 2, 1, 10, tzinfo=UTC)
RETRY = Retry(initial=timedelta(seconds=1), maximum=timedelta(seconds=10), lasting=timedelta(minutes=5))


@pytest.mark.parametrize(("attempts", "longest"), [(1, 2), (2, 4), (3, 8), (4, 10), (60, 10), (5000, 10)])
def test_it_doubles_up_to_the_maximum_and_is_drawn_anew(attempts, longest):
    waits = [(next_attempt(RETRY, attempts, NOW) - NOW).total_seconds() for _ in range(200)]
    assert min(waits) >= 1
    assert longest * 0.7 < max(waits) <= longest
    assert len(set(waits)) > 100


def test_a_maximum_below_the_initial_wait_is_the_wait():
    retry = Retry(initial=timedelta(seconds=5), maximum=timedelta(seconds=2))
    assert next_attempt(retry, 1, NOW) == NOW + timedelta(seconds=2)


def test_expired_is_counted_from_the_first_time_it_was_due():
    assert not is_expired(RETRY, NOW, NOW + timedelta(minutes=5) - timedelta(seconds=1))
    assert is_expired(RETRY, NOW, NOW + timedelta(minutes=5))
    assert not is_expired(RETRY, NOW, NOW - timedelta(days=1))  # the clock was set back


@pytest.mark.parametrize(
    ("error", "answers", "failure"),
    [
        (NotSent("x"), set(), Failure.TRANSIENT),
        (Unanswered("x"), {"AE"}, Failure.AMBIGUOUS),
        (Rejected("AE"), set(), Failure.PERMANENT),
        (Rejected("AR"), {"AE"}, Failure.PERMANENT),
        (Rejected("AR"), {"AR"}, Failure.TRANSIENT),
        (Rejected("AE", ("207",)), {"206"}, Failure.PERMANENT),
        (Rejected("AE", ("101", "206")), {"206"}, Failure.TRANSIENT),
    ],
)
def test_a_no_passes_only_where_the_destination_s_owner_says_so(error, answers, failure):
    assert failure_of(error, Retry(answers=frozenset(answers))) is failure


def test_only_an_answer_that_says_so_of_itself_passes_by_default():
    assert failure_of(Rejected("AR", ("206",)), Retry()) is Failure.TRANSIENT
    assert failure_of(Rejected("AR", ("207",)), Retry()) is Failure.PERMANENT
