"""Breaker, pace and window, by clocks that a test moves."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from hub.engine.breaker import Breaker
from hub.engine.configuration import BreakerPolicy, Window
from hub.engine.pace import Pace
from hub.engine.window import is_open

LONDON = ZoneInfo("Europe/London")


class Seconds:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def test_a_breaker_opens_after_failures_in_a_row_and_asks_after_a_pause():
    clock = Seconds()
    breaker = Breaker(BreakerPolicy(3, timedelta(seconds=30)), clock)
    assert [breaker.failed(), breaker.failed()] == [False, False]
    assert not breaker.reached()
    assert [breaker.failed(), breaker.failed(), breaker.failed()] == [False, False, True]
    assert breaker.is_open
    assert (breaker.lets(5, 0), breaker.ask_in) == (0, 30)
    clock.now += 30
    assert breaker.ask_in == 0
    assert not breaker.failed()  # asked, it is not there: nobody is told again
    assert breaker.ask_in == 30


def test_a_breaker_lets_one_on_trial():
    breaker = Breaker(BreakerPolicy(1, timedelta(seconds=30)), Seconds())
    assert breaker.failed()
    breaker.there()
    assert [breaker.lets(5, 0), breaker.lets(5, 1)] == [1, 0]
    assert not breaker.failed()
    assert breaker.is_open
    breaker.there()
    assert breaker.reached()
    assert breaker.lets(5, 3) == 5


@pytest.mark.parametrize("per_second", [0.5, 3, 10, 200])
def test_a_pace_is_kept_over_any_time(per_second):
    clock = Seconds()
    pace = Pace(per_second, clock)
    sent = []
    for _ in range(20_000):
        number = pace.lets(1000)
        pace.spend(number)
        sent += [clock.now] * number
        clock.now += 0.001
    for span in (1, 5):
        most = max(sum(1 for other in sent if at <= other < at + span) for at in sent[:: max(1, len(sent) // 50)])
        assert most <= per_second * span + max(1, per_second * 0.1)
    assert len(sent) == pytest.approx(per_second * 20, rel=0.05, abs=1.1)


def test_a_pace_says_when_the_next_may_go():
    clock = Seconds()
    pace = Pace(2, clock)
    pace.spend(pace.lets(9))
    assert pace.lets(9) == 0
    assert pace.next_in == pytest.approx(0.5)
    clock.now += pace.next_in
    assert pace.lets(9) == 1


def test_without_a_rate_nothing_waits():
    pace = Pace(None, Seconds())
    pace.spend(1000)
    assert (pace.lets(7), pace.next_in) == (7, 0.0)


def window(opens, closes):
    return Window(time.fromisoformat(opens), time.fromisoformat(closes), LONDON)


@pytest.mark.parametrize(
    ("opens", "closes", "now", "expected"),
    [
        ("09:00", "17:00", "2026-01-05T08:59:59", False),
        ("09:00", "17:00", "2026-01-05T09:00:00", True),
        ("09:00", "17:00", "2026-01-05T16:59:59", True),
        ("09:00", "17:00", "2026-01-05T17:00:00", False),
        ("09:00", "17:00", "2026-07-05T08:00:00", True),  # summer time: nine o'clock is eight in UTC
        ("09:00", "17:00", "2026-07-05T16:00:00", False),
        ("20:00", "06:00", "2026-01-05T19:59:59", False),
        ("20:00", "06:00", "2026-01-05T23:00:00", True),
        ("20:00", "06:00", "2026-01-06T05:59:59", True),
        ("20:00", "06:00", "2026-01-06T06:00:00", False),
        ("01:15", "01:45", "2026-03-29T01:20:00", True),  # the hour that is left out: the window is not
        ("01:15", "01:45", "2026-03-29T00:50:00", False),
        ("01:15", "01:45", "2026-10-25T00:20:00", True),  # the hour that comes twice: open once
        ("01:15", "01:45", "2026-10-25T01:20:00", False),
        ("22:00", "04:00", "2026-03-29T02:59:59", True),
        ("22:00", "04:00", "2026-03-29T03:00:00", False),
    ],
)
def test_a_window_by_the_clocks_of_its_zone(opens, closes, now, expected):
    assert is_open(window(opens, closes), datetime.fromisoformat(now).replace(tzinfo=UTC)) is expected


def test_every_day_has_its_window_whatever_the_clocks_do():
    """The planted fault would be to compare clock faces: in March a window inside the hour that is left out would never open."""
    each = window("01:15", "01:45")
    for day in range(365):
        start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)
        assert sum(is_open(each, start + timedelta(minutes=minute)) for minute in range(0, 1440, 5)) == 6


def test_no_window_is_always_open():
    assert is_open(None, datetime(2026, 1, 1, tzinfo=UTC))
