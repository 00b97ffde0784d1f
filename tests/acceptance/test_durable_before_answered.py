"""Law 1 on the system-call trace: every answer follows the sync of the log that holds the message.

A killed process cannot show it: what the kernel was handed survives the process. The trace shows the order itself.
"""

import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.acceptance.faulty_hub import FAULTS, answer_before_the_commit, leave_out_the_sync
from tests.acceptance.mllp_hub import registration, result, wire
from tests.acceptance.mllp_sender import Ack, connected
from tests.acceptance.strace_log import Trace, read_trace, traced

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")

CONNECTIONS, MESSAGES, RESOURCES = 4, 10, 5
LAUNCHER = Path(__file__).with_name("faulty_hub.py")


def told(hub) -> dict[str, bytes]:
    """Messages over several connections at once, some of them refused; gives the bodies by control id."""

    def feed(connection: int) -> dict[str, bytes]:
        bodies = {f"T{connection}N{number}": _message(f"T{connection}N{number}", number) for number in range(MESSAGES)}
        with connected(hub.mllp) as sender:
            for control_id, body in bodies.items():
                answer: Ack = sender.send(body)
                assert answer.control_id == control_id
                assert answer.code == ("AE" if b"ADT^A99" in body else "AA")
        return bodies

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return {control_id: body for bodies in pool.map(feed, range(CONNECTIONS)) for control_id, body in bodies.items()}


def _message(control_id: str, number: int) -> bytes:
    match number % 5:
        case 0:
            return registration(control_id, nhs="", local=control_id)
        case 1:
            return wire(f"MSH|^~\\&|PAS|RCF|CALDER|HUB|20260501140643||ADT^A99|{control_id}|P|2.4")  # refused, and kept all the same
        case _:
            return result(control_id, order=control_id, nhs="", local=control_id)


def posted(hub) -> dict[str, bytes]:
    """Resources over HTTP; gives the bodies by a word that the answer repeats."""
    bodies = {
        f"Posted{number}": f'{{"resourceType":"Observation","status":"final","code":{{"text":"Posted{number}"}}}}'.encode()
        for number in range(RESOURCES)
    }
    with httpx.Client(timeout=20) as client:
        for word, body in bodies.items():
            headers = {"content-type": "application/fhir+json", "prefer": "return=representation"}
            answer = client.post(f"{hub.fhir}/Observation", content=body, headers=headers)
            assert answer.status_code == 201
            assert word in answer.text
    return bodies


MESSAGE_ANSWERED, RESOURCE_ANSWERED = rb"MSA\|A[AE]\|%b[|\r]", rb'"%b"'


def answered_too_early(trace: Trace, bodies: dict[str, bytes], pattern: bytes) -> set[str]:
    """Those whose answer left before they were durable. Every one must have exactly one answer: a trace without it proves nothing."""
    early = set()
    for name, body in bodies.items():
        (answer,) = trace.answers(pattern % name.encode())
        if not trace.is_durable_before(body, answer.began):
            early.add(name)
    return early


def test_no_message_is_answered_before_it_is_synced(serve, tmp_path) -> None:
    log = tmp_path / "calls.txt"
    hub = serve(prefix=traced(log))
    messages, resources = told(hub), posted(hub)
    assert hub.stop() == 0
    trace = read_trace(log)
    assert len(messages) == CONNECTIONS * MESSAGES
    assert answered_too_early(trace, messages, MESSAGE_ANSWERED) == set()
    assert answered_too_early(trace, resources, RESOURCE_ANSWERED) == set()


@pytest.mark.parametrize("fault", [leave_out_the_sync, answer_before_the_commit])
def test_a_hub_that_answers_too_early_is_seen(serve, tmp_path, fault) -> None:
    """The planted faults: the same check over the same messages finds them."""
    assert FAULTS[fault.__name__] is fault
    log = tmp_path / "calls.txt"
    hub = serve(prefix=(*traced(log), sys.executable, str(LAUNCHER), fault.__name__))
    messages, resources = told(hub), posted(hub)
    hub.stop()
    trace = read_trace(log)
    early = answered_too_early(trace, messages, MESSAGE_ANSWERED)
    if fault is leave_out_the_sync:
        assert early == set(messages)
        assert answered_too_early(trace, resources, RESOURCE_ANSWERED) == set(resources)
    else:  # a race, which the answer wins nearly always
        assert len(early) > len(messages) // 2
