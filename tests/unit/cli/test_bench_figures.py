import json

import pytest

from hub.care.nhs_number import is_nhs_number
from hub.cli.bench.figures import Figure, Goal, Limit, print_figures
from hub.cli.bench.limits import BareStore, keep_bare
from hub.cli.bench.measuring import cpu_microseconds, percentiles
from hub.cli.bench.samples import nhs_numbers, reading, registration
from hub.codec.hl7v2 import parse_message


def figure(value, limit, **goal):
    return Figure("pcd01_map", "a map", value, "µs", Limit("by hand", limit), Goal(**goal))


@pytest.mark.parametrize(
    ("value", "limit", "goal", "met"),
    [
        (250.0, 100.0, {"at_most": 2.5}, True),
        (251.0, 100.0, {"at_most": 2.5}, False),
        (500.0, 1000.0, {"at_least": 0.5}, True),
        (499.0, 1000.0, {"at_least": 0.5}, False),
    ],
)
def test_a_goal_is_for_the_ratio_of_the_figure_to_its_limit(value, limit, goal, met):
    assert figure(value, limit, **goal).met is met


def test_a_figure_without_limit_has_no_ratio():
    alone = Figure("sync_p50", "the disk", 0.25, "ms")
    assert (alone.ratio, alone.met) == (None, None)


def test_json_is_one_object_with_the_limit_beside_each_figure(capsys):
    print_figures("map", [figure(300.0, 100.0, at_most=2.5), Figure("sync_p50", "the disk", 0.25, "ms")], as_json=True)
    [line] = capsys.readouterr().out.splitlines()
    printed = json.loads(line)
    assert printed["bench"] == "map"
    assert printed["machine"]["cores"] >= 1
    first, second = printed["figures"]
    assert (first["limit"], first["ratio"], first["goal"], first["met"]) == (
        {"what": "by hand", "value": 100.0},
        3.0,
        {"at_most": 2.5, "at_least": None},
        False,
    )
    assert (second["limit"], second["ratio"]) == (None, None)


def test_the_table_says_when_a_goal_is_not_met(capsys):
    print_figures("map", [figure(300.0, 100.0, at_most=2.5), figure(200.0, 100.0, at_most=2.5)], as_json=False)
    printed = capsys.readouterr().out
    assert (printed.count("NOT"), printed.count("met")) == (1, 2)


def test_percentiles():
    assert percentiles([float(value) for value in range(101)]) == (50.0, 99.0)


def test_more_work_takes_more_time():
    few, many = cpu_microseconds([lambda: sum(range(1_000)), lambda: sum(range(20_000))], rounds=3, seconds=0.005)
    assert 5 < many / few < 100


def test_people_are_of_the_999_range_and_their_check_digits_hold():
    numbers = nhs_numbers(300)
    assert len(set(numbers)) == 300
    assert all(number.startswith("999") and is_nhs_number(number, by_authority=False) for number in numbers)


def test_messages_differ_by_their_number_only():
    [person] = nhs_numbers(1)
    assert reading(3, person) == reading(3, person)
    bodies = [reading(number, person) for number in range(50)]
    controls = [parse_message(body).control_id for body in bodies]
    assert len(set(controls)) == 50
    assert {len(parse_message(body).segments) for body in bodies} == {12}
    assert parse_message(registration(1, person)).trigger_event == "A28"


def test_the_bare_loop_keeps_each_message_and_syncs_each_commit(tmp_path):
    path = tmp_path / "bare.db"
    [person] = nhs_numbers(1)
    kept, spent = keep_bare(path, lambda number: reading(number, person), seconds=0.02, batch=8)
    assert kept % 8 == 0
    assert spent >= 0.02
    store = BareStore(tmp_path / "other.db")
    assert store.connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert store.connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    store.connection.execute("ATTACH ? AS kept", (str(path),))
    assert store.connection.execute("SELECT count(*) FROM kept.archive").fetchone() == (kept,)
    assert store.connection.execute("SELECT body FROM kept.archive WHERE receipt = 3").fetchone() == (reading(3, person),)
    store.close()
