"""Messages played again with the maps of their day, or with others; what is remembered of it; and the command that does it."""

import json
from subprocess import run as start

import pytest

from hub.app.installed import functions
from hub.core.errors import StoreError
from hub.core.json import parse_json
from hub.core.lifecycle import MessageState
from hub.engine.author import Author
from hub.engine.codes import MESSAGE_TYPE
from hub.engine.committed import Effect
from hub.engine.configuration import SourceConfig
from hub.mapping.mapset import load
from tests.acceptance.conftest import CALDER
from tests.acceptance.mllp_hub import EYE, OPERATOR, packaged_maps, registration, result, run, running

SEX = "tables/administrative_sex.csv"
MLLP = SourceConfig("mllp", processing=None)  # as `calder serve --dev` has it


def changed(table):
    """Another answer for F, as a map may have it."""
    return table.replace("F,Female,<->", "F,Female,->").replace(",female,", ",unknown,")


def candidate():
    texts = packaged_maps().texts
    return load(texts.maps, {**texts.tables, SEX: changed(texts.tables[SEX])}, functions())


def test_the_texts_of_every_set_in_use_are_kept_from_the_start(tmp_path):
    async def story():
        async with running(tmp_path) as hub:
            digest = packaged_maps().digest
            assert await hub.store.map_sets(EYE) == [digest]
            kept = await hub.engine.pinned_maps(digest)
            assert kept.digest == digest
            assert kept.texts == packaged_maps().texts
            with pytest.raises(StoreError, match="not kept"):
                await hub.engine.pinned_maps("0" * 64)
        async with running(tmp_path) as hub:
            assert await hub.store.map_sets(EYE) == [digest]

    run(story())


def test_a_candidate_changes_the_record_and_is_remembered_by_receipt_and_versions(tmp_path):
    async def story():
        async with running(tmp_path) as hub:
            _, told = await hub.tell(registration("1"))
            maps = candidate()
            settled = await hub.engine.replay(told.id, Author("S Greenwood", "the table was wrong"), maps=maps)
            assert settled.state is MessageState.COMMITTED
            assert (await hub.receipt(told.id)).map_set == packaged_maps().digest
            assert (await hub.receipt(settled.receipt)).map_set == maps.digest
            (patient,) = await hub.versions("Patient")
            assert (patient.version, patient.map_set, patient.receipt) == (2, maps.digest, settled.receipt)
            assert parse_json(patient.body)["gender"] == "unknown"
            assert maps.digest in await hub.store.map_sets(EYE)
            (row,) = [row for row in await hub.store.audit_rows(EYE) if row.interaction == "messages replay"]
            assert (row.user, row.receipt) == ("S Greenwood", settled.receipt)
            assert row.basis.endswith(": the table was wrong")

            # and back again, with the maps that the first receipt remembers
            pinned = await hub.engine.pinned_maps((await hub.receipt(told.id)).map_set)
            settled = await hub.engine.replay(told.id, OPERATOR, maps=pinned)
            assert parse_json((await hub.versions("Patient"))[0].body)["gender"] == "female"
            assert (await hub.receipt(settled.receipt)).map_set == packaged_maps().digest

    run(story())


def test_what_is_refused_remembers_its_maps_too(tmp_path):
    async def story():
        async with running(tmp_path) as hub:
            _, told = await hub.tell(registration("1"))
            refusing = load({}, {}, functions())
            settled = await hub.engine.replay(told.id, OPERATOR, maps=refusing)
            assert (settled.state, settled.reasons) == (MessageState.REFUSED, (MESSAGE_TYPE.name,))
            assert (await hub.receipt(settled.receipt)).map_set == refusing.digest
            assert [version.version for version in await hub.versions("Patient")] == [1]

    run(story())


def test_a_rehearsal_says_what_would_change_and_leaves_nothing(tmp_path):
    async def story():
        async with running(tmp_path) as hub:
            _, told = await hub.tell(registration("1"))
            nothing = await hub.engine.rehearse(told.id)
            assert (nothing.state, nothing.resources) == (MessageState.COMMITTED, ())
            rehearsal = await hub.engine.rehearse(told.id, maps=candidate())
            (patient,) = rehearsal.resources
            assert (patient.type, patient.effect) == ("Patient", Effect.UPDATED)
            assert (parse_json(patient.before)["gender"], parse_json(patient.after)["gender"]) == ("female", "unknown")
            refused = await hub.engine.rehearse(told.id, maps=load({}, {}, functions()))
            assert refused.state is MessageState.REFUSED
            assert refused.reasons.startswith(MESSAGE_TYPE.name)
            assert await hub.states() == {"received": 1, "committed": 1}
            assert [version.version for version in await hub.versions("Patient")] == [1]
            assert len(await hub.store.audit_rows(EYE)) == 1  # of the message itself
            _, told = await hub.tell(result("2"))  # and the store goes on
            assert (await hub.receipt(told.id)).state is MessageState.COMMITTED

    run(story())


# --- the command


@pytest.fixture
def kept(tmp_path):
    """A folder of data with one message in it, and a folder of candidate maps."""

    async def story():
        async with running(tmp_path, sources=(MLLP,)) as hub:
            await hub.tell(registration("1"), "mllp")

    run(story())
    folder = tmp_path / "candidate" / "mappings" / "tables"
    folder.mkdir(parents=True)
    (folder / "administrative_sex.csv").write_text(changed(packaged_maps().texts.tables[SEX]))
    return tmp_path


def calder(kept, *arguments):
    return start([CALDER, "messages", *arguments, "--data", kept], capture_output=True, text=True, check=False)


def test_the_command_rehearses_then_plays_and_says_who_wanted_it(kept):
    maps = ("--candidate", kept / "candidate" / "mappings")
    dry = calder(kept, "replay", "1", *maps, "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert "message 1 would be committed" in dry.stdout
    assert "Patient.gender  changed" in dry.stdout
    assert "unknown" not in dry.stdout
    done = calder(kept, "replay", "1", *maps, "--author", "S Greenwood", "--reason", "a table", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"messages": [{"message": 1, "replay": 2, "state": "committed", "reasons": []}]}
    assert (
        "Patient.gender  changed"
        in calder(kept, "replay", "2", "--pinned", "--dry-run").stdout + calder(kept, "replay", "1", "--pinned", "--dry-run").stdout
    )
    assert "nothing would change" in calder(kept, "replay", "2", "--pinned", "--dry-run").stdout


def test_the_command_refuses_what_it_cannot_do(kept):
    assert calder(kept, "replay", "1").returncode == 2  # nobody says who wants it
    assert calder(kept, "replay", "99", "--dry-run").returncode == 2
    assert calder(kept, "replay", "1", "--pinned", "--candidate", kept, "--dry-run").returncode == 2

    async def story():
        async with running(kept, sources=(MLLP,)):
            return calder(kept, "replay", "1", "--author", "a", "--reason", "b")

    refused = run(story())
    assert refused.returncode == 2
    assert "being written by another hub" in refused.stderr
