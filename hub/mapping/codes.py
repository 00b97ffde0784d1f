"""Every diagnostic of the mapping language. Numbers are never reused: M001 reading, M050 choosing, M200 checking, M400 running."""

from __future__ import annotations

from hub.core.diagnostics import Code
from hub.mapping import codes_check, codes_convert, codes_run, codes_syntax

CODES: tuple[Code, ...] = (*codes_syntax.CODES, *codes_convert.CODES, *codes_check.CODES, *codes_run.CODES)
