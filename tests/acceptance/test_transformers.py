"""Maps in processes of their own: what they do to their process costs nobody else a message, and the message itself is poison."""

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager
from datetime import timedelta
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import pytest

from hub.codec.hl7v2 import parse_message
from hub.engine.configuration import SourceConfig
from hub.engine.transform import Poison, Transformed, Unacceptable
from hub.engine.transformers.frames import Setup, Texts
from hub.engine.transformers.transformers import Transformers, TransformersFailed
from hub.engine.transforming import InProcess
from hub.mapping.mapset import MapSets
from tests.acceptance.mllp_hub import SOURCE, packaged_maps, registration

FAULTY = Path(__file__).with_name("faulty_transformer.py")
LONG = timedelta(seconds=60)


def setup(**changes) -> Setup:
    maps = packaged_maps()
    given = {
        "parent": os.getpid(),
        "software": version("calder-hub"),
        "sets": {maps.digest: Texts(dict(maps.texts.maps), dict(maps.texts.tables))},
        "sources": [(SOURCE, maps.digest)],
    }
    return Setup(**(given | changes))


@asynccontextmanager
async def transformers(folder: Path, *, number=1, limit=LONG):
    running = Transformers((sys.executable, str(FAULTY), str(folder)), setup(), number=number, limit=limit)
    await running.start()
    try:
        yield running
    finally:
        await running.stop()


def ran(folder: Path) -> list[tuple[str, str]]:
    """(pid, control id) in the order in which they were begun."""
    return [tuple(line.split()) for line in (folder / "ran").read_text().splitlines()]


async def run(where, control_id: str):
    body = registration(control_id)
    return await where(parse_message(body), SOURCE, sha256(body).digest())


async def run_all(where, *control_ids: str):
    return await asyncio.gather(*(run(where, each) for each in control_ids))


def test_what_comes_back_is_what_the_map_gives_here(tmp_path):
    async def both():
        async with transformers(tmp_path) as away:
            return await run(away, "A1"), await run(InProcess(MapSets(packaged_maps())), "A1")

    away, here = asyncio.run(both())
    assert isinstance(here, Transformed)
    assert away == here


@pytest.mark.parametrize(("way", "cause"), [("SEGV1", "SIGSEGV"), ("EXIT1", "exit status 3")])
def test_a_message_that_takes_its_process_down_is_tried_once_more_and_is_poison(tmp_path, way, cause):
    async def outcome():
        async with transformers(tmp_path) as away:
            return await run(away, way), await run(away, "A2")

    poisoned, next_one = asyncio.run(outcome())
    assert isinstance(poisoned, Poison)
    assert (poisoned.code.name, poisoned.fault) == ("E400", cause)
    assert isinstance(next_one, Transformed)
    first, second, last = ran(tmp_path)
    assert [first[1], second[1], last[1]] == [way, way, "A2"]
    assert len({first[0], second[0], last[0]}) == 3, "each in a fresh process"


def test_those_that_were_with_it_run_again_and_nobody_sees_it(tmp_path):
    names = [f"A{number}" for number in range(20)]
    names.insert(3, "SEGV")

    async def outcomes():
        async with transformers(tmp_path, number=2) as away:
            return await run_all(away, *names)

    found = dict(zip(names, asyncio.run(outcomes()), strict=True))
    assert isinstance(found.pop("SEGV"), Poison)
    assert all(isinstance(each, Transformed) for each in found.values())
    here = asyncio.run(run_all(InProcess(MapSets(packaged_maps())), *found))
    assert list(found.values()) == here, "each caller got the outcome of its own message"


def test_a_transformer_that_was_killed_from_outside_costs_nobody_anything(tmp_path):
    async def outcomes():
        async with transformers(tmp_path) as away:
            return await run_all(away, "ONCE1", "A1", "A2")

    assert all(isinstance(each, Transformed) for each in asyncio.run(outcomes()))
    assert [name for _, name in ran(tmp_path)].count("ONCE1") == 2


def test_a_message_that_takes_too_long_is_poison(tmp_path):
    async def outcomes():
        async with transformers(tmp_path, limit=timedelta(seconds=2)) as away:
            return await run_all(away, "LOOP1", "A1")

    poisoned, other = asyncio.run(outcomes())
    assert isinstance(poisoned, Poison)
    assert poisoned.code.name == "E401"
    assert isinstance(other, Transformed)


def test_time_in_line_does_not_count(tmp_path):
    """Six of 0.3 s each, one behind the other, under a limit of 1.5 s."""
    names = [f"SLOW{number}" for number in range(6)]

    async def outcomes():
        async with transformers(tmp_path, limit=timedelta(seconds=1.5)) as away:
            return await run_all(away, *names)

    assert all(isinstance(each, Transformed) for each in asyncio.run(outcomes()))
    assert len({pid for pid, _ in ran(tmp_path)}) == 1


def test_memory_has_an_end(tmp_path):
    async def outcomes():
        async with transformers(tmp_path) as away:
            return await run_all(away, "EAT1", "A1")

    poisoned, other = asyncio.run(outcomes())
    assert isinstance(poisoned, Poison)
    assert poisoned.fault.startswith("MemoryError at ")
    assert isinstance(other, Transformed)
    assert len({pid for pid, _ in ran(tmp_path)}) == 1, "the process lives on"


def test_nobody_waits_for_an_outcome_that_cannot_be_read(tmp_path):
    async def outcomes():
        async with transformers(tmp_path) as away, asyncio.timeout(60):
            return await run_all(away, "ODD1", "A1")

    odd, other = asyncio.run(outcomes())
    assert isinstance(odd, Poison)
    assert odd.fault.startswith("ValidationError at ")
    assert isinstance(other, Transformed)


def test_many_at_once_each_get_their_own(tmp_path):
    names = [f"N{number}" for number in range(200)]

    async def outcomes():
        async with transformers(tmp_path, number=2) as away:
            return await run_all(away, *names)

    here = asyncio.run(run_all(InProcess(MapSets(packaged_maps())), *names))
    assert asyncio.run(outcomes()) == here
    assert len({pid for pid, _ in ran(tmp_path)}) == 2


def test_nothing_that_a_map_says_is_printed(tmp_path, capfd):
    async def outcome():
        async with transformers(tmp_path) as away:
            return await run(away, "TALK1")

    assert isinstance(asyncio.run(outcome()), Transformed)
    assert capfd.readouterr() == ("", "")


def test_what_the_map_refuses_comes_back_with_its_reasons(tmp_path):
    body = b"MSH|^~\\&|A|B|C|D|20260501||ADT^A99|1|P|2.4\rPID|1\r"

    async def both():
        async with transformers(tmp_path) as away:
            here = InProcess(MapSets(packaged_maps()))
            return [await each(parse_message(body), SOURCE, b"") for each in (away, here)]

    away, here = asyncio.run(both())
    assert isinstance(here, Unacceptable)
    assert away == here


def test_no_transformer_outlives_its_hub(tmp_path):
    async def pids():
        async with transformers(tmp_path, number=2) as away:
            await run_all(away, "A1", "A2", "A3", "A4", "A5", "A6")
        return {int(pid) for pid, _ in ran(tmp_path)}

    for pid in asyncio.run(pids()):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@pytest.mark.parametrize(
    ("command", "changes", "reason"),
    [
        ((sys.executable, str(FAULTY), "/"), {"software": "0.0.1"}, "start the hub again"),
        ((sys.executable, str(FAULTY), "/"), {"sets": {"other": Texts({}, {})}, "sources": []}, "start the hub again"),
        (("/no/such/program",), {}, "FileNotFoundError"),
        ((sys.executable, "-c", "raise SystemExit(7)"), {}, "exit status 7"),
    ],
)
def test_where_none_can_start_the_hub_says_why(command, changes, reason):
    with pytest.raises(TransformersFailed, match=reason):
        asyncio.run(Transformers(command, setup(**changes), number=2, limit=LONG).start())


def test_a_source_that_it_was_not_told_of_is_poison_and_nothing_worse(tmp_path):
    async def outcome():
        async with transformers(tmp_path) as away:
            body = registration("A1")
            return await away(parse_message(body), SourceConfig("other"), b""), await run(away, "A2")

    strange, usual = asyncio.run(outcome())
    assert isinstance(strange, Poison)
    assert isinstance(usual, Transformed)


def test_a_transformer_ends_with_its_hub_in_the_middle_of_a_map(tmp_path):
    """kill -9 of the hub while a map loops."""
    keeper = tmp_path / "keeper.py"
    keeper.write_text(
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from tests.acceptance.test_transformers import run, transformers\n"
        "async def main():\n"
        "    async with transformers(Path(sys.argv[1])) as away:\n"
        "        await run(away, 'LOOP1')\n"
        "asyncio.run(main())\n"
    )

    async def looping_pid():
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
        process = await asyncio.create_subprocess_exec(sys.executable, str(keeper), str(tmp_path), env=environment)
        while not (tmp_path / "ran").exists():
            assert process.returncode is None
            await asyncio.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        await process.wait()
        pid = int(ran(tmp_path)[0][0])
        async with asyncio.timeout(60):
            while is_running(pid):  # noqa: ASYNC110 -- another process: there is no event to wait for
                await asyncio.sleep(0.05)

    asyncio.run(looping_pid())


def is_running(pid: int) -> bool:
    """A zombie, which somebody else has to bury, is not."""
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2][:3]
    except FileNotFoundError:
        return False
