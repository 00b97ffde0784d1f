"""A function declared with `@function`: what is taken from its annotations, what is refused at once, and what its examples prove."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle

from hub.mapping.functions import REGISTRY
from hub.mapping.functions.proving import prove, prove_all
from hub.mapping.mapset import load
from hub.mapping.registry import Example, Function, NotAFunction, Registry, Unreadable, function
from hub.mapping.run.parts import run_part_backward, run_part_forward

LANGUAGE = Path(__file__).parents[3] / "docs" / "mapping-language.md"


@function(examples=[Example(("a",), "A")], back=lambda value: value.lower())
def shouted(text: str) -> str:
    """In capitals."""
    return text.upper()


@function(
    gives="decimal",
    examples=[Example(("1.50", "2"), Decimal("3.00")), Example(("1.50", ""), Decimal("1.50")), Example(("x", "2"), fails=True)],
)
def times(number: Decimal, factor: int | None) -> Decimal:
    """Multiplied."""
    return number * (factor or 1)


@function(examples=[Example(({"resourceType": "Bundle", "type": "collection"},), 0)], takes=("Bundle",))
def size(bundle: Bundle) -> int:
    """How many entries."""
    return len(bundle.entry or [])


# --- from annotations


def test_texts_are_taken_as_they_are() -> None:
    assert (shouted.name, shouted.doc, shouted.takes, shouted.gives) == ("shouted", "In capitals.", ("ST",), "string")
    assert shouted.back is not None
    assert shouted.back("A") == ("a",)
    assert getattr(shouted.forward, "__name__", "") == "shouted"  # nothing stands between it and the hot path


def test_numbers_are_read_before_they_are_handed_over() -> None:
    assert (times.takes, times.gives) == (("NM", "NM"), "decimal")
    assert times.forward is not None
    assert str(times.forward(" 1.50", "")) == "1.50"
    for arguments in (("SECRET", "1"), ("1", "1.5"), ("", "1")):
        with pytest.raises(Unreadable) as caught:
            times.forward(*arguments)
        assert "SECRET" not in str(caught.value)
        assert caught.value.__cause__ is None


def test_a_model_is_built_and_what_is_none_is_unreadable() -> None:
    assert (size.takes, size.gives) == (("Bundle",), "integer")
    assert size.forward is not None
    assert size.forward({"resourceType": "Bundle", "type": "collection", "entry": [{}, {}]}) == 2
    for value in ({"resourceType": "Bundle", "typ": "SECRET"}, "SECRET", None):
        with pytest.raises(Unreadable) as caught:
            size.forward(value)
        assert "SECRET" not in str(caught.value)
        assert caught.value.__suppress_context__  # pydantic's text has the value


def test_every_repetition() -> None:
    @function(examples=[Example(("a", "b", "c"), "a-b-c")])
    def joined(*texts: str) -> str:
        """With hyphens."""
        return "-".join(texts)

    assert joined.takes == ("ST*",)
    assert list(prove(joined)) == []


def test_a_component_stands_for_its_datatype() -> None:
    @function(takes=("CX.4",), gives="uri", examples=[Example(("NHS^x",), "urn:NHS")])
    def authority(hd: str) -> str:
        """Its namespace."""
        return "urn:" + hd.partition("^")[0]

    assert authority.takes == ("HD",)


# --- refused where it is declared


def plain(text: str) -> str:
    """Doc."""
    return text


def no_doc(text: str) -> str:
    return text


def by_name(*, text: str) -> str:
    """Doc."""
    return text


def nothing() -> str:
    """Doc."""
    return ""


def odd(text: bytes) -> str:
    """Doc."""
    return str(text)


def two(left: str, right: str) -> dict[str, Any]:
    """Doc."""
    return {left: right}


ONE, TWO = [Example(("a",), "a")], [Example(("a", "b"), {"a": "b"})]


@pytest.mark.parametrize(
    ("written", "settings", "said"),
    [
        (no_doc, {"examples": ONE}, "no docstring"),
        (plain, {"examples": []}, "no examples"),
        (plain, {"examples": ONE, "name": "Plain"}, "small letters"),
        (plain, {"examples": TWO}, "takes 1, and an example has 2"),
        (plain, {"examples": ONE, "takes": ("ST", "ST")}, "1 parameters"),
        (plain, {"examples": ONE, "takes": ("CX.99",)}, "HL7 has no CX.99"),
        (plain, {"examples": ONE, "back": lambda left, right: left}, "takes the value"),
        (by_name, {"examples": ONE}, "by place"),
        (nothing, {"examples": ONE}, "at least one"),
        (odd, {"examples": ONE}, "annotated"),
        (two, {"examples": TWO}, "which FHIR type"),
    ],
)
def test_what_cannot_be_called_is_refused_at_once(written: Any, settings: dict[str, Any], said: str) -> None:
    with pytest.raises(NotAFunction, match=said):
        function(**settings)(written)


# --- examples


def test_the_language_s_own_functions_keep_their_word() -> None:
    assert prove_all(REGISTRY.values()) == ()
    assert prove_all([shouted, times, size]) == ()


def fault(**changed: Any) -> list[str]:
    return list(prove(replace(shouted, **changed)))


def test_each_kind_of_fault_is_seen() -> None:
    calls = iter(range(100))
    assert fault(forward=lambda _: "B") == ["example 1: it gives another value"]
    assert fault(forward=lambda _: f"{next(calls)}") == ["example 1: it gives another value each time"]
    assert fault(forward=lambda _: 1 / 0) == ["example 1: it raises ZeroDivisionError; what it cannot take, it says with Unreadable"]
    assert fault(back=lambda _: ("b",)) == ["example 1: the way back gives another text; say `one_way=True` where that is meant"]
    assert fault(back=lambda _: ("b",), examples=(Example(("a",), "A", one_way=True),)) == []
    assert fault(examples=(Example(("a",), fails=True),)) == ["example 1: it should be refused, and is not"]
    assert fault(gives="Strang") == ["FHIR has no type Strang"]
    assert fault(gives="Quantity", fills=("valeu",), back=None) == ["Quantity has no valeu"]

    def telling(text: str) -> str:
        raise Unreadable(f"cannot read {text}")

    assert fault(forward=telling, examples=(Example(("SECRET",), fails=True),)) == ["example 1: the text of the refusal carries the value"]
    assert fault(forward=telling) == ["example 1: it is refused"]
    assert fault(forward=lambda _: Decimal("1.0"), examples=(Example(("a",), Decimal(1)),), back=None) == [
        "example 1: it gives another value"
    ]


def test_a_broken_function_is_a_diagnostic_without_its_values() -> None:
    (found,) = prove_all([replace(shouted, forward=lambda _: "SECRET")])
    assert (found.code.name, found.place) == ("M533", "shouted")
    assert "SECRET" not in repr(found)


# --- in a map, and in the documentation


def test_in_a_map_both_ways() -> None:
    maps = load({"m.map": "map m : v2 CX <-> fhir Identifier\n  value CX.1 <-> value  by shouted\n"}, {}, {**REGISTRY, "shouted": shouted})
    assert [one.detail for one in maps.diagnostics] == []
    assert run_part_forward(maps, "m", "abc", params={}, givens={})[0] == {"value": "ABC"}
    assert run_part_backward(maps, "m", {"value": "ABC"}, params={}, givens={})[0] == "abc"


def test_the_example_of_the_documentation_runs() -> None:
    section = LANGUAGE.read_text().split("\n## Functions\n")[1].split("\n## ")[0]
    indented = re.findall(r"(?:^    .*\n|^\n)+", section, re.MULTILINE)
    (code,) = [block for block in indented if "@function(" in block]
    (rows,) = [block for block in indented if block.lstrip().startswith("map ")]
    names: dict[str, Any] = {}
    exec(compile("\n".join(line[4:] for line in code.split("\n")), "docs", "exec"), names)
    found: Registry = {one.name: one for one in names.values() if isinstance(one, Function)}
    assert list(found)
    assert prove_all(found.values()) == ()
    maps = load({"m.map": "\n".join(line[4:] for line in rows.split("\n")).strip() + "\n"}, {}, {**REGISTRY, **found})
    assert [one.detail for one in maps.diagnostics] == []
    assert (
        run_part_forward(maps, "pv1", "PV1|1|I|||||||||||||||||0044312", params={}, givens={})[0]["identifier"][0]["value"] == "RCF-44312"
    )
