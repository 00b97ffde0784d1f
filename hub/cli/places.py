"""Where a command finds its hub: `--data DIR`, `--store URL`, `--config hub.yaml`."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from hub.app.installed import connectors
from hub.core.diagnostics import Diagnostic
from hub.core.rendering import render_diagnostic
from hub.settings.hub_yaml import read_settings
from hub.settings.model import HubSettings


def usage(command: str, text: str) -> NoReturn:
    """The call cannot be done as it was typed: exit 2."""
    print(f"calder {command}: {text}", file=sys.stderr)
    raise SystemExit(2)


def store_url(data: Path | None, store: str | None) -> str:
    return store or f"sqlite:{(data or Path('data')) / 'hub.db'}"


def read_hub_yaml(path: Path) -> HubSettings:
    """Prints every error and exits 1 when the file cannot be used, 2 when it is not there."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        usage("config", f"{path}: {getattr(error, 'strerror', None) or 'not UTF-8'}")
    settings = read_settings(text, str(path), environment=os.environ, connectors=connectors())
    if isinstance(settings, HubSettings):
        return replace(settings, folder=path.parent)
    print_diagnostics(settings, {str(path): text})
    raise SystemExit(1)


def print_diagnostics(diagnostics: tuple[Diagnostic, ...], texts: dict[str, str]) -> None:
    for diagnostic in diagnostics:
        print(render_diagnostic(diagnostic, texts), file=sys.stderr)


def parameters_of(source: str, config: Path) -> dict[str, str]:
    """What hub.yaml sets for the maps of one source. One that hub.yaml does not have is told: its maps have their defaults."""
    parameters = source_parameters(config)
    if source not in parameters:
        sys.stderr.write(f"{config}: no source `{source}`; its maps have their defaults\n")
    return parameters.get(source, {})


def source_parameters(config: Path | None) -> dict[str, dict[str, str]]:
    """What a hub.yaml sets for the maps of each source, by the source's name; nothing where there is no hub.yaml."""
    if config is None:
        return {}
    settings = read_hub_yaml(config)
    zone = {"timezone": settings.hub.timezone}
    return {source.config.name: zone | dict(source.config.parameters) for source in settings.sources}
