"""`calder bench map|ingest|fhir|limits|all`. Nothing stays on the disk afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from hub.cli.bench.conversion import bench_map
from hub.cli.bench.fhir import bench_fhir
from hub.cli.bench.figures import Figure, print_figures
from hub.cli.bench.ingest import bench_ingest
from hub.cli.bench.limits import bench_limits
from hub.cli.logs import log_to_stderr
from hub.cli.places import usage

__all__ = ["app"]

app = typer.Typer()

Json = Annotated[bool, typer.Option("--json", help="One JSON object.")]
Disk = Annotated[Path | None, typer.Option(help="A folder on the disk that is to be measured (default: that of temporary files).")]


@app.command("map", epilog="Example: calder bench map --json")
def map_(*, as_json: Json = False) -> None:
    """Bytes to resources through the compiled PCD-01 map, beside the same written by hand."""
    print_figures("map", bench_map(), as_json=as_json)


@app.command("ingest", epilog="Example: calder bench ingest --senders 64")
def ingest(
    *,
    senders: Annotated[int, typer.Option(min=1, max=1000, help="How many send at once, each waiting for its answer.")] = 16,
    messages: Annotated[int, typer.Option(min=10, help="How many are sent in a round, each way.")] = 1000,
    rounds: Annotated[int, typer.Option(min=1, help="Medians of so many.")] = 3,
    store: Annotated[str | None, typer.Option(help="A PostgreSQL database to measure, postgresql://… (default: SQLite).")] = None,
    disk: Disk = None,
    as_json: Json = False,
) -> None:
    """A hub on a fresh store, over real connections: beside a bare group-commit loop on SQLite."""
    figures = _on(disk, lambda folder: bench_ingest(folder, database=store, rounds=rounds, messages=messages, senders=senders))
    print_figures("ingest", figures, as_json=as_json)


@app.command("fhir", epilog="Example: calder bench fhir --people 1000")
def fhir(
    *,
    people: Annotated[int, typer.Option(min=1, max=100_000, help="How many people the record holds.")] = 200,
    disk: Disk = None,
    as_json: Json = False,
) -> None:
    """Read, search and $emergency-care over HTTP, beside a bare route that gives the same bytes."""
    print_figures("fhir", _on(disk, lambda folder: bench_fhir(folder, people=people)), as_json=as_json)


@app.command("limits", epilog="Example: calder bench limits --disk .")
def limits(*, disk: Disk = None, as_json: Json = False) -> None:
    """What this machine allows: syncs of the disk, commits of bare SQLite, a message split by hand."""
    print_figures("limits", _on(disk, bench_limits), as_json=as_json)


@app.command("all", epilog="Example: calder bench all --json > bench.json")
def all_(*, disk: Disk = None, as_json: Json = False) -> None:
    """All of them, one after the other (about a minute)."""
    figures = [*_on(disk, bench_limits), *bench_map(), *_on(disk, bench_ingest), *_on(disk, bench_fhir)]
    print_figures("all", figures, as_json=as_json)


def _on(disk: Path | None, bench: Callable[[Path], Sequence[Figure]]) -> Sequence[Figure]:
    log_to_stderr(quiet=True)
    try:
        with tempfile.TemporaryDirectory(prefix="calder-bench-", dir=disk) as folder:
            return bench(Path(folder))
    except OSError as error:
        usage("bench", f"{disk or 'temporary files'}: {error.strerror or type(error).__name__}")
