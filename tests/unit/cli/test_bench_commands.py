"""Each benchmark, run for an instant: it ends, says what it must, and leaves nothing behind."""

import json
import tempfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

import hub.cli.bench.conversion as conversion
from hub.cli.bench.command import app
from hub.cli.bench.conversion import bench_map
from hub.cli.bench.fhir import bench_fhir
from hub.cli.bench.ingest import bench_ingest
from hub.cli.bench.limits import bench_limits
from hub.cli.bench.samples import reading


def by_name(figures):
    named = {figure.name: figure for figure in figures}
    assert len(named) == len(figures)
    assert all(figure.value > 0 for figure in figures)
    return named


def test_map():
    figures = by_name(bench_map(rounds=1))
    assert figures["pcd01_map"].goal.at_most == 2.5
    assert figures["pcd01_map"].ratio > 0
    assert figures["codec"].limit is not None


def test_map_refuses_to_measure_a_refusal(monkeypatch):
    impossible = reading(1, "9990000018").replace(b"20260101000001+0000", b"20269901000001+0000")
    monkeypatch.setattr(conversion, "reading", lambda *_: impossible)
    with pytest.raises(AssertionError, match="refuses"):
        bench_map(rounds=1)


def test_limits(tmp_path):
    figures = by_name(bench_limits(tmp_path, rounds=1, seconds=0.02, batch=16))
    assert figures["group_commit"].limit.value == figures["commits_of_one"].value


def test_ingest_stands_beside_its_limits(tmp_path):
    figures = by_name(bench_ingest(tmp_path, rounds=1, messages=32, senders=4))
    assert figures["committed"].goal.at_least == 0.5
    assert figures["acknowledged"].limit.value > figures["committed"].limit.value
    # CPU, since rates of an instant are at the mercy of one slow sync
    assert figures["cpu"].value > figures["cpu_commit"].value > 0
    assert figures["disk"].value > 100
    assert figures["memory"].value > 30


def test_fhir(tmp_path):
    figures = by_name(bench_fhir(tmp_path, people=2, times=4))
    for question in ("read", "search", "emergency_care"):
        assert figures[f"fhir_{question}_p50"].ratio > 1
        assert figures[f"fhir_{question}_p99"].value >= figures[f"fhir_{question}_p50"].value


def test_the_command_prints_one_object_and_leaves_nothing_behind(tmp_path):
    result = CliRunner().invoke(app, ["limits", "--disk", str(tmp_path), "--json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["bench"] == "limits"
    assert not list(tmp_path.iterdir())


def test_a_disk_that_is_not_there_is_a_usage_error(tmp_path):
    assert CliRunner().invoke(app, ["limits", "--disk", str(tmp_path / "nowhere")]).exit_code == 2
    assert not list(Path(tempfile.gettempdir()).glob("calder-bench-nowhere*"))
