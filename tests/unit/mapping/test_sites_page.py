"""The examples of docs/mapping-language.md, "Z-segments" and "Sites", are checked and run with the packaged maps."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from hub.app.installed import functions
from hub.mapping.check.check import check
from hub.mapping.mapset import load
from hub.mapping.test.runner import run_tests
from hub.settings.map_files import read_packaged

PAGE = Path(__file__).parents[3] / "docs" / "mapping-language.md"
LOCAL_SEX = "source_system,source_code,source_display,arrow,target_system,target_code,target_display,note\n,1,,<->,,male,,\n"


def examples(section: str) -> str:
    text = PAGE.read_text().partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return textwrap.dedent("".join(re.findall(r"^(?:    .*)?\n", text, re.MULTILINE)))


def test_what_the_page_shows_is_right() -> None:
    texts = read_packaged()
    maps = texts.maps | {"local/zpi.map": examples("Z-segments"), "local/airedale/site.map": examples("Sites")}
    loaded = load(maps, texts.tables | {"local/airedale/tables/local_sex.csv": LOCAL_SEX}, functions())
    found = [*loaded.diagnostics, *check(loaded.files, loaded.tables, functions())]
    assert [(each.code.name, each.detail) for each in found if each.is_error] == []
    verdicts = [*run_tests(loaded, ["local/airedale/site.map"])]
    assert [(each.test.title, each.passed) for each in verdicts] == [("sex by number", True)]
    assert [each.row.name for each in loaded.dropped] == ["marriage"]
    assert {"county", "sex"} <= {row.name for row in loaded.program.maps["pid"].body if hasattr(row, "left")}
