"""Maps and tables as data: see docs/mapping-language.md."""
