"""Every diagnostic of the mapping language. Numbers are never reused: M001 reading, M050 choosing, M200 checking, M400 running."""

from __future__ import annotations

from hub.core.diagnostics import Code
from hub.mapping.codes import check as codes_check
from hub.mapping.codes import convert as codes_convert
from hub.mapping.codes import run as codes_run
from hub.mapping.codes import syntax as codes_syntax

CODES: tuple[Code, ...] = (*codes_syntax.CODES, *codes_convert.CODES, *codes_check.CODES, *codes_run.CODES)
