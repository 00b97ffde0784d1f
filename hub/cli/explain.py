"""`calder explain CODE`."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

import hub
from hub.cli.reporting import print_error
from hub.core.diagnostics import Code
from hub.mapping.suggest import suggest


def explain(code: Annotated[str, typer.Argument(help="The code of a diagnostic, as in error[M017].")]) -> None:
    """What a diagnostic code means and how to mend it."""
    codes = {known.name: known for known in iter_codes()}
    found = codes.get(code.upper())
    if found is None:
        near = suggest(code.upper(), sorted(codes))
        print_error(f"{code}: there is no such code{f'; did you mean {near}?' if near else ''}")
        raise typer.Exit(1)
    print(f"{found.name}: {found.title} ({found.severity.value})\n\n{found.explain}")


def iter_codes() -> Iterator[Code]:
    """Those of every package: each declares its own in `codes.py`."""
    root = Path(hub.__file__).parent
    for file in sorted(root.rglob("codes.py")):
        name = ".".join(("hub", *file.relative_to(root).with_suffix("").parts))
        yield from import_module(name).CODES
