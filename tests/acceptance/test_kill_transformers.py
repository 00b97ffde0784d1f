"""Transformers of a serving hub killed under load: every message is answered AA, once, in its order, and is in the record."""

import os
import random
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

from hub.core.json import parse_json
from tests.acceptance.mllp_hub import registration, result
from tests.acceptance.mllp_sender import connected
from tests.acceptance.record_of import bodies, states_by_control_id

SENDERS, MESSAGES, KILLS = 4, 250, 8


def transformers_of(hub) -> list[int]:
    pids = Path(f"/proc/{hub.process.pid}/task/{hub.process.pid}/children").read_text().split()
    return [int(pid) for pid in pids if b"hub.app.transformer" in Path(f"/proc/{pid}/cmdline").read_bytes()]


class Feeds:
    """One connection for each person, who has results, each higher than the one before. answered: the codes, by person."""

    def __init__(self):
        self.answered = {f"P{number}": [] for number in range(SENDERS)}

    def pour(self, hub, name: str) -> None:
        with connected(hub.mllp, timeout=120) as sender:
            self.answered[name].append(sender.send(registration(f"{name}R", nhs="", local=name)).code)
            for number in range(MESSAGES):
                body = result(f"{name}N{number}", f"{number}.50", order=name, nhs="", local=name)
                self.answered[name].append(sender.send(body).code)

    def has_gone_on(self, since: dict[str, int]) -> bool:
        """Everybody has been answered what was under way then."""
        return all(len(self.answered[name]) >= min(MESSAGES + 1, count + 2) for name, count in since.items())

    def kill_now_and_then(self, hub, stop: Event) -> int:
        """Any one of the transformers; the next when no message is under way any more that was then: twice would be poison."""
        for killed in range(KILLS):
            since = {name: len(codes) for name, codes in self.answered.items()}
            if sum(since.values()) == SENDERS * (MESSAGES + 1):
                return killed
            if running := transformers_of(hub):
                os.kill(random.choice(running), signal.SIGKILL)
            while not self.has_gone_on(since):
                if stop.wait(0.01):
                    return killed
        return KILLS


def test_killing_transformers_costs_no_message_and_no_order(serve, tmp_path):
    config = tmp_path / "hub.yaml"
    config.write_text("transformers: 2\n")
    hub = serve("--config", str(config))
    assert len(transformers_of(hub)) == 2
    feeds, stop = Feeds(), Event()
    with ThreadPoolExecutor(SENDERS + 1) as pool:
        killer = pool.submit(feeds.kill_now_and_then, hub, stop)
        try:
            list(pool.map(lambda name: feeds.pour(hub, name), feeds.answered))
        finally:
            stop.set()
    assert killer.result() > 1
    assert [set(each) for each in feeds.answered.values()] == [{"AA"}] * SENDERS
    printed = hub.stop_and_read()
    assert "a transformer ended, and another one is started" in printed
    states = states_by_control_id(hub.data)
    assert len(states) == SENDERS * (MESSAGES + 1)
    assert {state for found in states.values() for state in found} == {"committed"}
    last = [parse_json(body)["valueQuantity"]["value"] for (type_, _), body in bodies(hub.data).items() if type_ == "Observation"]
    assert [float(value) for value in last] == [MESSAGES - 0.5] * SENDERS, "the last value sent is the one that stands"


def test_a_hub_whose_transformers_cannot_start_does_not_start(serve, tmp_path):
    """Their module is found by the hub's interpreter; here it is told to find one that fails."""
    (tmp_path / "hide").mkdir()
    (tmp_path / "hide" / "sitecustomize.py").write_text(
        "import sys\nif 'hub.app.transformer' in ' '.join(sys.orig_argv):\n    raise SystemExit(9)\n"
    )
    try:
        serve(environment=os.environ | {"PYTHONPATH": str(tmp_path / "hide")})
    except AssertionError as error:
        assert "cannot start: a transformer cannot start: exit status" in str(error)  # noqa: PT017 -- what `serve` raises is its log
    else:
        raise AssertionError("it listens, and nobody runs its maps")
