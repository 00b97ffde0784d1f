"""A parsed map without its places: what two spellings of one map have in common."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

from hub.core.diagnostics import Span


def without_spans(value: object) -> object:
    if isinstance(value, Span):
        return None
    if isinstance(value, tuple):
        return tuple(without_spans(each) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        return (type(value).__name__, *(without_spans(getattr(value, each.name)) for each in fields(value)))
    return value
