"""`check` gives diagnostics for whatever can be read, and never an exception; profiles and tables are read or refused. The shipped maps are the seed; words and lines are mixed up."""

from __future__ import annotations

import json
import re
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.mapping.check.check import check
from hub.mapping.codes.check import CODES
from hub.mapping.codes.profiles import CODES as PROFILE_CODES
from hub.mapping.functions import REGISTRY
from hub.mapping.parse.parser import parse_map_file
from hub.mapping.tables import parse_table
from hub.mapping.types.profiles import read_profiles

MAPPINGS = Path(__file__).parents[2] / "mappings"
TEXTS = [path.read_text() for path in sorted(MAPPINGS.rglob("*.map"))]
TABLES = {table.name: table for table, _ in (parse_table(path.name, path.read_text()) for path in sorted(MAPPINGS.rglob("*.csv")))}
WORDS = sorted({word for text in TEXTS for word in re.findall(r"[^\s]+", text.split("\ntest ")[0])})
LINES = sorted({line for text in TEXTS for line in text.split("\ntest ")[0].split("\n")[1:] if line.strip()})
NAMES = {code.name for code in CODES}


@st.composite
def mutated(draw: st.DrawFn) -> str:
    lines = draw(st.sampled_from(TEXTS)).split("\n")
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(("word", "line", "copy", "cut", "number"))):
            case "word":
                parts = lines[at].split(" ")
                parts[draw(st.integers(0, len(parts) - 1))] = draw(st.sampled_from(WORDS))
                lines[at] = " ".join(parts)
            case "line":
                lines.insert(at, draw(st.sampled_from(LINES)))
            case "copy":
                lines.insert(at, re.sub(r"^(\s+)(\w+)", r"\1\2_again", lines[at]))
            case "cut":
                del lines[at]
            case "number":
                lines[at] = re.sub(r"\d+", lambda _: str(draw(st.integers(0, 400))), lines[at], count=2)
        lines = lines or [""]
    return "\n".join(lines)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(mutated(), min_size=1, max_size=3))
def test_any_map_that_can_be_read_can_be_checked(texts: list[str]) -> None:
    files = [parse_map_file(f"m{number}.map", text)[0] for number, text in enumerate(texts)]
    reported = check(files, TABLES, REGISTRY)
    assert {one.code.name for one in reported} <= NAMES
    places = [(one.span.file, one.span.line, one.span.column) for one in reported if one.span and one.span.file.endswith(".map")]
    assert places == sorted(places)
    assert len(set(reported)) == len(reported)


@settings(max_examples=20, deadline=None)
@given(mutated())
def test_checking_twice_says_the_same(text: str) -> None:
    file, _ = parse_map_file("m.map", text)
    assert check([file], TABLES, REGISTRY) == check([file], TABLES, REGISTRY)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 5)
    | st.sampled_from(["", "*", "1", "0", "Patient", "Patient.name", "required", "#v", "Extension"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["code", "profile", "system", "concept", "id"]), inner, max_size=3)
    ),
    max_leaves=6,
)
PATHS = [
    f"Patient{end}"
    for end in (
        "",
        ".name",
        ".name.family",
        ".identifier:a",
        ".identifier:a.system",
        ".deceased[x]",
        ".extension:b",
        ".gender",
        "..",
        ".nmae",
    )
]
ELEMENTS = st.fixed_dictionaries(
    {"id": st.sampled_from(PATHS)},
    optional={
        "path": VALUES,
        "min": st.integers(0, 2) | VALUES,
        "max": st.sampled_from(["0", "1", "*"]) | VALUES,
        "type": st.lists(st.fixed_dictionaries({"code": st.sampled_from(["boolean", "Extension"])}, optional={"profile": VALUES})) | VALUES,
        "fixedCode": st.sampled_from(["female", "x"]) | VALUES,
        "patternIdentifier": VALUES,
        "binding": st.fixed_dictionaries({"strength": st.just("required"), "valueSet": st.sampled_from(["#v", "x"])}) | VALUES,
        "mustSupport": st.booleans() | VALUES,
    },
)
VALUE_SETS = st.lists(
    st.fixed_dictionaries(
        {"resourceType": st.just("ValueSet"), "id": st.just("v"), "compose": VALUES | st.fixed_dictionaries({"include": VALUES})}
    ),
    max_size=2,
)
PID = (MAPPINGS / "hl7v2/segments/pid.map").read_text().replace("fhir Patient\n", 'fhir Patient profile "https://example.org/p"\n', 1)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ELEMENTS | VALUES, max_size=8), VALUE_SETS | VALUES, st.sampled_from(["snapshot", "differential"]))
def test_any_profile_is_read_or_refused_and_checked_against(elements: list[object], contained: object, part: str) -> None:
    document = {
        "resourceType": "StructureDefinition",
        "url": "https://example.org/p",
        "type": "Patient",
        "contained": contained,
        part: {"element": elements},
    }
    profiles, odd = read_profiles({"profiles/p.json": json.dumps(document)})
    assert {one.code.name for one in odd} <= {"M330"} | {"M320"}
    reported = check([parse_map_file("pid.map", PID)[0]], TABLES, REGISTRY, profiles)
    assert {one.code.name for one in reported} <= NAMES | {code.name for code in PROFILE_CODES}


@given(st.text() | st.binary().map(lambda data: data.decode("utf-8", errors="replace")))
def test_any_text_as_a_profile_or_a_table_is_refused(text: str) -> None:
    assert read_profiles({"p.json": text})[0] == {}
    assert parse_table("t.csv", text)[0].lines == ()
