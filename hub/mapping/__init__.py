"""The mapping language: docs/mapping-language.md.

parse ─► syntax ─► check                       mapset   a loaded set of maps
           │  types  values                    origin   where a value came from
           └─► forward · backward ─► run       test     the tests that stand in maps
"""
