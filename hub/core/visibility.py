"""What one caller may see, as a value that every read of the store takes and compiles into its SQL.

There is no way to read without one. `hub.care.sharing` makes them from a Caller, the agreements and the consents;
`Visibility.system` is for the hub's own work and may be constructed only in `hub.engine` and `hub.app` (a law test holds it).
"""

from __future__ import annotations

from dataclasses import dataclass

from hub.core.caller import Caller


@dataclass(frozen=True, slots=True)
class Visibility:
    """A predicate over resources. `None` means without limit; an empty set means nothing at all.

    people: logical ids of Patients whose compartments may be seen (resources of nobody's compartment are not limited by it).
    types: resource types. denied_labels: meta.security codes that hide a resource. masked: element paths
    ("Patient.address") taken out of every body before it is served.
    """

    caller: Caller | None
    basis: str  # the clause or reason that gave it, for the audit row
    people: frozenset[str] | None = None
    types: frozenset[str] | None = None
    denied_labels: frozenset[str] = frozenset()
    masked: frozenset[str] = frozenset()

    @classmethod
    def system(cls, reason: str) -> Visibility:
        """The hub's own reads (matching, delivery, retention, replay), accounted by the work they belong to."""
        return cls(caller=None, basis=f"system:{reason}")
