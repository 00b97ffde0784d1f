"""`calder convert`: messages to FHIR, and resources back to messages."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from hub.cli.map_set import load_or_exit
from hub.cli.reporting import describe, describe_step, print_diagnostics, print_error, print_json
from hub.codec.hl7v2 import Message, parse_message, split_batch
from hub.core.json import Json, render_json
from hub.mapping.file_conversion import Converted, Converter


class Target(StrEnum):
    FHIR = "fhir"
    V2 = "v2"


class Format(StrEnum):
    JSON = "json"
    ER7 = "er7"


_FORMAT_OF = {Target.FHIR: Format.JSON, Target.V2: Format.ER7}


@dataclass(frozen=True, slots=True)
class _Result:
    file: str
    index: int
    converted: Converted

    @property
    def ok(self) -> bool:
        return self.converted.output is not None


def convert(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Files of messages or resources; - is standard input.")],
    *,
    to: Annotated[Target | None, typer.Option(help="What to convert to. Default: JSON to v2, everything else to fhir.")] = None,
    map_name: Annotated[str | None, typer.Option("--map", metavar="NAME", help="This map, not the one found by the message.")] = None,
    output_format: Annotated[Format | None, typer.Option("--format", help="How it is written: fhir as json, v2 as er7.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON for each message, refused ones too.")] = False,
    trace: Annotated[bool, typer.Option("--trace", help="Also say where each value came from.")] = False,
    residue: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="To v2: the messages they came from; what no row writes is taken from there."),
    ] = None,
    maps: Annotated[list[Path] | None, typer.Option(help="Files or folders of maps, over the packaged ones.")] = None,
    source: Annotated[str | None, typer.Option(help="With the overlays of this source (mappings/local/SOURCE).")] = None,
) -> None:
    """Convert HL7 v2 messages to FHIR transactions, or FHIR resources to HL7 v2 messages.

    The result goes to standard output, one line for each message where there are several; diagnostics go to standard error.
    Exit 0: all were converted; 1: some were refused.
    """
    wanted = to or _target_of(output_format)
    if wanted is not None and output_format not in (None, _FORMAT_OF[wanted]):
        _refuse_usage(f"--to {wanted} is written as {_FORMAT_OF[wanted]}")
    if residue is not None and wanted is Target.FHIR:
        _refuse_usage("--residue is for --to v2")
    inputs = [(file, _read(file)) for file in dict.fromkeys(files)]
    loaded = load_or_exit(maps or [], source)
    if map_name is not None and loaded.maps.get(map_name) is None:
        _refuse_usage(f"{map_name}: there is no such map; `calder map list` names them")
    now = datetime.now(UTC).strftime("%Y%m%d%H%M%S+0000")
    results = _convert_all(inputs, wanted, Converter(loaded.maps, map_name, trace, now, _read_messages(residue)))
    all_converted = True
    for result, alone in _mark_alone(results):
        all_converted &= result.ok
        if as_json:
            print_json(_describe(result, trace=trace))
        else:
            _print(result, loaded.sources, alone=alone)
    sys.stdout.flush()
    raise typer.Exit(0 if all_converted else 1)


def _refuse_usage(text: str) -> None:
    print_error(text)
    raise typer.Exit(2)


def _target_of(output_format: Format | None) -> Target | None:
    return next((target for target, written in _FORMAT_OF.items() if written is output_format), None)


def _read(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        print_error(f"{file}: {error.strerror or 'cannot be read'}")
        raise typer.Exit(2) from None


def _read_messages(file: Path | None) -> tuple[Message, ...]:
    if file is None:
        return ()
    found = tuple(each for _, body in split_batch(_read(str(file))) if isinstance(each := parse_message(body), Message))
    if not found:
        _refuse_usage(f"{file}: no HL7 v2 message in it")
    return found


def _convert_all(inputs: Sequence[tuple[str, bytes]], to: Target | None, converter: Converter) -> Iterator[_Result]:
    for file, data in inputs:
        is_json = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")
        to_v2 = is_json if to is None else to is Target.V2
        converted = converter.to_v2(data) if to_v2 else converter.to_fhir(data)
        for index, each in enumerate(converted):
            yield _Result(file, index, each)


def _mark_alone(results: Iterator[_Result]) -> Iterable[tuple[_Result, bool]]:
    """Each result, and whether it is the only one: known when the second has been asked for."""
    first, second = next(results, None), next(results, None)
    if first is None:
        return ()
    if second is None:
        return ((first, True),)
    return ((result, False) for result in chain((first, second), results))


# --- what is shown


def _describe(result: _Result, *, trace: bool) -> Json:
    output = result.converted.output
    line = {
        "file": result.file,
        "index": result.index,
        "ok": result.ok,
        "output": output.decode("utf-8", errors="replace") if isinstance(output, bytes) else output,
        "diagnostics": [describe(diagnostic) for diagnostic in result.converted.diagnostics],
    }
    return line | {"trace": [describe_step(step) for step in result.converted.trace]} if trace else line


def _print(result: _Result, sources: Mapping[str, str], *, alone: bool) -> None:
    before = "" if alone else f"{result.file}, message {result.index + 1}\n"
    print_diagnostics(result.converted.diagnostics, sources, before=before)
    for step in result.converted.trace:
        sys.stderr.write(f"{step.target} <- {step.source}   {step.rule} {step.file}:{step.line}\n")
    output = result.converted.output
    if isinstance(output, bytes):
        sys.stdout.buffer.write(output if alone else output + b"\n")
    elif output is not None:
        text = render_json(output)
        sys.stdout.buffer.write((msgspec.json.format(text, indent=2) if alone else text) + b"\n")
