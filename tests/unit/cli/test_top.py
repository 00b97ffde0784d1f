"""What `calder top` shows of two looks."""

from datetime import UTC, datetime, timedelta
from io import StringIO

from rich.console import Console

from hub.cli.top import _describe, _Look, _page
from hub.store.rows import Standing, Unfinished

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
PARKED = Unfinished("pas", "parked", 2, NOW - timedelta(hours=3))
WAITING = Unfinished("gp", "waiting", 1, NOW - timedelta(seconds=90))


def shown(seen, before=None) -> str:
    console = Console(width=120, record=True, file=StringIO())
    console.print(_page(seen, before))
    return console.export_text()


def look(received: int, seconds: float = 0) -> _Look:
    return _Look(NOW + timedelta(seconds=seconds), Standing({"pas": received}, {"gp": 4}, (PARKED,), (WAITING,)))


def test_the_rate_is_of_the_time_between_two_looks():
    assert "25.0" in shown(look(150, 2), look(100))
    assert "25.0" not in shown(look(150, 2))


def test_what_waits_stands_with_its_age():
    page = shown(look(100))
    assert "2  3 h" in page
    assert "1  90 s" in page


def test_for_machines():
    assert _describe(look(100)) == {
        "at": "2026-11-23T09:00:00+00:00",
        "sources": {"pas": {"received": 100, "parked": {"count": 2, "oldest_seconds": 10_800}}},
        "destinations": {"gp": {"owed": 4, "waiting": {"count": 1, "oldest_seconds": 90}}},
    }


def test_a_store_in_which_nothing_is():
    assert "nothing has come in yet" in shown(_Look(NOW, Standing({}, {}, (), ())))
