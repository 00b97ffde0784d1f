"""What is installed: connectors by their entry points, the functions that maps may name, the packaged maps."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import entry_points
from typing import Final

from hub.app.site_functions import GROUP, with_site_functions
from hub.core.errors import CalderError
from hub.core.json import Resource
from hub.documents.plan_page import render_plan_page
from hub.mapping.functions import REGISTRY
from hub.mapping.mapset import MapSet, load
from hub.mapping.registry import Function, Registry
from hub.sdk import ConnectorSpec
from hub.settings.map_files import MapTexts, read_packaged

DISTRIBUTION: Final = "calder-hub"


class AssemblyError(CalderError):
    """The settings are right in themselves, and a hub cannot be built from them here."""


def connectors() -> dict[str, ConnectorSpec]:
    """Every connector that is installed, by the name of its entry point."""
    return {point.name: point.load() for point in entry_points(group="calder.connectors")}


@cache
def functions() -> Registry:
    """The functions that maps may name: the language's own, the renderers of documents, and those of installed packages.

    Raises FunctionsError when a package's cannot be had.
    """
    plan_html = Function(
        name="plan_html",
        doc="The page of an emergency care plan, as base64 of UTF-8 HTML: for OBX-5 of an MDM^T02.",
        takes=("Bundle",),
        gives="base64Binary",
        forward=_plan_html,
        back=None,
        examples=(),
    )
    return with_site_functions({**REGISTRY, plan_html.name: plan_html}, entry_points(group=GROUP))


def _plan_html(bundle: Resource | Sequence[Resource]) -> str:
    resources = [entry["resource"] for entry in bundle["entry"]] if isinstance(bundle, Mapping) else list(bundle)
    return base64.b64encode(render_plan_page(resources).encode()).decode("ascii")


def load_texts(texts: MapTexts) -> MapSet:
    """The map set of these texts, whole, with every function that is installed."""
    return load(texts.maps, texts.tables | texts.profiles, functions())


def load_maps() -> MapSet:
    """The packaged maps. Raises AssemblyError when they do not load: a hub without its maps must not listen."""
    texts = read_packaged()
    maps = load_texts(texts)
    broken = [diagnostic for diagnostic in maps.diagnostics if diagnostic.is_error]
    if broken:
        raise AssemblyError(f"the maps have {len(broken)} errors: run `calder map check`")
    return maps
