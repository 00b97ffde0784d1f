"""An emergency care plan as one page of HTML that stands alone: for MDM^T02 and for reading by eye.

The order is that of use: who it is, what binds (CPR, alerts), what to do, whom to ring.
"""

from __future__ import annotations

from collections.abc import Sequence

from lxml.etree import _Element

from hub.core.json import Resource
from hub.documents import sections
from hub.documents.sections import E

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;color:#212b32;max-width:46rem;margin:1.5rem auto;padding:0 1rem}
h1{font-size:1.6rem;margin:0 0 .5rem} h2{font-size:1.25rem;margin:1.5rem 0 .5rem;border-bottom:3px solid #005eb8}
table{border-collapse:collapse;width:100%;margin:.5rem 0}
th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-bottom:1px solid #d8dde0}
th[scope=row]{width:11rem;font-weight:600} .cpr{border:3px solid #212b32;padding:.25rem 1rem;margin:1rem 0;font-size:1.15rem}
footer{margin-top:2rem;color:#4c6272;font-size:.875rem}
"""


def render_plan_page(resources: Sequence[Resource]) -> str:
    """The page for the first CarePlan among `resources`, with its Patient and what else of them belongs on it.

    Raises ValueError when there is no CarePlan or no Patient: a page without either would mislead.
    """
    plans = sections.of_type(resources, "CarePlan")
    patients = sections.of_type(resources, "Patient")
    if not plans or not patients:
        raise ValueError("a plan page needs a CarePlan and its Patient")
    care_plan, patient = plans[0], patients[0]
    title = str(care_plan.get("title") or "Emergency care plan")
    body: list[_Element] = [E.h1(title), sections.patient_facts(patient)]
    decisions = sections.resuscitation(resources)
    if decisions:
        body.append(E.div(*decisions, {"class": "cpr"}))
    warnings = sections.alerts(resources)
    if warnings:
        body += [E.h2("Alerts"), *warnings]
    body += sections.plan(care_plan)
    people = sections.contacts(resources, patient)
    if people:
        body += [E.h2("Who to contact"), *people]
    body.append(E.footer(_provenance(care_plan)))
    head = E.head(E.meta(charset="utf-8"), E.title(title), E.style(STYLE))
    return "<!DOCTYPE html>\n" + sections.render(E.html(head, E.body(*body), lang="en-GB"))


def _provenance(care_plan: Resource) -> str:
    meta = care_plan.get("meta") or {}
    return f"Plan {care_plan.get('id', '')}, version {meta.get('versionId', '')}. A copy: ask the hub for the plan in force."
