"""`calder map explain FILE [PATH]`: where each value came from. It shows names of places, never values."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from hub.cli.map_set import Loaded
from hub.cli.reporting import describe, describe_step, print_diagnostics, print_error, print_json
from hub.codec.hl7v2 import parse_message, split_batch
from hub.core.diagnostics import Diagnostic
from hub.mapping.codes.convert import NO_MAP
from hub.mapping.origin import Origin, convert_with_trace, find_origin


def explain_file(loaded: Loaded, file: str, path: str | None, *, as_json: bool) -> bool:
    """True when every message has a value there."""
    made = [_explain(loaded, index, body, path, as_json=as_json) for index, body in split_batch(_read(file))]
    return all(made)


def _read(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        print_error(f"{file}: {error.strerror or 'cannot be read'}")
        raise typer.Exit(2) from None


def _explain(loaded: Loaded, index: int, body: bytes, path: str | None, *, as_json: bool) -> bool:
    origin, diagnostics = _find(loaded, body, path)
    if as_json:
        rows = [{"rule": rule, "file": row.span.file, "line": row.span.line} for rule, row in origin.rows]
        steps = [describe_step(step) for step in origin.steps]
        print_json({"index": index, "steps": steps, "rows": rows, "diagnostics": [describe(each) for each in diagnostics]})
        return bool(origin.steps)
    print_diagnostics(diagnostics, loaded.sources)
    print(f"message {index + 1}")
    for step in origin.steps:
        print(f"  {step.target} <- {step.source}   {step.rule} {step.file}:{step.line}")
    if not origin.steps:
        print(f"  nothing made {path or 'anything'}; these rows could:" if origin.rows else f"  no row makes {path or 'anything'}")
    for rule, row in origin.rows:
        print(f"    {rule} {row.span.file}:{row.span.line}   {_line(loaded, row.span.file, row.span.line)}")
    return bool(origin.steps)


def _find(loaded: Loaded, body: bytes, path: str | None) -> tuple[Origin, tuple[Diagnostic, ...]]:
    message = parse_message(body)
    if isinstance(message, Diagnostic):
        return Origin((), ()), (message,)
    conversion = convert_with_trace(loaded.maps, message)
    if conversion is None:
        return Origin((), ()), (Diagnostic(NO_MAP, f"the structure is {message.structure or 'not known'}"),)
    return find_origin(loaded.maps, conversion, path), conversion.diagnostics


def _line(loaded: Loaded, file: str, line: int) -> str:
    lines = loaded.sources.get(file, "").split("\n")
    return lines[line - 1].strip() if line <= len(lines) else ""
