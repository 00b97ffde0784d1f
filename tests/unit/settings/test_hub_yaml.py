"""hub.yaml: every mistake at once, each at its place; the right file gives the settings it says."""

from datetime import timedelta

import pytest

from hub.engine.configuration import Acknowledge, OnPoison, Retention
from hub.sdk import ConnectorSpec, Setting
from hub.settings.hub_yaml import read_settings
from hub.settings.model import HubSettings

MLLP = ConnectorSpec(
    "mllp",
    "HL7 v2 over MLLP",
    (
        Setting("listen", "where to listen", "address"),
        Setting("connect", "where to connect", "address"),
        Setting("limit", "largest frame", "size", "4MB"),
        Setting("password", "a secret", "text", secret=True),
    ),
)
CONNECTORS = {"mllp": MLLP}

GOOD = """\
hub:        {name: Kirklees hub, url: https://hub.example, timezone: Europe/London}
store:      {url: sqlite:data/hub.db}
organisations:
  - {ods: RCF, name: Airedale, kind: hospital}
sources:
  - name: airedale-adt
    connector: mllp
    listen: 127.0.0.1:2575
    organisation: RCF
    acknowledge: received
    processing: [P, T]
    lane: {family: adt, on_poison: skip}
    parameters: {unverified_status: final}
destinations:
  - name: airedale-documents
    connector: mllp
    connect: 127.0.0.1:2576
    password: ${DOCUMENTS_PASSWORD}
    retry: {initial: 500ms, maximum: 5m, for: 3d, answers: [AR, 206]}
    mode: enhanced
routes:
  - {when: CarePlan, map: mdm_t02, to: [airedale-documents]}
retention:  {archive: 8y}
transformers: 2
transform_limit: 30s
"""


def read(text: str, **environment: str) -> HubSettings | tuple:
    return read_settings(text, "hub.yaml", environment=environment, connectors=CONNECTORS)


def test_a_good_file_gives_what_it_says() -> None:
    settings = read(GOOD, DOCUMENTS_PASSWORD="s3cret")
    assert isinstance(settings, HubSettings)
    source = settings.sources[0]
    assert (source.config.name, source.config.organisation, source.connector) == ("airedale-adt", "RCF", "mllp")
    assert source.config.acknowledge is Acknowledge.RECEIVED
    assert source.config.on_poison is OnPoison.SKIP
    assert source.config.processing == {"P", "T"}
    assert source.settings["listen"] == "127.0.0.1:2575"
    assert source.settings["limit"] == 4 << 20
    destination = settings.destinations[0]
    assert destination.config.retry.initial == timedelta(milliseconds=500)
    assert destination.config.retry.answers == {"AR", "206"}
    assert destination.config.enhanced
    assert destination.settings["password"] == "s3cret"
    assert settings.routes[0].to == ("airedale-documents",)
    assert settings.retention == Retention(archive=timedelta(days=8 * 365))
    assert (settings.transformers, settings.transform_limit) == (2, timedelta(seconds=30))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("kind: hospital", "kind: hospitl", [("S005", 4, 38)]),
        ("{archive: 8y}", "{archive: 8m}", [("S020", 23, 23)]),
        ("{archive: 8y}", "{messages: 8y}", [("S002", 23, 14)]),
        ("connector: mllp\n    listen", "connector: mlp\n    listen", [("S006", 7, 16), ("S002", 8, 5)]),
        ("listen: 127.0.0.1:2575", "listn: 127.0.0.1:2575", [("S002", 8, 5)]),
        ("listen: 127.0.0.1:2575", "listen: 2575", [("S004", 8, 13)]),
        ("processing: [P, T]", "processing: P", [("S004", 11, 17)]),
        ("name: airedale-documents", "organisation: RCF", [("S003", 15, 5), ("S006", 22, 41)]),
        ("${DOCUMENTS_PASSWORD}", "${NOT_THERE}", [("S008", 18, 15)]),
        ("500ms", "half a second", [("S004", 19, 22)]),
        ("to: [airedale-documents]", "to: [airedale-document]", [("S006", 22, 41)]),
        ("8y", "eight years", [("S004", 23, 23)]),
        ("    organisation: RCF\n", "    organisation: RCF\n    organisation: RCF\n", [("S009", 10, 5)]),
        ("store:      {url", "store:      {{url", [("S001", 3, 1)]),
        ("transform_limit: 30s", "transform_limit: 500ms", [("S004", 25, 18)]),
        ("transformers: 2", "transformers: -1", [("S004", 24, 15)]),
        ("[AR, 206]", "[AR, AA]", [("S005", 19, 65)]),
        ("mode: enhanced", "mode: auto", [("S005", 20, 11)]),
        ("Europe/London", "Europe/Lodnon", [("S005", 1, 70)]),
        ("${DOCUMENTS_PASSWORD}", "${DOCUMENTS-PASSWORD}", [("S008", 18, 15)]),
    ],
)
def test_one_mistake_is_one_diagnostic_at_its_place(old: str, new: str, expected: list[tuple[str, int, int]]) -> None:
    assert old in GOOD
    found = read(GOOD.replace(old, new, 1), DOCUMENTS_PASSWORD="x")
    assert isinstance(found, tuple)
    assert [(one.code.name, one.span.line, one.span.column) for one in found] == expected


def test_all_mistakes_are_reported_at_once_in_the_order_of_the_file() -> None:
    broken = GOOD.replace("hospital", "hospitl").replace("listen:", "listn:").replace("500ms", "soon").replace("8y", "8q")
    found = read(broken, DOCUMENTS_PASSWORD="x")
    assert [one.code.name for one in found] == ["S005", "S002", "S004", "S004"]
    lines = [one.span.line for one in found]
    assert lines == sorted(lines)


def test_no_value_of_the_file_or_the_environment_stands_in_a_diagnostic() -> None:
    found = read(GOOD.replace("500ms", "PLANTED-VALUE").replace("127.0.0.1:2576", "PLANTED-VALUE"), DOCUMENTS_PASSWORD="PLANTED-SECRET")
    assert len(found) == 2
    assert "PLANTED" not in repr(found)


def test_an_empty_file_is_a_hub_with_defaults() -> None:
    settings = read("")
    assert isinstance(settings, HubSettings)
    assert settings.store == "sqlite:data/hub.db"
