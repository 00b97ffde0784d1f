"""The narratives of the emergency care document: one xhtml div for each section."""

from __future__ import annotations

from collections.abc import Sequence

from hub.core.json import Resource
from hub.documents import sections
from hub.documents.sections import E


def narrate(section: str, resources: Sequence[Resource], patient: Resource) -> str:
    """section: "banner", "plan", "contacts" or "readings"."""
    match section:
        case "banner":
            return sections.div([*sections.resuscitation(resources), *sections.alerts(resources)] or [E.p("No alerts.")])
        case "plan":
            plans = [element for plan in resources for element in sections.plan(plan)]
            return sections.div(plans or [E.p("No emergency care plan is known to this hub.")])
        case "contacts":
            return sections.div(sections.contacts(resources, patient))
        case _:
            return sections.div(sections.readings(resources))
