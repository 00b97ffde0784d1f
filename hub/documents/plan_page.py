"""An emergency care plan as one page of HTML that stands alone: for MDM^T02 and for reading by eye, on a screen and on paper.

The order is that of use: who it is, what binds (CPR, alerts), what to do, whom to ring.
Each pair of text and ground has a contrast of 7:1 or more (WCAG 2.2 AAA, a test computes it).
"""

from __future__ import annotations

from collections.abc import Sequence

from lxml.etree import _Element

from hub.core.json import Resource
from hub.documents import sections
from hub.documents.contacts import contacts
from hub.documents.markup import E, render

STYLE = """
:root{color-scheme:light}
body{font:1rem/1.5 Frutiger,Arial,sans-serif;color:#212b32;background:#fff;max-width:48rem;margin:1.5rem auto;padding:0 1rem;
overflow-wrap:anywhere}
h1{font-size:1.75rem;line-height:1.25;margin:0 0 .75rem}
h2{font-size:1.3rem;line-height:1.3;margin:2rem 0 .5rem;padding-bottom:.25rem;border-bottom:3px solid #005eb8}
table{border-collapse:collapse;table-layout:fixed;width:100%;margin:.5rem 0}
th,td{text-align:left;vertical-align:top;padding:.5rem .75rem .5rem 0;border-bottom:1px solid #768692}
th[scope=row]{width:9rem;font-weight:700} thead th{border-bottom:2px solid #212b32;background:#f0f4f5;padding-left:.5rem}
thead + tbody td{padding-left:.5rem} thead + tbody td:first-child{font-weight:700}
thead th{width:25%} thead th:first-child{width:32%} thead th:nth-child(2){width:43%}
td{white-space:pre-line} p{white-space:pre-line;margin:.5rem 0}
.cpr{border:4px solid #212b32;padding:.5rem 1rem;margin:1rem 0;font-size:1.25rem}
.cpr strong{display:block}
.alerts{border-left:8px solid #8a1538;background:#fdf3f5;padding:.25rem 1rem;margin:1rem 0} .alerts h2{border:0;margin:.5rem 0 0}
footer{margin-top:2rem;padding-top:.5rem;border-top:1px solid #768692;color:#384854;font-size:.875rem}
@media (max-width:30rem){thead{display:none} thead + tbody tr{display:block;border-bottom:2px solid #212b32;padding:.5rem 0}
thead + tbody td,thead + tbody td:first-child{display:block;width:auto;border:0;padding:.125rem 0}}
@media print{@page{margin:15mm} body{max-width:none;margin:0;padding:0;font-size:11pt} h1{font-size:17pt}
h2{font-size:13pt;break-after:avoid} tr,.cpr,.alerts,li{break-inside:avoid} thead{display:table-header-group}
.alerts,thead th{background:none}}
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
    main: list[_Element] = [E.h1(title), sections.patient_facts(patient)]
    deciding = [*(each for each in resources if each.get("resourceType") != "CarePlan"), care_plan]
    decisions = sections.resuscitation(deciding)
    if decisions:
        main.append(E.div(*sections.contradictions(deciding), *decisions, {"class": "cpr"}))
    warnings = sections.alerts(resources)
    if warnings:
        main.append(E.div(E.h2("Alerts"), *warnings, {"class": "alerts"}))
    actions = sections.plan_actions(care_plan)
    main += [E.h2("What to do"), *(actions or [E.p("The plan names no actions.")])]
    people = contacts(resources, patient)
    if people:
        main += [E.h2("Who to contact"), *people]
    main += [E.h2("About this plan"), sections.plan_facts(care_plan)]
    footer = E.footer(E.p(_provenance(care_plan)))
    head = E.head(
        E.meta(charset="utf-8"),
        E.meta(name="viewport", content="width=device-width, initial-scale=1"),
        E.title(title),
        E.style(STYLE),
    )
    return "<!DOCTYPE html>\n" + render(E.html(head, E.body(E.main(*main), footer), lang="en-GB"))


def _provenance(care_plan: Resource) -> str:
    meta = care_plan.get("meta") or {}
    named = f"Plan {care_plan.get('id') or 'without an id'}, version {meta.get('versionId') or 'not recorded'}"
    return f"{named}. A copy: ask the hub for the plan in force."
