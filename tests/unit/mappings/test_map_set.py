"""The shipped maps as a whole: they check clean, their own tests pass, most rows go both ways, and a plan is written as hospitals read it."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import pytest

from hub.codec.hl7v2 import parse_message
from hub.core.diagnostics import Severity
from hub.mapping import mapset
from hub.mapping.check.check import check
from hub.mapping.check.stats import stats
from hub.mapping.functions import REGISTRY
from hub.mapping.registry import Function
from hub.mapping.syntax import Arrow
from hub.mapping.test.runner import run_tests
from hub.settings.map_files import read_packaged

_PAGE: Final = "PGh0bWw+PC9odG1sPg=="
_PLAN_HTML: Final = Function("plan_html", "The page.", ("Bundle",), "base64Binary", lambda _bundle: _PAGE, None, ())
_FUNCTIONS: Final = {**REGISTRY, "plan_html": _PLAN_HTML}
_GIVENS: Final = {"control_id": "C1", "written_at": "20260813100100+0000"}
_PARAMS: Final = {"sending_facility": "RWY", "receiving_application": "PAS", "receiving_facility": "RCF"}


@cache
def shipped() -> mapset.MapSet:
    texts = read_packaged()
    return mapset.load(texts.maps, texts.tables, _FUNCTIONS)


def test_they_check_clean() -> None:
    maps = shipped()
    found = [
        one for one in (*maps.read_diagnostics, *check(maps.files, maps.tables, _FUNCTIONS)) if one.severity is not Severity.INFORMATION
    ]
    assert [(one.code.name, one.span, one.detail) for one in found] == []


def test_their_own_tests_pass() -> None:
    verdicts = list(run_tests(shipped()))
    assert [(one.test.span.file, one.test.title, one.differences) for one in verdicts if not one.passed] == []
    assert {one.test.map for one in verdicts} == set(shipped().maps) - {"mdm_t02"}  # mdm_t02 is asked below: it needs the hub's renderer


def test_most_rows_go_both_ways() -> None:
    share = {one.map: one for one in stats(shipped().files, _FUNCTIONS)}
    assert share["pid"].two_way_share >= 0.8
    assert share["pv1"].two_way_share >= 0.8
    assert share["obx"].two_way_share >= 0.8
    # a message map also makes a resource of each member of staff and each place: what is written back is the reference to it
    both = [share[name] for name, one in shipped().maps.items() if one.declaration.arrow is Arrow.BOTH and name not in {"adt", "oru_r01"}]
    assert sum(one.two_way for one in both) / sum(one.rows for one in both) >= 0.8
    assert share["all"].function_share <= 0.05


# --- a plan as a document


def plan(**changed: Any) -> list[dict[str, Any]]:
    patient = {
        "resourceType": "Patient",
        "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}],
        "name": [{"use": "official", "family": "Ramsbottom", "given": ["Elsie", "May"], "prefix": ["Mrs"]}],
        "birthDate": "1940-12-07",
        "gender": "female",
    }
    care_plan = {
        "resourceType": "CarePlan",
        "id": "plan-1",
        "meta": {"lastUpdated": "2026-08-13T10:00:00Z"},
        "status": "active",
        "intent": "plan",
        "title": "Emergency care plan",
        "subject": {"reference": "Patient/1"},
        "author": {
            "identifier": {"system": "https://fhir.hl7.org.uk/Id/gmc-number", "value": "C9990017"},
            "display": "Woolley, Kathleen (Dr)",
        },
    }
    return [care_plan | changed, patient]


def written(resources: list[dict[str, Any]], version: str = "2.4") -> dict[str, list[str]]:
    found = shipped().maps["mdm_t02"].backward(resources, params=_PARAMS, givens=_GIVENS, version=version)
    assert found.body is not None, [(one.code.name, one.detail) for one in found.diagnostics]
    parse_message(found.body)
    return {line[:3]: line.split("|") for line in found.body.decode().rstrip("\r").split("\r")}


@pytest.mark.parametrize("version", ["2.3", "2.4", "2.5.1", "2.6"])
def test_a_plan_is_written_as_mdm_t02(version: str) -> None:
    message = written(plan(), version)
    msh = message["MSH"]
    event = "MDM^T02" if version == "2.3" else "MDM^T02^MDM_T02"  # MSH-9.3 is of 2.3.1 and later
    assert msh[2:11] == ["CALDER", "RWY", "PAS", "RCF", "20260813100100+0000", "", event, "C1", "P"]
    assert msh[11] == version
    assert message["EVN"][1:3] == ["T02", "20260813100100+0000"]
    assert message["PID"][3:9] == ["9990000018^^^NHS^NH", "", "Ramsbottom^Elsie^May^^Mrs^^L", "", "19401207", "F"]
    assert message["PV1"][2] == "N"


def test_the_document_is_a_care_plan_that_counts() -> None:
    txa = written(plan())["TXA"]
    assert (txa[2], txa[4], txa[5]) == ("CP", "20260813100000+0000", "C9990017^Woolley^Kathleen^^^Dr^^^GMC")
    assert (txa[12], txa[16], txa[17]) == ("plan-1", "care-plan.html", "AU")


def test_the_page_stands_in_obx_5() -> None:
    obx = written(plan())["OBX"]
    assert (obx[2], obx[3], obx[5], obx[11]) == ("ED", "734163000^Emergency care plan^SCT", f"^TEXT^HTML^Base64^{_PAGE}", "F")


def test_a_newer_version_of_the_plan_has_the_same_number_and_so_replaces_it() -> None:
    older, newer = written(plan())["TXA"], written(plan(meta={"lastUpdated": "2026-09-01T08:00:00Z"}, title="Plan for winter"))["TXA"]
    assert older[12] == newer[12]
    assert older[4] != newer[4]


def test_signs_of_hl7_in_a_title_do_not_break_the_message() -> None:
    message = written(plan(title="Falls | fits & ^faints~ now"))
    assert len(message["OBX"]) == 12
    assert message["OBX"][3].split("^")[1] == r"Falls \F\ fits \T\ \S\faints\R\ now"
