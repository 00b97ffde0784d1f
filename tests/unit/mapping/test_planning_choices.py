"""A plan asks what its rows' guards ask, and no more than is needed to know which of them run."""

from types import SimpleNamespace

from hub.mapping.forward import planning
from hub.mapping.forward.planning import Guard, Plan, Planned


def situation(**answers):
    return SimpleNamespace(source=["OBX", "1", ""], answers=answers)


def guard(name, wanted, asked):
    def read(_run, frame):
        asked.append(name)
        return frame.answers[name]

    return Guard(lambda _run, frame: frame.answers[name] == wanted, ((name, read),))


def row(name, ran, *guards, at=None):
    return Planned(lambda _run, _frame: ran.append(name), guards, at)


def test_rows_run_in_their_order_where_their_guards_hold():
    asked, ran = [], []
    rows = [row("number", ran, guard("kind", "NM", asked)), row("always", ran), row("words", ran, guard("kind", "ST", asked))]
    plan = Plan(rows, by_fields=False)
    for _ in range(2):
        plan(None, situation(kind="ST"))
        plan(None, situation(kind="NM"))
    assert ran == ["always", "words", "number", "always"] * 2
    assert asked == ["kind"] * 4


def test_what_no_row_waits_for_is_not_asked():
    asked, ran = [], []
    plan = Plan([row("flag", ran, guard("kind", "NM", asked), guard("flag", "H", asked))], by_fields=False)
    for kind in ("ST", "NM", "ST", "NM"):
        plan(None, situation(kind=kind, flag="H"))
    assert ran == ["flag", "flag"]
    assert asked == ["kind", "kind", "flag", "kind", "kind", "flag"]


def test_a_row_on_an_absent_field_asks_nothing():
    asked, ran = [], []
    rows = [
        row("here", ran, at=1),
        row("absent", ran, guard("kind", "NM", asked), at=2),
        row("beyond", ran, guard("kind", "NM", asked), at=9),
    ]
    Plan(rows, by_fields=True)(None, situation(kind="NM"))
    assert (ran, asked) == (["here"], [])


def test_answers_of_messages_are_kept_within_bounds(monkeypatch):
    monkeypatch.setattr(planning, "_MOST", 5)
    asked, ran = [], []
    plan = Plan([row("one", ran, guard("kind", 7, asked))], by_fields=False)
    for number in range(50):
        plan(None, situation(kind=number))
        assert sum(len(choice.answers) for choice in plan._shapes.values()) <= 5
    plan(None, situation(kind=7))
    assert ran == ["one", "one"]
