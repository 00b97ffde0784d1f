"""Every diagnostic of the mapping language. Numbers are never reused: M001 reading, M050 choosing, M200 checking, M400 running."""

from __future__ import annotations

from hub.core.diagnostics import Code
from hub.mapping.codes import back as codes_back
from hub.mapping.codes import check as codes_check
from hub.mapping.codes import convert as codes_convert
from hub.mapping.codes import profiles as codes_profiles
from hub.mapping.codes import run as codes_run
from hub.mapping.codes import sites as codes_sites
from hub.mapping.codes import syntax as codes_syntax
from hub.mapping.codes import tests as codes_tests

CODES: tuple[Code, ...] = (
    *codes_syntax.CODES,
    *codes_convert.CODES,
    *codes_check.CODES,
    *codes_profiles.CODES,
    *codes_sites.APPLYING,
    *codes_run.CODES,
    *codes_back.CODES,
    *codes_tests.CODES,
)
