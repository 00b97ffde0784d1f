"""The registered functions: one file for each family, all of them in REGISTRY. docs/reference/functions.md is made from it."""

from types import MappingProxyType
from typing import Final

from hub.mapping.functions import authority_system, coding_system, device_address, displays, values
from hub.mapping.registry import Registry

__all__ = ["REGISTRY"]

REGISTRY: Final[Registry] = MappingProxyType(
    {
        function.name: function
        for family in (authority_system, coding_system, device_address, displays, values)
        for function in family.FUNCTIONS
    }
)
