"""A map against the profile that its head names: what R4 allows and the profile does not. https://hl7.org/fhir/R4/profiling.html

Where R4 has a rule of its own, its code is used and the profile is named: "Patient.birthDate is 1..1 in UKCore-Patient". What R4 asks
already is not asked twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hub.core.diagnostics import Diagnostic, Note, Span
from hub.core.json import Json
from hub.core.suggest import suggest
from hub.fhir.elements import Binding, Element
from hub.mapping.check.filled import Filled, filled_by
from hub.mapping.check.occurrence import absent_in, filled_by_callers, item_of, items_in_company
from hub.mapping.check.resolved import Resolved
from hub.mapping.check.tables import TableCodes
from hub.mapping.codes import check as codes
from hub.mapping.codes.profiles import M331, M332, M333, M334
from hub.mapping.syntax import FhirPath, FhirStep
from hub.mapping.types.declared import Declared, KnownMap
from hub.mapping.types.fhir import FhirType, type_of
from hub.mapping.types.profiles import Profile, ProfileElement
from hub.mapping.types.scope import MapKind

__all__ = ["check_profile"]

_SHOWN = 12


def check_profile(
    known: KnownMap, rows: Mapping[str, tuple[Resolved, ...]], declared: Declared, profiles: Mapping[str, Profile], table_codes: TableCodes
) -> Iterator[Diagnostic]:
    """rows: of every map, by its name."""
    right = known.declaration.right
    if right.profile is None or known.scope is None:
        return
    span = right.profile_span or right.span
    profile = profiles.get(right.profile)
    if profile is None:
        near = suggest(right.profile, profiles)
        yield Diagnostic(M331, "no file in `profiles` has this url", span, fix=f"did you mean {near}?" if near else None)
    elif known.kind is MapKind.MESSAGE or profile.type != right.names[0]:
        yield Diagnostic(M332, f"{profile.name} is of {profile.type}, the map of {right.names[0]}", span)
    else:
        own = tuple(resolved for resolved in rows.get(known.name, ()) if not resolved.broken and resolved.forward)
        company = items_in_company(own)
        for resolved in own:
            yield from _row(resolved, profile, company, table_codes)
        yield from _unfilled(known, profile, rows, declared)


# --- what a row writes


def _row(resolved: Resolved, profile: Profile, company: frozenset[tuple[object, ...]], table_codes: TableCodes) -> Iterator[Diagnostic]:
    path = resolved.row.right.steps
    refused = next((said for depth in range(1, len(path) + 1) if (said := _refused(profile, path[:depth]))), None)
    if refused is not None:
        yield Diagnostic(M333, refused, resolved.row.right.span)
        return
    yield from _several(resolved, profile)
    yield from _absent(resolved, profile, company)
    yield from _constants(resolved, profile)
    for element in profile.at(path):
        if element.binding is not None:
            yield from table_codes.check_profile(resolved, element.binding, profile.name)


def _refused(profile: Profile, path: tuple[FhirStep, ...]) -> str | None:
    """The last step is not there, there are fewer of it, or it is a choice of another type."""
    for element in profile.at(path):
        place = f"{profile.type}.{element.spelling}"
        index = path[-1].index
        if element.max == 0:
            return f"{place} is 0..0 in {profile.name}"
        if isinstance(index, int) and element.max is not None and 0 <= element.max < index:
            return f"{place} is {_range(element, profile)} in {profile.name}, and this is number {index}"
        stem = element.steps[-1].name.removesuffix("[x]")
        chosen = path[-1].name.removeprefix(stem)
        if stem != element.steps[-1].name and element.types and chosen.lower() not in {one.lower() for one in element.types}:
            return f"{place} is {' or '.join(sorted(element.types))} in {profile.name}"
    return None


def _several(resolved: Resolved, profile: Profile) -> Iterator[Diagnostic]:
    """M212: the field repeats, and the profile has one item."""
    repeating = next((one for source in resolved.sources for _, one in source.v2 if one.repeats), None)
    if repeating is None:
        return
    path = resolved.row.right.steps
    for depth in range(1, len(path) + 1):
        step = path[depth - 1]
        named = step.slice is not None or isinstance(step.index, int) or (step.url is not None and step.index is None)
        single = next((one for one in profile.at(path[:depth]) if one.max == 1), None)
        element = type_of(resolved.scope.target, FhirPath(path[:depth], resolved.row.right.span))
        is_list = isinstance(element, FhirType) and element.element is not None and element.element.is_list
        if single is not None and is_list and not named:
            detail = f"{repeating.label} repeats, {profile.type}.{single.spelling} is {_range(single, profile)} in {profile.name}"
            yield Diagnostic(codes.M212, detail, resolved.span, fix="say which: `[first]`, `[last]` or `[2]`")
            return


def _absent(resolved: Resolved, profile: Profile, company: frozenset[tuple[object, ...]]) -> Iterator[Diagnostic]:
    """M204: the source may be absent, and the profile needs the element."""
    target, clauses = resolved.target, resolved.row.clauses
    required = next((one for one in profile.at(resolved.row.right.steps) if one.min > 0), None)
    if required is None or not isinstance(target, FhirType) or target.required or clauses.default or clauses.policy is not None:
        return
    if item_of(resolved) in company and absent_in(resolved):
        detail = f"HL7 lets it be absent, {profile.type}.{required.spelling} is {_range(required, profile)} in {profile.name}"
        fix = '`else VALUE because "…"`, `or skip` (leaves the item out) or `or refuse` (rejects the message)'
        yield Diagnostic(codes.M204, detail, resolved.span, fix=fix)


def _constants(resolved: Resolved, profile: Profile) -> Iterator[Diagnostic]:
    """M213: a value written in the map against fixed and pattern values and against codes, at the element and around it."""
    path = resolved.row.right.steps
    texts = [(source.literal, source.atom.span) for source in resolved.sources if source.literal is not None]
    default = resolved.row.clauses.default
    texts += [(default.value.text, default.span)] if default is not None else []
    for text, span in texts:
        yield from _constant(profile, path, text, span)
    for binding in resolved.row.clauses.with_:
        value = binding.value.alternatives[0].atom if binding.value.alternatives else None
        literal = getattr(value, "text", None)
        steps = tuple(FhirStep(name) for name in binding.name.split("."))
        if isinstance(literal, str):
            yield from _constant(profile, (*path, *steps), literal, binding.value.span)


def _constant(profile: Profile, path: tuple[FhirStep, ...], text: str, span: Span) -> Iterator[Diagnostic]:
    for depth in range(1, len(path) + 1):
        for element in profile.at(path[:depth]):
            place = f"{profile.type}.{element.spelling}"
            allowed = _values(element.value, [step.name for step in path[depth:]])
            if allowed and text not in allowed:
                fix = f"write {' or '.join(sorted(allowed)[:_SHOWN])}"
                yield Diagnostic(codes.M213, f"{place} has one value in {profile.name}, and this is another", span, fix=fix)
                return
            if depth == len(path) and element.binding is not None and not _has(element.binding, text):
                fix = f"one of {', '.join(sorted(element.binding.codes or ())[:_SHOWN])}"
                yield Diagnostic(codes.M213, f"{place} has other codes in {profile.name}", span, fix=fix)
                return


def _has(binding: Binding, code: str) -> bool:
    return binding.codes is None or code in binding.codes


def _values(value: Json, names: list[str]) -> frozenset[str]:
    """What a fixed or pattern value has at these elements below it; empty where it says nothing of them."""
    if isinstance(value, list):
        return frozenset(text for one in value for text in _values(one, names))
    if names:
        return _values(value.get(names[0]), names[1:]) if isinstance(value, dict) else frozenset()
    if isinstance(value, bool):
        return frozenset({"true" if value else "false"})
    return frozenset({str(value)}) if value is not None and not isinstance(value, dict) else frozenset()


# --- what no row writes


def _unfilled(known: KnownMap, profile: Profile, rows: Mapping[str, tuple[Resolved, ...]], declared: Declared) -> Iterator[Diagnostic]:
    """M220 for what the profile needs, M334 for what it must support."""
    if any(resolved.broken for resolved in rows.get(known.name, ())):
        return  # what a broken row would fill is not known
    filled = filled_by(known, rows, declared)
    missing: list[str] = []
    for element in profile.elements.values():
        if not (element.min > 0 or element.must_support) or not _asked(element, profile, filled):
            continue
        place = f"{profile.type}.{element.spelling}"
        if element.min > 0 and not _of_r4(element, profile):
            if not filled_by_callers(known, (element.steps[0].name,), declared):
                fix = f"a row, or `{element.steps[0].name}` in the `with` of the rows that call it"
                span, notes = known.declaration.span, (Note(known.declaration.right.profile_span or known.declaration.span, "it says so"),)
                yield Diagnostic(
                    codes.M220, f"{place} is {_range(element, profile)} in {profile.name} and is never filled", span, fix=fix, notes=notes
                )
        elif element.must_support:
            missing.append(element.spelling)
    if missing:
        shown = ", ".join(missing[:_SHOWN]) + (f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else "")
        span = known.declaration.right.profile_span or known.declaration.span
        yield Diagnostic(M334, f"{profile.name} must support {shown}", span)


def _asked(element: ProfileElement, profile: Profile, filled: Filled) -> bool:
    """Nothing fills it, and what it stands in is filled: an element below an absent one is not asked for."""
    if element.max == 0 or filled.reaches(element, profile):
        return False
    around = profile.elements.get(element.steps[:-1])
    if len(element.steps) == 1:
        return True
    parent = around or ProfileElement(element.steps[:-1])
    return filled.reaches(parent, profile) and not filled.is_unknown(parent, profile)


def _of_r4(element: ProfileElement, profile: Profile) -> bool:
    """R4 needs it too, and says so itself."""
    found = _r4(element, profile)
    return element.steps[-1].slice is None and found is not None and found.min > 0


def _range(element: ProfileElement, profile: Profile) -> str:
    """`1..1`, as R4 writes it; how many at most is R4's where the profile does not say."""
    found = _r4(element, profile)
    most = element.max if element.max is not None else found.max if found is not None else None
    return f"{element.min}..{'*' if most is None or most < 0 else most}"


def _r4(element: ProfileElement, profile: Profile) -> Element | None:
    found = type_of(profile.type, FhirPath(tuple(FhirStep(step.name) for step in element.steps), Span("", 1, 1)))
    return found.element if isinstance(found, FhirType) else None
