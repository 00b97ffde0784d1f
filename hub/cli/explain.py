"""`calder explain CODE`."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Annotated

import typer

import hub
from hub.cli.reporting import print_error
from hub.core.diagnostics import Code
from hub.core.suggest import suggest


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
    """Those of every package: each declares its own in a module called `codes`."""
    for module in pkgutil.walk_packages(hub.__path__, "hub."):
        if module.name.endswith(".codes"):
            yield from import_module(module.name).CODES
