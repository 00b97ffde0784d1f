"""The narratives of the emergency care document: one xhtml div for each section, never an empty one (FHIR rule txt-2)."""

from __future__ import annotations

from collections.abc import Sequence

from hub.core.json import Resource
from hub.documents import sections
from hub.documents.contacts import contacts
from hub.documents.markup import E, div


def narrate(section: str, resources: Sequence[Resource], patient: Resource, warnings: Sequence[str] = ()) -> str:
    """section: "banner", "plan", "contacts" or "readings". warnings: what must be read first."""
    match section:
        case "banner":
            said = [*sections.resuscitation(resources), *sections.alerts(resources)]
            nothing = "No alerts and no CPR decision are recorded in this hub."
        case "plan":
            said = [element for plan in resources for element in sections.plan(plan)]
            nothing = "No emergency care plan is known to this hub."
        case "contacts":
            said = contacts(resources, patient)
            nothing = "Nobody to contact is recorded in this hub."
        case _:
            said = sections.readings(resources)
            nothing = "No readings are recorded in this hub."
    return div([*sections.warnings(warnings), *(said or [E.p(nothing)])])
