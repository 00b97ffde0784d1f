"""The `calder` command: exit 0 done, 1 the answer is no, 2 usage; errors on stderr.

A command is a function in a module of its own, named in COMMANDS; only the module of the command that was asked for is
imported, so `calder --help` is quick. A group of commands is a `typer.Typer` in its module, called `app`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

import typer

from hub.core.errors import CalderError

__all__ = ["COMMANDS", "Command", "build", "main"]


@dataclass(frozen=True, slots=True)
class Command:
    """target: "module:function", or "module:app" for a group. summary: its line in `calder --help`."""

    name: str
    target: str
    summary: str
    example: str


COMMANDS: tuple[Command, ...] = (
    Command("demo", "hub.cli.demo.command:demo", "A morning in Kirklees, over real sockets.", "calder demo --once"),
    Command("serve", "hub.cli.serve:serve", "Run a hub.", "calder serve --dev --data data"),
    Command("send", "hub.cli.send:send", "Send HL7 v2 messages over MLLP.", "calder send 127.0.0.1:2575 adt.hl7"),
    Command("ledger", "hub.cli.ledger:ledger", "What came in, what became of it, what is owed.", "calder ledger --data data"),
    Command("top", "hub.cli.top:top", "What comes in, what waits and for how long, as it changes.", "calder top --data data"),
    Command("messages", "hub.cli.messages:app", "List, show, release, discard, correct, replay.", "calder messages list --state parked"),
    Command("backup", "hub.cli.backup:backup", "Back the store up, beside a running hub, too.", "calder backup backups/monday --data data"),
    Command("restore", "hub.cli.restore:restore", "Make a store from a backup.", "calder restore backups/monday --data restored"),
    Command("retention", "hub.cli.retention:app", "What is past its time: count it, or remove it now.", "calder retention run --dry-run"),
    Command("incidents", "hub.cli.incidents:app", "What has stopped and needs a person.", "calder incidents list"),
    Command("config", "hub.cli.config:app", "Check hub.yaml, and show what is in force.", "calder config check hub.yaml"),
    Command("convert", "hub.cli.convert:convert", "Convert HL7 v2 messages to FHIR, and back.", "calder convert adt.hl7 --to fhir"),
    Command("map", "hub.cli.map:app", "Check, test, format, list and explain maps.", "calder map check mappings/local"),
    Command("bench", "hub.cli.bench.command:app", "What it does in a second, beside what could be.", "calder bench map"),
    Command("explain", "hub.cli.explain:explain", "What a diagnostic code means and how to mend it.", "calder explain M017"),
)


def build(arguments: Sequence[str]) -> typer.Typer:
    """The app, with the command named in `arguments` imported and the others by name only."""
    app = typer.Typer(
        name="calder",
        help="Calder, a care-record integration hub.",
        epilog="Example: calder convert adt.hl7 --to fhir",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_calder)
    wanted = next((argument for argument in arguments if not argument.startswith("-")), None)
    for command in COMMANDS:
        _register(app, command, load=command.name == wanted)
    return app


def _calder() -> None:
    """Calder, a care-record integration hub."""


def _register(app: typer.Typer, command: Command, *, load: bool) -> None:
    epilog = f"Example: {command.example}"
    if not load:
        app.command(command.name, help=command.summary, epilog=epilog)(_calder)
        return
    module, _, name = command.target.partition(":")
    target = getattr(import_module(module), name)
    if isinstance(target, typer.Typer):
        app.add_typer(target, name=command.name, help=command.summary, epilog=epilog, no_args_is_help=True)
    else:
        app.command(command.name, help=target.__doc__ or command.summary, epilog=epilog)(target)


def main() -> None:
    arguments = sys.argv[1:]
    try:
        build(arguments)(args=arguments, prog_name="calder")
    except CalderError as error:
        sys.stderr.write(f"calder: {error}\n")
        raise SystemExit(1) from None
