"""Does a registered function keep what it says of itself? Its examples are run, both ways. `calder map check` asks this of every one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hub.core.diagnostics import Diagnostic
from hub.core.json import Json
from hub.fhir.elements import elements_of, is_primitive
from hub.mapping.codes.tests import BROKEN_FUNCTION
from hub.mapping.registry import Example, Function, Unreadable

__all__ = ["prove", "prove_all"]


def prove_all(functions: Iterable[Function]) -> tuple[Diagnostic, ...]:
    return tuple(
        Diagnostic(BROKEN_FUNCTION, fault, place=function.name)
        for function in sorted(functions, key=lambda one: one.name)
        for fault in prove(function)
    )


def prove(function: Function) -> Iterator[str]:
    """What is wrong, in words; examples are named by their number, as their values may be anything."""
    if not is_primitive(function.gives) and not elements_of(function.gives):
        yield f"FHIR has no type {function.gives}"
    unknown = [name for name in function.fills if name not in elements_of(function.gives)]
    if unknown:
        yield f"{function.gives} has no {', '.join(unknown)}"
    for number, example in enumerate(function.examples, 1):
        fault = _forward(function, example) or _back(function, example)
        if fault is not None:
            yield f"example {number}: {fault}"


def _forward(function: Function, example: Example) -> str | None:
    if function.forward is None:
        return None
    try:
        found = [function.forward(*example.arguments) for _ in range(2)]
    except Unreadable as error:
        return _refusal(example, str(error))
    except Exception as error:  # noqa: BLE001 -- whatever a site's function raises is told, not passed on
        return f"it raises {type(error).__name__}; what it cannot take, it says with Unreadable"
    if example.fails:
        return "it should be refused, and is not"
    if not _same(found[0], found[1]):
        return "it gives another value each time"
    return None if _same(found[0], example.gives) else "it gives another value"


def _refusal(example: Example, text: str) -> str | None:
    if not example.fails:
        return "it is refused"
    if any(isinstance(one, str) and len(one) > 2 and one in text for one in example.arguments):
        return "the text of the refusal carries the value"
    return None


def _back(function: Function, example: Example) -> str | None:
    if function.back is None or example.one_way or example.fails:
        return None
    try:
        found = function.back(example.gives)
    except Exception as error:  # noqa: BLE001 -- as above
        return f"the way back raises {type(error).__name__}"
    wanted = example.arguments
    longest = max(len(found), len(wanted))
    both = ([*texts, *[""] * (longest - len(texts))] for texts in (found, wanted))
    left, right = both
    return None if left == right else "the way back gives another text; say `one_way=True` where that is meant"


def _same(left: Json, right: Json) -> bool:
    """Digits count: 98.00 is not 98. What stands first in an object does not."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(value, right[name]) for name, value in left.items())
    return bool(left == right) and str(left) == str(right)
