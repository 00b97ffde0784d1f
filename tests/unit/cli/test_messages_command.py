import asyncio
import json
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from typer.testing import CliRunner

from hub.cli.messages import app
from hub.core.lifecycle import MessageState
from hub.core.visibility import Visibility
from hub.store.rows import Arrival
from hub.store.sqlite import open_store

BODY = b"MSH|^~\\&|PAS|RCF|CALDER|HUB|20260101000000||ADT^A28^ADT_A05|C1|P|2.4\rPID|1||9990000018^^^NHS^NH||Brook^Ada\x1b[2J\r"


def keep(path, *messages):
    """(source, control id, state, reason) of each."""

    async def work():
        store = open_store(path)
        for source, control_id, state, reason in messages:
            arrival = Arrival(source, BODY, sha256(BODY).digest(), datetime(2026, 1, 1, tzinfo=UTC), control_id, "ADT^A28")

            def piece(tx, arrival=arrival, state=state, reason=reason):
                receipt = tx.archive(arrival)
                if state is not MessageState.PENDING:
                    tx.move(receipt, state, reason=reason)

            await store.submit(piece)
        await store.close()

    asyncio.run(work())


def audit(path):
    async def work():
        store = open_store(path, read_only=True)
        try:
            return await store.audit_rows(Visibility.system("test"))
        finally:
            await store.close()

    return asyncio.run(work())


@pytest.fixture
def data(tmp_path):
    keep(
        tmp_path / "hub.db",
        ("pas", "C1", MessageState.COMMITTED, None),
        ("lab", "C2", MessageState.PARKED, "E410: KeyError"),
        ("pas", "C3", MessageState.PARKED, None),
    )
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def listed(data, *arguments):
    result = run("list", "--data", data, "--json", *arguments)
    assert result.exit_code == 0
    return [message["control_id"] for message in json.loads(result.stdout)["messages"]]


def test_list_is_newest_first_and_narrows(data):
    assert listed(data) == ["C3", "C2", "C1"]
    assert listed(data, "--state", "parked") == ["C3", "C2"]
    assert listed(data, "--source", "pas") == ["C3", "C1"]
    assert listed(data, "--state", "parked", "--source", "lab") == ["C2"]
    assert listed(data, "--limit", 1) == ["C3"]
    assert listed(data, "--before", 3, "--limit", 1) == ["C2"]
    assert listed(data, "--source", "nobody") == []


def test_list_and_show_say_why_and_nothing_of_the_content(data):
    for arguments in (("list", "--data", data), ("show", 2, "--data", data), ("show", 2, "--data", data, "--json")):
        result = run(*arguments)
        assert result.exit_code == 0
        assert "E410" in result.stdout
        assert "Brook" not in result.stdout
        assert "9990000018" not in result.stdout
    assert audit(data / "hub.db") == []


def test_an_unknown_state_is_a_usage_error(data):
    assert run("list", "--data", data, "--state", "lost").exit_code == 2


def test_no_store_is_a_usage_error_and_makes_none(tmp_path):
    assert run("list", "--data", tmp_path / "nowhere").exit_code == 2
    assert not (tmp_path / "nowhere").exists()


def test_no_such_message(data):
    assert run("show", 99, "--data", data).exit_code == 1
    assert run("show", 99, "--data", data, "--unmask").exit_code == 1
    assert audit(data / "hub.db") == []


def test_unmask_shows_the_bytes_and_the_audit_says_who_saw_them(data):
    result = run("show", 1, "--store", f"sqlite:{data / 'hub.db'}", "--unmask", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["body"].encode() == BODY
    [row] = audit(data / "hub.db")
    assert (row.action, row.interaction, row.receipt, row.outcome) == ("R", "messages show --unmask", 1, "0")
    assert row.user


def test_what_is_shown_does_not_steer_the_terminal(data):
    result = run("show", 1, "--data", data, "--unmask")
    assert "Brook^Ada\\x1b[2J" in result.stdout
    assert "\x1b" not in result.stdout


def test_beside_a_running_hub_the_lists_work_and_the_bytes_stay_masked(data):
    hub = open_store(data / "hub.db")  # holds the writer's lock, as a hub does
    try:
        assert listed(data) == ["C3", "C2", "C1"]
        assert run("show", 1, "--data", data).exit_code == 0
        result = run("show", 1, "--data", data, "--unmask")
        assert result.exit_code == 1
        assert "Brook" not in result.output
        assert "stays masked" in result.stderr
        assert "another hub" in result.stderr
    finally:
        asyncio.run(hub.close())
    assert audit(data / "hub.db") == []
