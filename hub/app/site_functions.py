"""Functions that a site's own package gives to its maps, by the entry points `calder.functions`.

    [project.entry-points."calder.functions"]
    ward_codes = "our_maps.wards"               # a module: every function in it that `@function` declares
    bed = "our_maps.beds:bed_place"             # or one function

What is wrong with them is said at start: a map that calls a function must not find another one, or none, in the middle of the night.
"""

from __future__ import annotations

import hashlib
import inspect
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint
from types import ModuleType

from hub.core.errors import CalderError
from hub.mapping.registry import Function, NotAFunction, Registry

__all__ = ["GROUP", "FunctionsError", "with_site_functions"]

GROUP = "calder.functions"


class FunctionsError(CalderError):
    """An entry point that gives no function, or one whose name is taken."""


def with_site_functions(known: Registry, points: Iterable[EntryPoint]) -> Registry:
    """`known` and those of the entry points. Raises FunctionsError, naming the entry point."""
    found: dict[str, Function] = dict(known)
    loaded: dict[str, Function] = dict(known)
    given_by: dict[str, str] = {}
    for point in points:
        for function in _load(point):
            if loaded.get(function.name) is function:  # a module that has imported it from here
                continue
            if function.name in found:
                other = given_by.get(function.name, "the hub itself")
                raise FunctionsError(
                    f"{_place(point)}: the function `{function.name}` is there already, from {other}: give it another name"
                )
            loaded[function.name] = function
            found[function.name] = replace(function, package=_package(point))
            given_by[function.name] = _place(point)
    return found


def _load(point: EntryPoint) -> Iterator[Function]:
    try:
        loaded = point.load()
    except NotAFunction as error:
        raise FunctionsError(f"{_place(point)}: {error}") from None
    except Exception as error:
        raise FunctionsError(f"{_place(point)} cannot be imported: {type(error).__name__}: {error}") from error
    functions = [*vars(loaded).values()] if isinstance(loaded, ModuleType) else [loaded]
    declared = [each for each in functions if isinstance(each, Function)]
    if not declared:
        raise FunctionsError(f"{_place(point)} has no function: `@function` of hub.mapping.registry declares one")
    yield from declared


def _package(point: EntryPoint) -> str:
    """With a digest of the module's source, since a package that is worked on keeps its version."""
    package = f"{point.dist.name} {point.dist.version}" if point.dist is not None else point.module
    try:
        source = inspect.getsource(sys.modules[point.module])
    except (OSError, TypeError, KeyError):  # a module without a source
        return package
    return f"{package} {hashlib.sha256(source.encode()).hexdigest()[:16]}"


def _place(point: EntryPoint) -> str:
    package = point.dist.name if point.dist is not None else "an unknown package"
    return f"entry point {point.name} of {package}"
