"""`calder config`: hub.yaml checked, and what is in force."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from hub.app.installed import connectors
from hub.app.maps import read_map_sets
from hub.cli.places import print_diagnostics, read_hub_yaml

app = typer.Typer(help="Check hub.yaml, and show what is in force.", no_args_is_help=True)

_File = Annotated[Path, typer.Argument(help="hub.yaml")]


@app.command()
def check(file: _File) -> None:
    """Every error of the file at once, each with line and column, and those of the maps in `mappings/local` beside it.

    Exit 0 clean, 1 errors.

    Example: calder config check hub.yaml
    """
    settings = read_hub_yaml(file)
    maps = read_map_sets(settings)
    if maps.errors:
        print_diagnostics(maps.errors, maps.texts.texts)
        raise SystemExit(1)
    print(f"{file}: {len(settings.sources)} sources, {len(settings.destinations)} destinations, {len(settings.routes)} routes: no errors")


@app.command()
def show(file: _File) -> None:
    """The effective settings, defaults filled in, secrets redacted.

    Example: calder config show hub.yaml
    """
    settings = read_hub_yaml(file)
    values: dict[str, Any] = _plain(asdict(settings))
    installed = connectors()
    for one in (*values["sources"], *values["destinations"]):
        secrets = {setting.name for setting in installed[one["connector"]].settings if setting.secret}
        one["settings"] = {name: "(secret)" if name in secrets and value else value for name, value in one["settings"].items()}
    if "@" in values["store"]:
        values["store"] = values["store"].partition(":")[0] + ":(secret)"
    print(yaml.safe_dump(values, sort_keys=False, allow_unicode=True), end="")


def _plain(value: Any) -> Any:  # any value of the settings
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g}s"
    return value if isinstance(value, str | int | bool | None) else str(value)
