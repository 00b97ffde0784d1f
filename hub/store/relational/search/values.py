"""Strings, dates, numbers and quantities: values that have an order. https://hl7.org/fhir/R4/search.html#prefix"""

from __future__ import annotations

from typing import Final

from hub.fhir.search.query import DateValue, NumberValue, ParamType, Prefix, QuantityValue, StringValue
from hub.fhir.search.ranges import LEAST
from hub.store.relational.search.alternatives import TABLES, Alternative
from hub.store.relational.search.assembly import Assembly, Sql

__all__ = ["value_alternative"]

_LAST_LETTER: Final = "\U0010ffff"
_DAY: Final = 86_400_000_000  # the longest range that the order by `low` is to find also by its end: see date_by_high
_BY_THE_END: Final = frozenset({Prefix.GT, Prefix.GE, Prefix.AP})

_Valued = StringValue | DateValue | NumberValue | QuantityValue


def value_alternative(assembly: Assembly, param: Sql, modifier: str | None, value: _Valued) -> Alternative:
    match value:
        case StringValue():
            return _string(assembly, param, modifier, value)
        case DateValue():
            return _date(assembly, param, value)
        case NumberValue():
            return _of(assembly, ParamType.NUMBER, assembly.say("ranged", param=param, comparison=_comparison(assembly, value)))
        case QuantityValue():
            return _of(assembly, ParamType.QUANTITY, assembly.say("ranged", param=param, comparison=_quantity(assembly, value)))


def _of(assembly: Assembly, kind: ParamType, selection: Sql) -> Alternative:
    return Alternative(assembly.say("has", table=TABLES[kind], selection=selection), (selection,))


def _string(assembly: Assembly, param: Sql, modifier: str | None, value: StringValue) -> Alternative:
    match modifier:
        case "exact":
            return _of(assembly, ParamType.STRING, assembly.say("string_exact", param=param, folded=value.folded, text=value.text))
        case "contains":
            selection = assembly.say("string_contains", param=param, folded=value.folded)
            return Alternative(assembly.say("has", table=TABLES[ParamType.STRING], selection=selection))
        case _:
            high = value.folded + _LAST_LETTER
            return _of(assembly, ParamType.STRING, assembly.say("string_prefix", param=param, low=value.folded, high=high))


def _date(assembly: Assembly, param: Sql, value: DateValue) -> Alternative:
    comparison = _comparison(assembly, value)
    whole = assembly.say("ranged", param=param, comparison=comparison)
    if value.prefix not in _BY_THE_END:
        return _of(assembly, ParamType.DATE, whole)
    selections = (
        assembly.say("short", param=param, comparison=comparison, begin=max(LEAST, value.low - _DAY)),
        assembly.say("long", param=param, comparison=comparison, end=value.low),
    )
    return Alternative(assembly.say("has", table=TABLES[ParamType.DATE], selection=whole), selections)


def _comparison(assembly: Assembly, value: DateValue | NumberValue) -> Sql:
    return assembly.say(f"range_{value.prefix}", low=value.low, high=value.high)


def _quantity(assembly: Assembly, value: QuantityValue) -> Sql:
    comparison = _comparison(assembly, value.number)
    if value.system and value.code is not None:
        return assembly.say("quantity_code", comparison=comparison, code=value.code, system=value.system)
    if value.system:
        return assembly.say("quantity_system", comparison=comparison, system=value.system)
    if value.code is not None:
        return assembly.say("quantity_unit", comparison=comparison, code=value.code)
    return comparison
