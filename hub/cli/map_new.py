"""`calder map new`: the beginning of a map."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from hub.app.corpus import Corpus, CorpusError
from hub.cli.map_set import load_maps
from hub.cli.reporting import print_error
from hub.codec.hl7v2 import Message, dictionary, parse_message
from hub.core.suggest import suggest
from hub.mapping.parse.formatting import format_map
from hub.mapping.skeleton import Usage, segment_skeleton, structure_skeleton, usage_of, z_skeleton
from hub.mapping.syntax import MapDeclaration
from hub.mapping.types.v2 import segment_names
from hub.mapping.types.z_segments import is_z_segment

__all__ = ["new"]


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="How the map is to be called.")],
    *,
    segment: Annotated[str | None, typer.Option(help="A map of this segment: a row for each field.")] = None,
    structure: Annotated[str | None, typer.Option(help="A map of this message structure: a row for each segment.")] = None,
    z_segment: Annotated[str | None, typer.Option("--z", metavar="ZXX", help="A Z-segment: its block, and a map of it.")] = None,
    to: Annotated[
        str | None, typer.Option(help="The FHIR resource or datatype. Default: what the packaged map of the segment gives.")
    ] = None,
    version: Annotated[str, typer.Option(help="The HL7 version whose fields are listed.")] = "2.5.1",
    messages: Annotated[list[Path] | None, typer.Option("--from", metavar="PATH", help="List only what these messages populate.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write it to this file, which must not be there yet.")] = None,
) -> None:
    """Print the beginning of a map: each field of a segment, or each segment of a structure, as a row to be filled in.

    The rows are comments until someone has written their FHIR side; `calder map check` passes, and says that the map is empty.
    With --from the places that messages populate, and how often; never a value.
    """
    if sum(each is not None for each in (segment, structure, z_segment)) != 1:
        _refuse("say one of --segment, --structure and --z")
    if dictionary.known_version(version) is None:
        _refuse(f"--version: HL7 v2 has {', '.join(dictionary.VERSIONS)}")
    maps = load_maps([]).maps.program.maps
    if name in maps:
        _refuse(f"a map `{name}` is there already: write `overlay {name}`, or choose another name")
    usage = usage_of(_read(messages)) if messages else None
    if segment is not None:
        text = segment_skeleton(name, segment, to or _usual_target(segment, maps), version=version, maps=maps, usage=usage)
        known = segment_names(version)
    elif structure is not None:
        text, known = structure_skeleton(name, structure, version=version, maps=maps, usage=usage), dictionary.structures(version)
    else:
        text, known = _of_z_segment(name, z_segment or "", to or "Patient", usage), ()
    if text is None:
        near = suggest(segment or structure or "", known)
        _refuse(f"HL7 {version} has no {segment or structure}" + (f": did you mean {near}?" if near else ""))
    _write(text, out)


def _refuse(text: str) -> NoReturn:
    print_error(text)
    raise typer.Exit(2)


def _usual_target(segment: str, maps: Mapping[str, MapDeclaration]) -> str:
    found = next((each.right.names[0] for each in maps.values() if segment in each.left.names), None)
    if found is None and dictionary.segment("2.8.2", segment) is not None:
        _refuse(f"no packaged map reads {segment}: say what it becomes, as in --to Observation")
    return found or "Basic"


def _of_z_segment(name: str, segment: str, target: str, usage: Usage | None) -> str:
    if not is_z_segment(segment) or not segment.isalnum() or segment != segment.upper():
        _refuse("--z takes a name of three letters or digits that begins with Z")
    if usage is not None and segment not in usage.segments:
        _refuse(f"none of the {usage.messages} messages has {segment}")
    return z_skeleton(name, segment, target, usage)


def _read(paths: list[Path]) -> Iterator[Message]:
    try:
        for each in Corpus(paths):
            message = parse_message(each.body)
            if isinstance(message, Message):
                yield message
    except CorpusError as error:
        _refuse(str(error))


def _write(text: str, out: Path | None) -> None:
    formatted = format_map(str(out or "new.map"), text)
    if not isinstance(formatted, str):
        _refuse("NAME begins with a letter and has letters, digits and _; --to is the name of a FHIR type")
    if out is None:
        sys.stdout.write(formatted)
        return
    try:
        with out.open("x", encoding="utf-8", newline="\n") as file:
            file.write(formatted)
    except OSError as error:
        _refuse(f"{out}: {error.strerror or 'cannot be written'}")
    sys.stderr.write(f"{out}: written; `calder map check {out}`\n")
