"""The next step where two types do not fit: the field that was meant, the component that fits, the map that leads there."""

from __future__ import annotations

from dataclasses import replace

from hub.codec.hl7v2 import dictionary
from hub.codec.hl7v2.dictionary import FieldDef
from hub.mapping.check.resolved import Resolved
from hub.mapping.syntax import Atom, V2Path
from hub.mapping.types.convertible import converts
from hub.mapping.types.declared import Declared
from hub.mapping.types.fhir import FhirType
from hub.mapping.types.places import v2_spelling
from hub.mapping.types.v2 import V2Type, find_field
from hub.mapping.types.wording import words

__all__ = ["advise", "map_between"]


def advise(resolved: Resolved, path: Atom, found: tuple[str, V2Type], target: FhirType, declared: Declared) -> str:
    """found: the type that does not fit, and the version in which it does not."""
    version, one = found
    if one.datatype in {"segment", "group"}:
        return map_between((one.label,), (target.name,), declared)
    if isinstance(path, V2Path) and path.segment and path.field is not None:
        meant = find_field(version, path.segment, resolved.row.right.steps[-1].name) or find_field(version, path.segment, resolved.row.name)
        if meant is not None and meant.number != path.field:
            return f"did you mean {path.segment}-{meant.number} {meant.name} ({meant.datatype})?"
    part = _component(resolved, path, found, target, declared) if isinstance(path, V2Path) else None
    if part is not None:
        return part
    if target.element is not None and target.name[0].islower():
        return "name a component, as in PID-3.1, or a map or function that gives one value: `by NAME`"
    return map_between((one.datatype,), (target.name,), declared)


def map_between(sources: tuple[str, ...], targets: tuple[str, ...], declared: Declared) -> str:
    """The map that stands between these types, or what it would be."""
    found = next((known for source in sources for target in targets if (known := declared.between(source, target))), None)
    if found is not None:
        return f"`by {found.name}` leads from {' or '.join(sources)} to {' or '.join(targets)}"
    return f"`by NAME`, a map from {' or '.join(sources)} to {' or '.join(targets)}"


def _component(resolved: Resolved, path: V2Path, found: tuple[str, V2Type], target: FhirType, declared: Declared) -> str | None:
    """The part whose name says the element, or the first that fits: `PID-5.1.1` Surname, for a family name."""
    version, one = found
    known = dictionary.datatype(version, one.datatype)
    if known is None or path.subcomponent is not None:
        return None
    fitting = [part for part in known.components if converts(version, V2Type(part.datatype, part.name), target.name, declared, table=False)]
    if not fitting:
        return None
    wanted = words(resolved.row.right.steps[-1].name) | words(resolved.row.name)
    part = max(fitting, key=lambda each: len(wanted & words(each.name)))
    return f"name a component: `{_spelt(path, part)}` is {part.name} ({part.datatype})"


def _spelt(path: V2Path, part: FieldDef) -> str:
    if path.component is None:
        return v2_spelling(replace(path, component=part.number))
    return v2_spelling(replace(path, subcomponent=part.number))
