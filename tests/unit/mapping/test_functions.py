"""Every registered function keeps the promises of its examples, both ways."""

import pytest

from hub.mapping.functions import REGISTRY
from hub.mapping.registry import Unreadable

CASES = [(function, example) for function in REGISTRY.values() for example in function.examples]
FORWARD = [case for case in CASES if not case[1].fails]
BACKWARD = [case for case in FORWARD if case[0].back is not None and not case[1].one_way]


def label(value):
    return getattr(value, "name", None) or "-".join(str(each) for each in getattr(value, "arguments", ()))


def padded(texts, function):
    """What is absent is "" on both sides."""
    count = 0 if function.takes[-1].endswith("*") else len(function.takes)
    return (*texts, *[""] * (count - len(texts)))


@pytest.mark.parametrize(("function", "example"), FORWARD, ids=label)
def test_forward(function, example):
    assert function.forward(*example.arguments) == example.gives


@pytest.mark.parametrize(("function", "example"), [case for case in CASES if case[1].fails], ids=label)
def test_what_cannot_be_read(function, example):
    with pytest.raises(Unreadable) as caught:
        function.forward(*example.arguments)
    assert not any(text and text in str(caught.value) for text in example.arguments)


@pytest.mark.parametrize(("function", "example"), BACKWARD, ids=label)
def test_backward(function, example):
    assert padded(function.back(example.gives), function) == padded(example.arguments, function)


def test_names_and_documentation():
    for name, function in REGISTRY.items():
        assert function.name == name
        assert function.doc
        assert function.examples


def test_numbers_keep_their_digits():
    assert str(REGISTRY["measured_number"].forward("98.00")["value"]) == "98.00"
