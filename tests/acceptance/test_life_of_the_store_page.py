"""The page for operators: its commands do what it says, in its order."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path

from hub.app.stores import open_store

PAGE = Path(__file__).parents[2] / "docs" / "life-of-the-store.md"


def test_the_commands_of_the_page_work(tmp_path):
    commands = re.findall(r"^    calder (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(commands) == 4
    (retention,) = re.findall(r"^    (retention: .+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    (tmp_path / "hub.yaml").write_text(f"store: {{url: 'sqlite:data/hub.db'}}\n{retention}\n")
    (tmp_path / "data").mkdir()
    asyncio.run(open_store(f"sqlite:{tmp_path}/data/hub.db").close())
    for command in commands:
        done = subprocess.run(
            [str(Path(sys.executable).with_name("calder")), *command.split()], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (command, done.stderr)
