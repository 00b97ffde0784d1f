"""`calder map explain MESSAGE|FILE [PATH]`: where each value came from, or why it is not there."""

from __future__ import annotations

import asyncio
import getpass
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from hub.app.explaining import Address, Case, content_of, parse_address, read_case
from hub.app.map_sets import account_for_shown
from hub.cli.map_set import load_or_exit
from hub.cli.messages import printable
from hub.cli.origin_notes import Source, describe_origin, render_origin
from hub.cli.places import source_parameters, store_url
from hub.cli.reporting import describe, print_diagnostics, print_error, print_json
from hub.codec.hl7v2 import parse_message, split_batch
from hub.core.diagnostics import Diagnostic, Severity
from hub.core.errors import CalderError, StoreError
from hub.core.json import Json
from hub.engine.pending import REPLAY
from hub.mapping.codes.convert import NO_MAP
from hub.mapping.mapset import MapSet
from hub.mapping.origin import Origin, convert_with_trace, find_origin, find_produced

__all__ = ["explain"]

_COMMAND = "map explain --unmask"


def explain(
    what: Annotated[
        str,
        typer.Argument(
            metavar="MESSAGE|FILE",
            help="A message's number, Type/id or Type/id/_history/n of the store; or a file of messages, - for standard input.",
        ),
    ],
    path: Annotated[str | None, typer.Argument(metavar="PATH", help="An element, as in Observation.status; default: all.")] = None,
    *,
    data: Annotated[Path | None, typer.Option(help="Folder of the embedded store (default: data).")] = None,
    store: Annotated[str | None, typer.Option(help="Store address instead of --data: sqlite:PATH or postgresql://…")] = None,
    config: Annotated[Path | None, typer.Option(help="hub.yaml: the parameters of a stored message's source.")] = None,
    maps: Annotated[list[Path] | None, typer.Option("--maps", help="For a file: files or folders of maps, over the packaged ones.")] = None,
    source: Annotated[
        str | None, typer.Option("--source", metavar="NAME", help="For a file: with the site's overlays for this source.")
    ] = None,
    unmask: Annotated[
        bool, typer.Option("--unmask", help="Show the bytes, too; of a stored message that is written to the audit.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One object of JSON for each message.")] = False,
) -> None:
    """Where each value came from, or why it is not there: field, bytes, rule, and the reason of each row that could have made it.

    A stored message is converted again with the maps of its day; a resource leads to the message that made it. Names of places only,
    no values. Exit 0: something made it; 1: nothing did; 2: it cannot be found.
    """
    address = None if what == "-" or Path(what).exists() else parse_address(what)
    if address is not None:
        made = _explain_stored(store_url(data, store), address, path, source_parameters(config), unmask=unmask, as_json=as_json)
    else:
        loaded = load_or_exit(maps or [], source)
        found = [
            _explain(loaded.maps, loaded.sources, f"message {index + 1}", body, path, shown=unmask, as_json=as_json)
            for index, body in split_batch(_read(what))
        ]
        made = all(found)
    raise typer.Exit(0 if made else 1)


def _refuse(text: str) -> NoReturn:
    print_error(text)
    raise typer.Exit(2)


def _read(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        _refuse(f"{file}: {error.strerror or 'cannot be read'}; a stored message is called by its number, a resource Type/id")


# --- from the store


def _explain_stored(
    url: str, address: Address, path: str | None, parameters: Mapping[str, Mapping[str, str]], *, unmask: bool, as_json: bool
) -> bool:
    wanted = f"{address.type}.{path}" if address.type and path and path.partition(".")[0].partition("[")[0] != address.type else path
    try:
        case = asyncio.run(read_case(url, address, wanted))
        if unmask:
            _account(url, case)
    except (CalderError, OSError) as error:
        _refuse(str(error))
    if case.maps is None:
        _refuse(f"message {case.receipt.id} was not converted, it is {case.receipt.state}: {case.receipt.reason or 'no reason is kept'}")
    texts = {**case.maps.texts.maps, **case.maps.texts.tables}
    return _explain(
        case.maps,
        texts,
        f"message {case.receipt.id}",
        case.body,
        wanted,
        shown=unmask,
        as_json=as_json,
        case=case,
        params=parameters.get(case.receipt.source.removeprefix(REPLAY)),
    )


def _account(url: str, case: Case) -> None:
    """Who saw it is durable before it is shown."""
    try:
        asyncio.run(account_for_shown(url, [case.receipt.id], user=getpass.getuser(), command=_COMMAND))
    except StoreError as error:
        _refuse(f"message {case.receipt.id} stays masked: showing it writes to the audit, and that could not be done ({error})")


# --- one message


def _explain(
    maps: MapSet,
    texts: Mapping[str, str],
    label: str,
    body: bytes,
    path: str | None,
    *,
    shown: bool,
    as_json: bool,
    case: Case | None = None,
    params: Mapping[str, str] | None = None,
) -> bool:
    origin, diagnostics, map_name = _find(maps, body, path, case, params)
    source = Source(texts, body if shown else None)
    facts = _facts(label, map_name, maps, case)
    if as_json:
        print_json({**facts, **describe_origin(origin, source), "diagnostics": [describe(each) for each in diagnostics]})
        return bool(origin.steps)
    print_diagnostics((each for each in diagnostics if each.severity is not Severity.INFORMATION), texts)
    print(
        ", ".join(
            [label, *(f"{name.replace('_', ' ')} {_short(name, value)}" for name, value in facts.items() if name != "message" and value)]
        )
    )
    print()
    for line in render_origin(origin, path, source):
        print(printable(line))
    return bool(origin.steps)


def _find(
    maps: MapSet, body: bytes, path: str | None, case: Case | None, params: Mapping[str, str] | None
) -> tuple[Origin, tuple[Diagnostic, ...], str]:
    message = parse_message(body)
    if isinstance(message, Diagnostic):
        return Origin(()), (message,), ""
    conversion = convert_with_trace(maps, message, params=params)
    if conversion is None:
        return Origin(()), (Diagnostic(NO_MAP, f"the structure is {message.structure or 'not known'}"),), ""
    made_by = None
    if case is not None and case.version is not None:
        produced = find_produced(conversion, case.version.type, case.version.rule, content_of(case.version))
        made_by = produced.full_url if produced is not None else None
    return find_origin(maps, conversion, path, made_by), conversion.diagnostics, conversion.map_name


def _facts(label: str, map_name: str, maps: MapSet, case: Case | None) -> dict[str, Json]:
    facts: dict[str, Json] = {"message": label.removeprefix("message "), "map": map_name or None, "map_set": maps.digest}
    if case is not None:
        facts |= {"type": case.receipt.message_type, "source": case.receipt.source, "received": case.receipt.received.isoformat()}
        if case.version is not None:
            facts |= {"resource": f"{case.version.type}/{case.version.id}/_history/{case.version.version}", "asked_for_version": case.later}
    return facts


def _short(name: str, value: Json) -> str:
    return str(value)[:12] if name == "map_set" else str(value)
