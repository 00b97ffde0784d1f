"""The type of a FHIR path in a map: what R4 (4.0.1) says stands there. https://hl7.org/fhir/R4/elementdefinition.html

    type_of("Patient", path of `name[*].family`)        string, 0..1, one open list (name)
    type_of("Bundle", path of `Patient.birthDate`)      in a map to a Bundle the first step is a resource type

Slices (`component:systolic`), indexes (`name[2]`) and urls (`extension("…")`) close a list: they say which item is meant.
A primitive has extensions of its own: `birthDate.extension("…").valueDateTime` (https://hl7.org/fhir/R4/json.html#primitive).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from hub.core.diagnostics import Span
from hub.core.suggest import suggest
from hub.fhir.elements import Element, children, elements_of, is_primitive, resolve, resource_types
from hub.fhir.facts import structure_names
from hub.mapping.syntax import FhirPath, FhirStep
from hub.mapping.types.wording import closest_by_words, words

__all__ = [
    "NO_RESOURCE",
    "FhirType",
    "NoElement",
    "element_named",
    "fhir_type_names",
    "is_fhir_type",
    "is_resource",
    "required_choices",
    "spelling",
    "type_of",
]

NO_RESOURCE: Final = "R4 has no resource of this name"
_OF_PRIMITIVES: Final = "Element"  # what a primitive has beside its value: id and extension


@dataclass(frozen=True, slots=True)
class FhirType:
    """name: the type ("Quantity", "code", "Patient" for a whole resource, "Patient.contact" for what R4 nests).

    element: None for a whole resource. open_lists: how many steps of the path are lists whose item is not named.
    starred: the path says `[*]` itself.
    """

    name: str
    root: str
    element: Element | None
    open_lists: int = 0
    starred: bool = False

    @property
    def required(self) -> bool:
        return self.element is not None and self.element.min > 0

    @property
    def codes(self) -> frozenset[str] | None:
        """The codes of a required binding to a closed list, or None."""
        binding = self.element.binding if self.element else None
        return binding.codes if binding else None

    @property
    def targets(self) -> tuple[str, ...]:
        return self.element.targets if self.element else ()


@dataclass(frozen=True, slots=True)
class NoElement:
    """The path breaks at `step`, below `shape`. suggestion: what it could have been. span: of the step, where it was written by itself."""

    step: str
    shape: str
    reason: str
    suggestion: str | None
    span: Span | None = None


def is_resource(name: str) -> bool:
    return name in resource_types()


def fhir_type_names() -> tuple[str, ...]:
    """Every resource and datatype, for "did you mean"."""
    return tuple(sorted(structure_names()))


def is_fhir_type(name: str) -> bool:
    """A resource or datatype of R4 ("Patient", "CodeableConcept", "code")."""
    return is_primitive(name) or bool(elements_of(name))


def element_named(shape: str, name: str) -> Element | None:
    """A child of a type or backbone by its JSON name."""
    return elements_of(shape).get(name)


def spelling(path: FhirPath) -> str:
    """The path as it is written in a map."""
    return ".".join(_step_spelling(step) for step in path.steps)


def type_of(root: str, path: FhirPath) -> FhirType | NoElement:
    """The type at a path below `root`, or where the path breaks."""
    steps = path.steps
    if root == "Bundle" and steps and not elements_of("Bundle").get(steps[0].name):
        first = steps[0].name
        if not is_resource(first):
            return NoElement(first, "Bundle", NO_RESOURCE, suggest(first, resource_types()), steps[0].span)
        root, steps = first, steps[1:]
    return _walk(root, steps)


def required_choices(shape: str) -> dict[str, tuple[str, ...]]:
    """The required elements of a shape: "Observation.code" -> ("code",), "MedicationStatement.medication[x]" -> every spelling."""
    found: dict[str, tuple[str, ...]] = {}
    for name, element in elements_of(shape).items():
        if element.min > 0:
            found[element.path] = (*found.get(element.path, ()), name)
    return found


def _walk(root: str, steps: tuple[FhirStep, ...]) -> FhirType | NoElement:
    shape, element = root, None
    open_lists, starred = 0, False
    for step in steps:
        element = resolve(_OF_PRIMITIVES if is_primitive(shape) else shape, step.name)
        problem = _problem(shape, step, element)
        if problem is not None or element is None:
            return replace(problem or _unknown(shape, step), span=step.span)
        named = step.slice is not None or isinstance(step.index, int) or (step.url is not None and step.index is None)
        open_lists += element.is_list and not named
        starred = starred or step.index == "*"
        shape = element.content
    name = shape if element is None else _type_name(element)
    return FhirType(name, root, element, open_lists, starred)


def _problem(shape: str, step: FhirStep, element: Element | None) -> NoElement | None:
    if element is None:
        return _unknown(shape, step)
    if element.choice and not element.content:
        spelt = next((name for name, other in elements_of(shape).items() if other.path == element.path), None)
        return NoElement(step.name, shape, "it stands in JSON with its type", spelt)
    if step.url is not None and step.name not in {"extension", "modifierExtension"}:
        return NoElement(_step_spelling(step), shape, "only an extension has a url", step.name)
    if not element.is_list and (step.index is not None or step.slice is not None):
        return NoElement(_step_spelling(step), shape, f"{shape}.{step.name} does not repeat", step.name)
    return None


def _unknown(shape: str, step: FhirStep) -> NoElement:
    if step.name == shape:
        return NoElement(step.name, shape, f"the path begins inside {shape} already", None)
    if is_primitive(shape):
        near = suggest(step.name, children(_OF_PRIMITIVES))
        return NoElement(step.name, shape, f"{shape} is one value; below it stand only its extensions", near)
    known = children(shape)
    spelt = next(
        (name for name, element in elements_of(shape).items() if element.choice and element.path.endswith(f".{step.name}[x]")), None
    )
    if spelt is not None:
        return NoElement(step.name, shape, "it stands in JSON with its type", spelt)
    close = suggest(step.name, known) or closest_by_words(words(step.name), ((name, name) for name in known))
    return NoElement(step.name, shape, f"{shape} has no element of this name", close)


def _type_name(element: Element) -> str:
    """A backbone has no type of its own: its path in R4 is its name."""
    return element.content if element.types[0] in {"BackboneElement", "Element"} else element.types[0]


def _step_spelling(step: FhirStep) -> str:
    text = step.name
    if step.slice is not None:
        text += f":{step.slice}"
    if step.url is not None:
        text += f'("{step.url}")'
    return text if step.index is None else f"{text}[{step.index}]"
