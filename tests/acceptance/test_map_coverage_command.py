"""`calder map coverage` as it is installed: over a folder of messages that it has never seen."""

import json
from pathlib import Path
from subprocess import run

from tests.acceptance.conftest import CALDER

ADMISSION = (
    "MSH|^~\\&|PAS|RCF|HUB|CALDER|20260301120000+0000||ADT^A01^ADT_A01|{}|P|2.5\r"
    "EVN|A01|20260301120000+0000\rPID|1||9990000018^^^NHS^NH||Brook^Ada||19700101|F{}\rPV1|1|I|Ward 12^Bay B^Bed 3\r"
)


def test_what_a_corpus_has_that_no_rule_takes(tmp_path: Path) -> None:
    left = "|" * 37 + "TABBY"  # PID-45: HL7 has none, a sender did
    (tmp_path / "week.hl7").write_text("".join(ADMISSION.format(number, left if number % 2 else "") for number in range(10)), newline="")
    done = run([CALDER, "map", "coverage", tmp_path, "--json", "--fail-under", "100"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert [(each["place"], each["messages"]) for each in found["fields"]] == [("PID-45", 5)]
    assert "TABBY" not in done.stdout + done.stderr
    people = run([CALDER, "map", "coverage", tmp_path], capture_output=True, text=True, check=False)
    assert people.returncode == 0
    assert "PID-45" in people.stdout
